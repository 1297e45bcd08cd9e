// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.bundle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fullnat.api.BalancerException;
import io.fullnat.balancer.Required;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The archive as tar and the file system see it.
final class ArchiveTest {
    private static final Instant NOW = Instant.parse("2026-05-01T12:00:00Z");
    private static final List<Part> PARTS =
            List.of(
                    Part.of("MANIFEST", "all\n"),
                    new Part("lists/none.json", "", "missing"),
                    Part.of("lists/" + "long".repeat(30) + ".json", "{\"ä\": 1}\n"));

    @TempDir Path folder;

    private static String run(String... words) throws Exception {
        Process process = new ProcessBuilder(words).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(said).isZero();
        return said;
    }

    private List<String> left() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    @Test
    void tarReadsIt() throws Exception {
        Required.program("tar");
        Path file = folder.resolve("case.tar.gz");
        Archive.write(file, false, "case", PARTS, NOW);

        assertThat(run("tar", "tzf", file.toString()).lines())
                .containsExactly("case/MANIFEST", "case/lists/" + "long".repeat(30) + ".json");
        assertThat(run("tar", "tvzf", file.toString())).contains("-rw------- 0/0");
        run("tar", "xzf", file.toString(), "-C", folder.toString());
        assertThat(folder.resolve("case/lists/" + "long".repeat(30) + ".json"))
                .hasContent("{\"ä\": 1}\n");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
    }

    @Test
    void replacesNothingUnlessToldTo() throws Exception {
        Path file = Files.writeString(folder.resolve("case.tar.gz"), "mine");
        assertThatThrownBy(() -> Archive.write(file, false, "case", PARTS, NOW))
                .isInstanceOf(BalancerException.class)
                .hasMessage(file + " is there already; --overwrite replaces it");
        assertThat(file).hasContent("mine");
        Archive.write(file, true, "case", PARTS, NOW);
        assertThat(Files.size(file)).isGreaterThan(100);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
        assertThat(left()).containsExactly("case.tar.gz");
    }

    @Test
    void replacesNoFolderAndNoDevice() {
        for (Path file : List.of(folder, Path.of("/dev/null"))) {
            assertThatThrownBy(() -> Archive.write(file, true, "case", PARTS, NOW))
                    .isInstanceOf(BalancerException.class)
                    .hasMessageContaining("is a folder, a device or a pipe");
        }
    }

    @Test
    void whereItCannotBeWrittenNothingIsLeft() throws Exception {
        Path file = folder.resolve("none/case.tar.gz");
        assertThatThrownBy(() -> Archive.write(file, false, "case", PARTS, NOW))
                .isInstanceOf(BalancerException.class)
                .hasMessage(file + " cannot be written: there is no such file");
        assertThat(left()).isEmpty();
    }
}
