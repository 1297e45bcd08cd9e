// SPDX-License-Identifier: Apache-2.0
package io.fullnat.benchmarks.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;

/// Honest clients among spoofed SYNs, for a moment: what is measured is there, and nothing of it is
/// lost. By the worker's own time, so that a slow machine loses nothing either.
class FloodedClientsTest {
    private static final int MILLISECONDS = 300;
    private static final int SPOOFED = 20_000;
    private static final int SEGMENTS = 5_000;
    private static final int HANDSHAKES = 500;

    @Test
    void honestClientsAreServedAndOpenConnectionsLoseNothing() throws InterruptedException {
        try (FloodedClients clients =
                new FloodedClients(FloodedClients.clock("cpu"), 2 * HANDSHAKES)) {
            FloodedClients.Result quiet = clients.run(MILLISECONDS, 0, SEGMENTS, HANDSHAKES);
            FloodedClients.Result flooded =
                    clients.run(MILLISECONDS, SPOOFED, SEGMENTS, HANDSHAKES);
            assertThat(quiet.answered()).isZero();
            assertThat(flooded.answered() + flooded.lostSyns())
                    .isBetween(SPOOFED * 29L / 100, SPOOFED * 31L / 100);
            for (FloodedClients.Result result : new FloodedClients.Result[] {quiet, flooded}) {
                assertThat(result.lost()).as("%s", result).isZero();
                assertThat(result.begun()).isBetween(145L, 155L);
                assertThat(result.served().getTotalCount()).isEqualTo(result.begun());
                assertThat(result.connected().getTotalCount()).isEqualTo(result.begun());
                assertThat(result.served().getMinValue())
                        .isGreaterThan(result.connected().getMinValue());
            }
        }
    }

    @Test
    void otherClocksAreRefused() {
        assertThatIllegalArgumentException().isThrownBy(() -> FloodedClients.clock("sun"));
    }
}
