// SPDX-License-Identifier: Apache-2.0
package io.fullnat.benchmarks.loop;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.Protocol;
import io.fullnat.core.packet.Ethernet;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

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
}
