// SPDX-License-Identifier: Apache-2.0
package io.fullnat.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// The jars on the module path, and as an image by jlink, run the embedded example.
@Timeout(300)
final class ModulePathIT {
    private static final Path SCRIPT = Path.of("../../config/jlink.sh");

    @TempDir Path folder;

    @Test
    void theExampleRunsOnTheModulePathAndAsAnImage() throws Exception {
        Path image = folder.resolve("image");
        Path output = folder.resolve("output");
        ProcessBuilder builder =
                new ProcessBuilder(SCRIPT.toString(), image.toString())
                        .redirectErrorStream(true)
                        .redirectOutput(output.toFile());
        builder.environment().put("JARS", System.getProperty("jars"));
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        Process process = builder.start();
        assertThat(process.waitFor(4, TimeUnit.MINUTES)).isTrue();

        List<String> said = Files.readAllLines(output);
        assertThat(said)
                .as("%s", said)
                .satisfiesExactly(
                        line -> assertThat(line).endsWith("on the module path: 203.0.113.101"),
                        line -> assertThat(line).contains(" MB: 203.0.113.101"));
        assertThat(process.exitValue()).isZero();
        assertThat(image.resolve("bin/embedded")).isExecutable();
    }
}
