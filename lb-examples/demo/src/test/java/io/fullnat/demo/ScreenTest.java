// SPDX-License-Identifier: Apache-2.0
package io.fullnat.demo;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.control.BalancerStatus;
import io.fullnat.api.service.RealServerStatus;
import io.fullnat.api.service.ServiceStatus;
import io.fullnat.api.service.TrafficCounts;
import io.fullnat.api.service.TrafficRates;
import io.fullnat.api.service.VirtualService;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import org.junit.jupiter.api.Test;

/// The live table on a terminal of 80 columns and 24 rows.
class ScreenTest {
    @Test
    void theTableFitsHoweverLargeTheFiguresAre() {
        TrafficCounts large =
                new TrafficCounts(
                        98_765_432_101L,
                        876_543_210_987L,
                        123_456_789L,
                        876_543_210_987L,
                        123_456_789L);
        BalancerStatus status =
                new BalancerStatus(
                        1,
                        Scenario.configuration(List.of(), true).services().stream()
                                .map(service -> status(service, large))
                                .toList(),
                        List.of(),
                        List.of(),
                        List.of());

        List<String> lines = new StatusTable(0).lines(status, 1_000_000_000L);

        // With a headline, a line for the address that is replaced and the cursor's: what scrolls
        // away cannot be drawn over.
        assertThat(lines).hasSize(1 + 4 + 4 * Scenario.SERVERS).hasSizeLessThan(24 - 3 + 1);
        assertThat(lines).allSatisfy(line -> assertThat(line).hasSizeLessThan(80));
    }

    private static ServiceStatus status(VirtualService service, TrafficCounts traffic) {
        return new ServiceStatus(
                service,
                service.realServers().stream()
                        .map(server ->
                                new RealServerStatus(
                                        server,
                                        987_654_321,
                                        987_654_321,
                                        traffic,
                                        TrafficRates.ZERO))
                        .toList(),
                List.of(),
                traffic,
                TrafficRates.ZERO);
    }

    @Test
    void drawsOverWhatItDrewAndNeverWraps() {
        StringWriter text = new StringWriter();
        Screen screen = new Screen(new PrintWriter(text), true);

        screen.show("head", List.of("one", "two"));
        screen.show("head", List.of("one"));

        assertThat(text.toString().lines().toList())
                .containsExactly(
                        "\u001b[?7lhead",
                        "one",
                        "two",
                        "\u001b[?7h\u001b[3A\u001b[J\u001b[?7lhead",
                        "one",
                        "\u001b[?7h");
    }
}
