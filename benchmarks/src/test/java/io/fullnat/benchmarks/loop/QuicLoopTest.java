// SPDX-License-Identifier: Apache-2.0
package io.fullnat.benchmarks.loop;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.Protocol;
import io.fullnat.api.counter.Counter;
import io.fullnat.benchmarks.loop.LoopCase.Traffic;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Datagrams of QUIC in the loop: ids are followed where the service routes by them, and stay with
/// their connections.
class QuicLoopTest {
    private static final int FLOWS = 1_000;

    @ParameterizedTest
    @EnumSource(names = {"UDP_BOTH_QUIC_HASHED", "UDP_BOTH_QUIC", "UDP_BOTH_QUIC_ENCRYPTED"})
    void idsNameTheServersOfTheirFlows(Traffic quic) throws InterruptedException {
        LoopNetwork network =
                new LoopNetwork(Protocol.UDP, 60, false, false, Optional.empty(), quic.policy);
        try (LoopTraffic traffic = LoopTraffic.start(network, 2 * FLOWS, true)) {
            traffic.open(FLOWS, true).await();
            traffic.steady(FlowOrder.inOrder(FLOWS), 3 * FLOWS, true).await();
            traffic.requireAllForwarded();

            boolean routed = quic.policy.quic().isPresent();
            assertThat(traffic.balancer().counters().total(Counter.QUIC_IDS_FOLLOWED))
                    .isEqualTo(routed ? FLOWS : 0);
            assertThat(traffic.balancer().counters().total(Counter.QUIC_TUPLES_TAKEN)).isZero();
        }
    }
}
