// SPDX-License-Identifier: Apache-2.0
package io.fullnat.dpdk;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Limits of control groups, as files of both versions say them.
final class HugepageLimitTest {
    private static final long MB_2 = 2048;
    private static final String V2 = "sys/fs/cgroup/";
    private static final String V1 = "sys/fs/cgroup/hugetlb/";

    @TempDir Path root;

    private void write(String path, String text) {
        Path file = root.resolve(path);
        try {
            Files.createDirectories(file.getParent());
            Files.writeString(file, text + "\n");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private long limit(long kilobytes) {
        return HugepageLimit.bytes(root, kilobytes);
    }

    @Test
    void theLeastOfAGroupAndThoseAboveItCounts() {
        write("proc/self/cgroup", "0::/balancer.slice/one");
        assertThat(limit(MB_2)).isEqualTo(Long.MAX_VALUE);
        write(V2 + "balancer.slice/hugetlb.2MB.max", "104857600");
        assertThat(limit(MB_2)).isEqualTo(104_857_600);
        write(V2 + "balancer.slice/one/hugetlb.2MB.max", "1048576");
        assertThat(limit(MB_2)).isEqualTo(1_048_576);
        write(V2 + "balancer.slice/one/hugetlb.2MB.max", "max");
        assertThat(limit(MB_2)).isEqualTo(104_857_600);
        write(V2 + "hugetlb.2MB.max", "0");
        assertThat(limit(MB_2)).as("a container's own group is the mount's root").isZero();
    }

    /// What others in a group hold is not there for this process.
    @Test
    void whatIsUsedIsTakenOff() {
        write("proc/self/cgroup", "3:hugetlb:/one\n0::/one");
        write(V2 + "one/hugetlb.2MB.max", "1073741824");
        write(V2 + "one/hugetlb.2MB.current", "838860800");
        assertThat(limit(MB_2)).isEqualTo(234_881_024);
        write(V2 + "one/hugetlb.2MB.rsvd.max", "104857600");
        write(V2 + "one/hugetlb.2MB.rsvd.current", "20971520");
        assertThat(limit(MB_2)).as("of what may be mapped").isEqualTo(83_886_080);
        write(V1 + "one/hugetlb.2MB.limit_in_bytes", "4194304");
        write(V1 + "one/hugetlb.2MB.usage_in_bytes", "2097152");
        assertThat(limit(MB_2)).isEqualTo(2_097_152);
        write(V2 + "one/hugetlb.2MB.current", "2147483648");
        assertThat(limit(MB_2)).as("a limit that was lowered").isZero();
    }

    @Test
    void eachSizeHasItsOwn() {
        write("proc/self/cgroup", "0::/");
        write(V2 + "hugetlb.64KB.max", "65536");
        write(V2 + "hugetlb.2MB.max", "2097152");
        write(V2 + "hugetlb.1GB.max", "1073741824");
        assertThat(limit(64)).isEqualTo(65_536);
        assertThat(limit(MB_2)).isEqualTo(2_097_152);
        assertThat(limit(1 << 20)).isEqualTo(1_073_741_824);
        assertThat(limit(32 << 10)).isEqualTo(Long.MAX_VALUE);
    }

    @Test
    void ofVersionOne() {
        write("proc/self/cgroup", "12:cpu,cpuacct:/\n5:hugetlb:/docker/abc\n0::/");
        write(V1 + "hugetlb.2MB.limit_in_bytes", "9223372036854771712");
        assertThat(limit(MB_2)).as("the kernel's word for none").isEqualTo(Long.MAX_VALUE);
        write(V1 + "docker/abc/hugetlb.2MB.limit_in_bytes", "4194304");
        assertThat(limit(MB_2)).isEqualTo(4_194_304);
    }

    @Test
    void whatIsNoListIsNoLimit() {
        assertThat(limit(MB_2)).isEqualTo(Long.MAX_VALUE);
        write("proc/self/cgroup", "x\n0::/../../up\n:");
        write(V2 + "hugetlb.2MB.max", "7x");
        assertThat(limit(MB_2)).isEqualTo(Long.MAX_VALUE);
    }
}
