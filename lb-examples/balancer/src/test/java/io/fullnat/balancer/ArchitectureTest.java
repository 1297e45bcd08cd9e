// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.CompositeArchRule;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/// The order of the balancer's packages.
@AnalyzeClasses(
        packages = "io.fullnat.balancer",
        importOptions = ImportOption.DoNotIncludeTests.class)
final class ArchitectureTest {
    private static final String ROOT = "io.fullnat.balancer";
    private static final Path PAGE = Path.of("../../docs/architecture.md");

    /// Each may use those before it; the root may use all.
    private static final List<String> LAYERS =
            List.of(
                    "text",
                    "pcap",
                    "attribute",
                    "config",
                    "keepalived",
                    "host",
                    "run",
                    "replay",
                    "trace",
                    "supervise",
                    "log",
                    "cli.request",
                    "cli.output",
                    "cli.ipvsadm",
                    "cli.dpip",
                    "cli.verbs",
                    "cli",
                    "event",
                    "webhook",
                    "metrics",
                    "overview",
                    "man",
                    "capture",
                    "page",
                    "api",
                    "server",
                    "client",
                    "doctor",
                    "bundle",
                    "top");

    private static String named(String layer) {
        return ROOT + "." + layer;
    }

    @ArchTest static final ArchRule EACH_LAYER_USES_THOSE_BEFORE_IT = layered();

    private static ArchRule layered() {
        CompositeArchRule rule = CompositeArchRule.of(noneUses(named(LAYERS.getFirst()), above(0)));
        for (int layer = 1; layer < LAYERS.size(); layer++) {
            rule = rule.and(noneUses(named(LAYERS.get(layer)), above(layer)));
        }
        return rule.because("packages are ordered " + String.join(" < ", LAYERS));
    }

    private static ArchRule noneUses(String layer, String[] above) {
        return noClasses()
                .that()
                .resideInAPackage(layer)
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(above);
    }

    private static String[] above(int layer) {
        List<String> above = new ArrayList<>(List.of(ROOT));
        LAYERS.subList(layer + 1, LAYERS.size()).forEach(each -> above.add(named(each)));
        return above.toArray(String[]::new);
    }

    @ArchTest
    static final ArchRule EVERY_PACKAGE_HAS_ITS_PLACE =
            classes()
                    .should()
                    .resideInAnyPackage(places())
                    .because("a new package is to be given a place in the order");

    private static String[] places() {
        List<String> places = new ArrayList<>(List.of(ROOT));
        LAYERS.forEach(layer -> places.add(named(layer)));
        return places.toArray(String[]::new);
    }

    @ArchTest
    static final ArchRule NAMES_COME_FROM_THE_FIELD =
            noClasses().should().haveNameMatching(".*(Util|Utils|Manager|Impl|Helper)");

    @ArchTest
    static final ArchRule THE_BALANCER_KNOWS_NO_DEMO =
            noClasses().should().dependOnClassesThat().resideInAPackage("io.fullnat.demo..");

    @Test
    void thePageShowsThisOrder() throws IOException {
        String page = Files.readString(PAGE);
        int begin = page.indexOf("\n" + LAYERS.getFirst() + " → ");
        assertThat(begin).isPositive();
        String shown = page.substring(begin, page.indexOf("\n```", begin));
        List<String> expected = new ArrayList<>(LAYERS);
        expected.add("(root)");

        assertThat(shown.strip().split("\\s+→\\s+", -1)).containsExactlyElementsOf(expected);
    }
}
