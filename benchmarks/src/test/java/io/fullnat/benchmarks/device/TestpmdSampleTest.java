// SPDX-License-Identifier: Apache-2.0
package io.fullnat.benchmarks.device;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;

class TestpmdSampleTest {
    private static final Path FIRST = Path.of("/proc/1/task/1");
    private static final Path FORWARDING = Path.of("/proc/1/task/2");

    @Test
    void forwardingThreadIsThatWhichWorkedMostInBetween() {
        Testpmd.Sample before =
                new Testpmd.Sample(0, 0, Map.of(FIRST, 2_000_000_000L, FORWARDING, 5L));
        Testpmd.Sample after =
                new Testpmd.Sample(0, 0, Map.of(FIRST, 2_000_001_000L, FORWARDING, 900_000_005L));

        assertThat(after.forwardingNs(before)).isEqualTo(900_000_000L);
    }
}
