// SPDX-License-Identifier: Apache-2.0
package io.fullnat.demo.network;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// The audit log and the log of `fullnat run`, the disk full and empty again.
@NetworkTest
@Timeout(180)
class AuditIT {
    private static final String TIME = "\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z ";

    @TempDir private Path folder;
    private Path disk = Path.of("");
    private Path file = Path.of("");

    @BeforeEach
    void mount() throws Exception {
        disk = Files.createDirectory(folder.resolve("disk"));
        file = disk.resolve("audit.log");
        tool("mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", disk.toString());
    }

    @AfterEach
    void unmount() throws Exception {
        tool("umount", disk.toString());
    }

    private static void tool(String... words) throws Exception {
        assertThat(new ProcessBuilder(words).inheritIO().start().waitFor()).isZero();
    }

    private static void run(BalancerProcess balancer, String line) throws Exception {
        BalancerProcess.Result result = balancer.run(List.of(line.split(" ")));
        assertThat(result.errors()).isEmpty();
        assertThat(result.status()).isZero();
    }

    private static void await(BooleanSupplier condition) throws InterruptedException {
        for (int i = 0; i < 200 && !condition.getAsBoolean(); i++) {
            TimeUnit.MILLISECONDS.sleep(100);
        }
        assertThat(condition.getAsBoolean()).isTrue();
    }

    /// Takes all room that is left.
    private Path fill() throws IOException {
        Path filler = disk.resolve("filler");
        try (FileChannel channel =
                FileChannel.open(filler, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            while (channel.write(java.nio.ByteBuffer.allocate(4096)) > 0) {}
        } catch (IOException e) {
            // It is full. So is the page of the log that was begun, in a moment.
        }
        byte[] rest = new byte[(int) (4096 - Files.size(file) % 4096)];
        java.util.Arrays.fill(rest, (byte) ' ');
        rest[rest.length - 1] = '\n';
        Files.write(file, rest, StandardOpenOption.APPEND);
        return filler;
    }

    @Test
    void writesDownWhoChangedWhatAndGoesOnWithoutADisk() throws Exception {
        String yaml = Scene.yaml(1, 1);
        String audited = yaml + "log: {audit: '" + file + "'}\n";
        try (BalancerProcess balancer = BalancerProcess.start(folder, audited)) {
            run(balancer, "service add tcp 198.51.100.77:80");
            List<String> lines = Files.readAllLines(file);
            assertThat(lines).hasSize(2).allMatch(line -> line.matches(TIME + "who=.*"));
            assertThat(lines.getFirst()).contains("who=\"start\" what=\"run of ", "revision=1");
            assertThat(lines.getLast())
                    .matches(
                            TIME
                                    + "who=\"user [^ ]+ \\(uid [0-9]+\\), process [0-9]+\""
                                    + " what=\"service add tcp 198\\.51\\.100\\.77:80\""
                                    + " changes=\"\\+ service .*\" result=applied revision=2");
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                    .isEqualTo("rw-r-----");

            Path filler = fill();
            run(balancer, "service add tcp 198.51.100.77:81");
            await(() -> balancer.said().contains("what=\"service add tcp 198.51.100.77:81\""));
            assertThat(balancer.said())
                    .contains("ERROR audit: cannot write to " + file + ": No space left on device");
            Files.delete(filler);
            run(balancer, "service add tcp 198.51.100.77:82");
            assertThat(Files.readAllLines(file))
                    .as("no half of a line")
                    .allMatch(line -> line.isBlank() || line.matches(TIME + "who=.*"))
                    .last()
                    .asString()
                    .contains("198.51.100.77:82");

            balancer.write(yaml + "log: {level: debug}\n");
            tool("kill", "-HUP", Long.toString(balancer.pid()));
            await(() -> balancer.said().contains("reload: reloaded, 3 changes"));
            run(balancer, "service add tcp 198.51.100.77:83");
            await(() -> balancer.said().contains("what=\"service add tcp 198.51.100.77:83\""));
            await(() -> balancer.said().contains(" DEBUG "));
            assertThat(balancer.said().lines())
                    .allMatch(line -> line.matches(TIME + "(ERROR|WARN |INFO |DEBUG) .*"));
        }
    }
}
