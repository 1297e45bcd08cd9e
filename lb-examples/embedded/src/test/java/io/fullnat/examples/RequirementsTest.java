// SPDX-License-Identifier: Apache-2.0
package io.fullnat.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.examples.OwnJvm.Ended;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// JVMs as users start them: without a flag that is needed each says which, and by which other way
/// it can be had; a fat jar whose manifest says it needs none.
final class RequirementsTest {
    private static final String EXPORTS = "--add-exports=java.base/jdk.internal.misc=ALL-UNNAMED";
    private static final String NATIVE = "--enable-native-access=ALL-UNNAMED";
    private static final String ADD_EXPORTS =
            "the JVM does not let Agrona reach memory: start it with "
                    + EXPORTS
                    + ", or have \"Add-Exports: java.base/jdk.internal.misc\" in the manifest of"
                    + " the jar that java -jar starts";

    @TempDir Path folder;

    @Test
    void theExampleWithoutFlagsSaysWhichAreMissing() throws Exception {
        Ended ended = OwnJvm.run(List.of(), EmbeddedBalancer.class);

        assertThat(ended.status()).isOne();
        assertThat(ended.err()).contains("UNSUPPORTED: " + ADD_EXPORTS);
        assertThat(ended.err()).doesNotContain("IllegalAccessError");
    }

    @ParameterizedTest
    @ValueSource(strings = {"memory", "piece", "balancer", "dpdk"})
    void eachWayIntoTheLibrarySaysSo(String way) throws Exception {
        Ended ended = OwnJvm.run(List.of(), Availability.class, way);

        assertThat(ended.status()).isOne();
        assertThat(ended.err()).contains(ADD_EXPORTS).doesNotContain("IllegalAccessError");
    }

    @Test
    void dpdkSaysWhyItCannotBeUsedAndThrowsNothing() throws Exception {
        Ended ended = OwnJvm.run(List.of(NATIVE), Availability.class, "twice");
        assertThat(ended.status()).isZero();
        assertThat(ended.out().lines()).containsExactly(ADD_EXPORTS, ADD_EXPORTS);
        assertThat(ended.err()).isEmpty();
    }

    @Test
    void nativeCallsThatAreDeniedAreToldWithTheFlag() throws Exception {
        String denied =
                "the JVM does not allow native calls: start it with "
                        + NATIVE
                        + ", or have \"Enable-Native-Access: ALL-UNNAMED\" in the manifest of the"
                        + " jar that java -jar starts";
        List<String> flags = List.of(EXPORTS, "--illegal-native-access=deny");
        Ended asked = OwnJvm.run(flags, Availability.class, "twice");
        assertThat(asked.status()).isZero();
        assertThat(asked.out().lines()).containsExactly(denied, denied);

        Ended opened = OwnJvm.run(flags, Availability.class, "dpdk");
        assertThat(opened.status()).isOne();
        assertThat(opened.err()).contains("UNSUPPORTED: " + denied);
    }

    @Test
    void aFatJarWithTheManifestNeedsNoFlag() throws Exception {
        Path jar = folder.resolve("app.jar");
        OwnJvm.fatJar(
                jar,
                EmbeddedBalancer.class,
                Map.of(
                        "Add-Exports", "java.base/jdk.internal.misc",
                        "Enable-Native-Access", "ALL-UNNAMED"));

        Ended ended = OwnJvm.run(Map.of(), List.of("-jar", jar.toString()));

        assertThat(ended.status()).as(ended.err()).isZero();
        assertThat(ended.out()).isEqualTo("203.0.113.101\n");
        assertThat(ended.err()).doesNotContain("WARNING");
    }

    @Test
    void aFatJarWithoutItSaysWhatIsMissing() throws Exception {
        Path jar = folder.resolve("app.jar");
        OwnJvm.fatJar(jar, EmbeddedBalancer.class, Map.of());

        Ended ended = OwnJvm.run(Map.of(), List.of("-jar", jar.toString()));

        assertThat(ended.status()).isOne();
        assertThat(ended.err()).contains(ADD_EXPORTS);
    }

    @Test
    void aFatJarMayCallNativeCodeWithoutAWarning() throws Exception {
        Path jar = folder.resolve("app.jar");
        OwnJvm.fatJar(
                jar,
                Availability.class,
                Map.of(
                        "Add-Exports", "java.base/jdk.internal.misc",
                        "Enable-Native-Access", "ALL-UNNAMED"));

        Ended ended =
                OwnJvm.run(
                        Map.of(), List.of("--illegal-native-access=deny", "-jar", jar.toString()));

        assertThat(ended.status()).as(ended.err()).isZero();
        assertThat(ended.err()).doesNotContain("WARNING");
        assertThat(ended.out()).doesNotContain("the JVM does not");
    }
}
