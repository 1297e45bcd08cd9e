// SPDX-License-Identifier: Apache-2.0
package io.fullnat.benchmarks.loop;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.Protocol;
import io.fullnat.api.counter.Counter;
import io.fullnat.core.IdleMode;
import java.util.EnumSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

/// A balancer that is measured with more than its traffic does that.
class BesideTest {
    private static final int FLOWS = 1000;

    @Test
    void serversAreCheckedWhileTrafficPasses() throws InterruptedException {
        try (LoopTraffic traffic = start(EnumSet.allOf(Beside.class))) {
            assertThat(traffic.io().puntPort()).isPresent();
            traffic.open(FLOWS, true).await();
            traffic.establish(FLOWS).await();
            while (traffic.balancer().counters().total(Counter.HEALTH_PROBES) == 0) {
                traffic.steady(FlowOrder.inOrder(FLOWS), FLOWS, true).await();
            }
            traffic.requireAllForwarded();
            assertThat(traffic.balancer().counters().total(Counter.HEALTH_PROBES_FAILED)).isZero();
        }
    }

    @Test
    void nothingIsBesideTrafficUnlessChosen() throws InterruptedException {
        try (LoopTraffic traffic = start(Beside.chosen())) {
            assertThat(traffic.io().puntPort()).isEmpty();
            traffic.open(FLOWS, true).await();
            traffic.requireAllForwarded();
        }
    }

    private static LoopTraffic start(Set<Beside> beside) {
        return LoopTraffic.start(
                new LoopNetwork(Protocol.TCP, 60), 2 * FLOWS, true, IdleMode.BACK_OFF, beside);
    }
}
