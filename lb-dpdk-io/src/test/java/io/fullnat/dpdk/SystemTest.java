// SPDX-License-Identifier: Apache-2.0
package io.fullnat.dpdk;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What is read from `/proc` and `/sys`, and the CPUs of a thread.
class SystemTest {
    @Test
    void shouldAddUpFreeHugepagesOfAllSizes(@TempDir Path folder) throws IOException {
        for (String size : List.of("2048:100", "1048576:3")) {
            String[] parts = size.split(":", 2);
            Path pages = Files.createDirectory(folder.resolve("hugepages-" + parts[0] + "kB"));
            Files.writeString(pages.resolve("free_hugepages"), parts[1] + "\n");
        }

        assertThat(SystemMemory.freeHugepages(folder)).isEqualTo(200 + 3 * 1024);
        assertThat(SystemMemory.freeHugepages(folder.resolve("absent"))).isZero();
    }

    @Test
    void shouldReadAvailableMemory(@TempDir Path folder) throws IOException {
        Path file =
                Files.writeString(
                        folder.resolve("meminfo"),
                        "MemTotal: 8192000 kB\nMemAvailable:    2048000 kB\n");

        assertThat(SystemMemory.available(file)).isEqualTo(2000);
    }

    @Test
    void shouldTellCodeFromData() {
        ExecutableMappings code =
                ExecutableMappings.parse(
                        List.of(
                                "7f0000001000-7f0000002000 r--p 00000000 fe:00 1 /lib/a.so",
                                "7f0000002000-7f0000003000 r-xp 00001000 fe:00 1 /lib/a.so",
                                "ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0 [v]"));

        assertThat(code.contains(0x7f0000002000L)).isTrue();
        assertThat(code.contains(0x7f0000002fffL)).isTrue();
        assertThat(code.contains(0x7f0000003000L)).isFalse();
        assertThat(code.contains(0x7f0000001800L)).isFalse();
        assertThat(code.contains(0)).isFalse();
    }

    @Test
    void shouldBindAThreadToOneCpuAndBack() {
        CpuAffinity before = CpuAffinity.current();
        int cpu = Integer.parseInt(before.toString().split("[-,]", 2)[0]);
        try {
            CpuAffinity.of(cpu).apply();

            assertThat(CpuAffinity.current()).hasToString(Integer.toString(cpu));
        } finally {
            before.apply();
        }
        assertThat(CpuAffinity.current()).hasToString(before.toString());
    }
}
