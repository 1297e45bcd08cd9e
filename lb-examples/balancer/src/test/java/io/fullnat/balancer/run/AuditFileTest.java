// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fullnat.api.BalancerException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
final class AuditFileTest {
    private static final String TIME = "\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z ";

    @TempDir private Path folder;
    private Path directory = Path.of("");
    private Path file = Path.of("");

    @BeforeEach
    void place() throws IOException {
        directory = Files.createDirectory(folder.resolve("log"));
        file = directory.resolve("audit.log");
    }

    @Test
    void appendsLinesThatTheGroupMayReadAndOthersMayNot() throws IOException {
        AuditFile audit = AuditFile.open(file);
        audit.write("who=\"one\"");
        AuditFile.open(file).write("who=\"two\"");

        assertThat(Files.readString(file)).matches(TIME + "who=\"one\"\n" + TIME + "who=\"two\"\n");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-r-----");
    }

    @Test
    void goesOnInANewFileWhenTheOldOneIsMovedAway() throws IOException {
        AuditFile audit = AuditFile.open(file);
        audit.write("one");
        Path old = Files.move(file, directory.resolve("audit.log.1"));
        audit.write("two");

        assertThat(Files.readString(old)).endsWith("one\n");
        assertThat(Files.readString(file)).matches(TIME + "two\n");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-r-----");
    }

    @Test
    void writesToTheLogWhileItCannotWriteToTheFile() throws IOException {
        AuditFile audit = AuditFile.open(file);
        Path away = folder.resolve("away");
        Files.move(directory, away);
        try (Logged log = new Logged("audit")) {
            audit.write("one");
            audit.write("two");
            assertThat(log.lines())
                    .containsExactly(
                            "ERROR cannot write to "
                                    + file
                                    + ": its directory is not there; until it can be written its lines"
                                    + " follow here",
                            "INFO one",
                            "INFO two");
            log.lines().clear();
            Files.move(away, directory);
            audit.write("three");
            audit.write("four");
            assertThat(log.lines())
                    .containsExactly("INFO " + file + " is written again; 2 lines went to the log");
        }
        assertThat(Files.readString(file)).matches(TIME + "three\n" + TIME + "four\n");
    }

    @Test
    void refusesWhatIsNoFileWithoutWaitingForIt() throws Exception {
        Path pipe = directory.resolve("pipe");
        assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor()).isZero();
        Path link = Files.createSymbolicLink(directory.resolve("link"), file);
        for (Path wrong : new Path[] {pipe, link, directory, Path.of("/dev/full")}) {
            assertThatThrownBy(() -> AuditFile.open(wrong))
                    .isInstanceOf(BalancerException.class)
                    .hasMessage(
                            "log.audit: cannot write to "
                                    + wrong
                                    + ": it is a link, a device, a pipe or a directory; name another"
                                    + " file, or say log");
        }
        assertThatThrownBy(() -> AuditFile.open(folder.resolve("none").resolve("audit.log")))
                .hasMessageContaining("its directory is not there; name another");
    }
}
