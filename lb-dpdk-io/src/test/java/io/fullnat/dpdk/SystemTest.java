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
    private static void write(Path file, String text) throws IOException {
        Files.createDirectories(file.getParent());
        Files.writeString(file, text + "\n");
    }

    @Test
    void shouldAddUpFreeHugepagesOfAllSizes(@TempDir Path root) throws IOException {
        assertThat(SystemMemory.read(root)).isEqualTo(new SystemMemory(0, 0, Long.MAX_VALUE));
        Path sizes = root.resolve("sys/kernel/mm/hugepages");
        write(sizes.resolve("hugepages-2048kB/free_hugepages"), "100");
        write(sizes.resolve("hugepages-1048576kB/free_hugepages"), "3");

        SystemMemory all = SystemMemory.read(root);
        assertThat(all.freeHugepagesMb()).isEqualTo(200 + 3 * 1024);
        assertThat(all.allowedHugepagesMb()).isEqualTo(all.freeHugepagesMb());

        write(root.resolve("proc/self/cgroup"), "0::/one");
        write(root.resolve("sys/fs/cgroup/one/hugetlb.1GB.max"), "1073741824");
        SystemMemory limited = SystemMemory.read(root);
        assertThat(limited.freeHugepagesMb()).isEqualTo(200 + 3 * 1024);
        assertThat(limited.allowedHugepagesMb()).isEqualTo(200 + 1024);
        assertThat(Eal.shortage(2000, limited))
                .isEqualTo("a cgroup allows 1224 MB more: raise its hugetlb.SIZE.max");
        assertThat(Eal.shortage(5000, limited))
                .contains("3272 MB are free", "vm.nr_hugepages=2501");
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
