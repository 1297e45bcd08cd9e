// SPDX-License-Identifier: Apache-2.0
package io.fullnat.benchmarks.loop;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.Protocol;
import io.fullnat.api.counter.Counter;
import io.fullnat.core.packet.Ethernet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/// The benchmark's traffic between families: all of it passes, both ways, with right checksums.
class CrossLoopTest {
    private static final int FLOWS = 3 * SentSample.EACH;

    @ParameterizedTest
    @CsvSource({"UDP, true", "UDP, false", "TCP, true", "TCP, false"})
    void requestsAndAnswersPass(Protocol protocol, boolean clientsIpv6)
            throws InterruptedException {
        Set<Integer> types = ConcurrentHashMap.newKeySet();
        LoopNetwork network = new LoopNetwork(protocol, 60, clientsIpv6, !clientsIpv6);
        try (LoopTraffic traffic = LoopTraffic.start(network, 2 * FLOWS, true)) {
            traffic.io()
                    .loop()
                    .sample()
                    .check(data -> {
                        PacketMaker.verify(data);
                        types.add(Ethernet.type(data));
                    });
            traffic.open(FLOWS, true).await();
            traffic.establish(FLOWS).await();
            traffic.steady(FlowOrder.inOrder(FLOWS), FLOWS, true).await();
            traffic.requireAllForwarded();
        }
        assertThat(types).contains(Ethernet.TYPE_IPV4, Ethernet.TYPE_IPV6);
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.MATCH_ALL, names = "TCP(46|64)_BOTH_.*")
    void segmentsPassWhoseNumbersAreMoved(LoopCase.Traffic kind) throws InterruptedException {
        LoopNetwork network =
                new LoopNetwork(
                        kind.protocol,
                        60,
                        kind.ipv6,
                        kind.serversIpv6,
                        Optional.empty(),
                        kind.policy);
        try (LoopTraffic traffic = LoopTraffic.start(network, 2 * FLOWS, true)) {
            traffic.io().loop().sample().check(PacketMaker::verify);
            traffic.talk(FLOWS);
            FlowOrder order = FlowOrder.inOrder(FLOWS);
            if (kind.stamps) {
                traffic.stamped(order, FLOWS).await();
            } else {
                traffic.steady(order, FLOWS, true).await();
            }
            traffic.requireAllForwarded();
            assertThat(traffic.balancer().counters().total(Counter.RECEIVED))
                    .isGreaterThan(2 * FLOWS);
        }
    }
}
