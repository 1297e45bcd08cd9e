// SPDX-License-Identifier: Apache-2.0
package io.fullnat.benchmarks.device;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.benchmarks.report.Report;
import io.fullnat.benchmarks.report.Spread;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class DeviceReportTest {
    private static final Report REPORT =
            DeviceReport.of(
                    List.of(
                            new DeviceResult(
                                    new DeviceCase("net_null", "dpdk-testpmd", "io", 0),
                                    new Spread(15, 16, 17.006),
                                    new Spread(58, 59, 61)),
                            new DeviceResult(
                                    new DeviceCase("net_ring", "fullnat", "udp-both", 10_000),
                                    new Spread(48, 50, 53),
                                    new Spread(17, 18.5, 19))));

    /// Programs read this: what the whole loop's results have too is named alike.
    @Test
    void resultsAreNamedAsThoseOfTheWholeLoop() {
        Map<String, Object> fullnat = REPORT.json().getLast();

        assertThat(fullnat.keySet())
                .containsExactly(
                        "device",
                        "program",
                        "case",
                        "flows",
                        "order",
                        "phase",
                        "nsPerPacket",
                        "mpps",
                        "machine",
                        "jvm",
                        "commit",
                        "mppsReceived");
        assertThat(fullnat)
                .containsEntry("device", "net_ring")
                .containsEntry("program", "fullnat")
                .containsEntry("case", "udp-both")
                .containsEntry("flows", 10_000)
                .containsEntry("nsPerPacket", Map.of("min", 48.0, "median", 50.0, "max", 53.0))
                .containsEntry("mpps", 20.0)
                .containsEntry("mppsReceived", Map.of("min", 17.0, "median", 18.5, "max", 19.0));
    }

    @Test
    void testpmdHasNoFlowsAndNoJvm() {
        assertThat(REPORT.json().getFirst())
                .doesNotContainKeys("flows", "order", "phase", "jvm")
                .containsKeys("machine", "commit")
                .containsEntry("program", "dpdk-testpmd")
                .containsEntry("nsPerPacket", Map.of("min", 15.0, "median", 16.0, "max", 17.01))
                .containsEntry("mpps", 62.5);
    }

    @Test
    void tableHasALineForEachResult() {
        List<String> lines = REPORT.table().lines().toList();

        assertThat(lines).hasSize(4);
        assertThat(lines.get(0)).contains("commit");
        assertThat(lines.get(1)).matches("device +program +case +flows +min ns .*Mpps.*");
        assertThat(lines.get(2))
                .startsWith("net_null dpdk-testpmd io")
                .contains("-", "16.0", "59.0");
        assertThat(lines.get(3)).startsWith("net_ring fullnat").contains("10000", "50.0", "18.5");
        assertThat(lines).extracting(String::length).element(2).isEqualTo(lines.get(3).length());
    }
}
