// SPDX-License-Identifier: Apache-2.0
package io.fullnat.benchmarks.loop;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.benchmarks.report.Report;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class LoopReportTest {
    @Test
    void resultsHaveTheNamesThatProgramsRead() {
        LoopCase wanted =
                new LoopCase(
                        LoopCase.Traffic.UDP_BOTH_NO_OFFLOAD,
                        10_000,
                        LoopCase.Order.RANDOM,
                        LoopCase.Period.STEADY);

        Report report = LoopReport.of(List.of(LoopResult.of(wanted, List.of(50.0, 40.0, 41.234))));

        assertThat(report.json()).hasSize(1);
        assertThat(report.json().getFirst().keySet())
                .containsExactly(
                        "case",
                        "flows",
                        "order",
                        "phase",
                        "nsPerPacket",
                        "mpps",
                        "machine",
                        "jvm",
                        "commit");
        assertThat(report.json().getFirst())
                .containsEntry("case", "udp-both-no-offload")
                .containsEntry("flows", 10_000)
                .containsEntry("order", "random")
                .containsEntry("phase", "steady")
                .containsEntry("nsPerPacket", Map.of("min", 40.0, "median", 41.23, "max", 50.0))
                .containsEntry("mpps", 24.25);
        assertThat(report.table()).contains("udp-both-no-offload", "10000", "41.2");
    }
}
