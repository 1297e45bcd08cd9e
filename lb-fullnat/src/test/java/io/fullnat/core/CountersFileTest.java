// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.fullnat.api.BalancerException;
import io.fullnat.api.counter.Counter;
import io.fullnat.api.counter.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.agrona.concurrent.UnsafeBuffer;
import org.agrona.concurrent.status.CountersManager;
import org.agrona.concurrent.status.CountersReader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Counters in memory and in a file that other programs read.
class CountersFileTest {
    private static final int COUNT = Outcome.values().length + Counter.values().length;

    @Test
    void eachWorkerHasItsOwn() {
        try (CountersFile file = new CountersFile(2, null)) {
            file.all().get(0).count(Outcome.FORWARDED_IN, 5);
            file.all().get(1).count(Outcome.FORWARDED_IN, 7);
            file.all().get(1).set(Counter.CONNECTIONS, 9);

            assertThat(file.workers()).isEqualTo(2);
            assertThat(file.get(0, Outcome.FORWARDED_IN)).isEqualTo(5);
            assertThat(file.get(1, Outcome.FORWARDED_IN)).isEqualTo(7);
            assertThat(file.total(Outcome.FORWARDED_IN)).isEqualTo(12);
            assertThat(file.get(0, Counter.CONNECTIONS)).isZero();
            assertThat(file.total(Counter.CONNECTIONS)).isEqualTo(9);
            assertThat(file.total(Outcome.FORWARDED_OUT)).isZero();
            assertThatThrownBy(() -> file.get(2, Counter.CONNECTIONS))
                    .isInstanceOf(RuntimeException.class)
                    .hasMessageContaining("2");
        }
    }

    @Test
    void aFileHasALabelForEachAndIsReadByAgrona(@TempDir Path folder) throws IOException {
        Path path = folder.resolve("counters");
        Files.writeString(path, "of an earlier balancer");
        try (CountersFile file = new CountersFile(2, path)) {
            file.all().get(1).count(Outcome.NO_ROUTE, 3);
        }

        byte[] bytes = Files.readAllBytes(path);
        int labels = 2 * COUNT * CountersManager.METADATA_LENGTH;
        assertThat(bytes).hasSize(labels + 2 * COUNT * CountersManager.COUNTER_LENGTH);
        CountersReader reader =
                new CountersReader(
                        new UnsafeBuffer(bytes, 0, labels),
                        new UnsafeBuffer(bytes, labels, bytes.length - labels));
        Map<String, Long> values = new HashMap<>();
        reader.forEach((id, label) -> values.put(label, reader.getCounterValue(id)));
        assertThat(values).hasSize(2 * COUNT);
        assertThat(values).containsEntry("worker 1 NO_ROUTE", 3L);
        assertThat(values).containsEntry("worker 0 NO_ROUTE", 0L);
        assertThat(values).containsEntry("worker 1 CONNECTIONS", 0L);
    }

    @Test
    void aFileThatCannotBeIsNamed(@TempDir Path folder) {
        assertThatThrownBy(() -> new CountersFile(1, folder.resolve("none").resolve("counters")))
                .isInstanceOf(BalancerException.class)
                .hasMessageContaining("there is no folder");
        assertThatThrownBy(() -> new CountersFile(1, folder))
                .isInstanceOf(BalancerException.class)
                .hasMessageContaining("it is a folder");
    }

    /// Mapped without a look, a full file system would end the process by SIGBUS.
    @Test
    void aFullFileSystemIsNamed(@TempDir Path folder) throws Exception {
        assumeTrue(run("mount", "-t", "tmpfs", "-o", "size=16k", "none", folder.toString()) == 0);
        try {
            Path path = folder.resolve("counters");
            assertThatThrownBy(() -> new CountersFile(1, path))
                    .isInstanceOf(BalancerException.class)
                    .hasMessageContaining("No space left on device");
            assertThat(path).doesNotExist();
        } finally {
            assertThat(run("umount", folder.toString())).isZero();
        }
    }

    private static int run(String... command) throws IOException, InterruptedException {
        try {
            return new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start()
                    .waitFor();
        } catch (IOException absent) {
            return -1;
        }
    }
}
