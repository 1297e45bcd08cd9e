// SPDX-License-Identifier: Apache-2.0
package io.fullnat.benchmarks.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fullnat.api.Protocol;
import io.fullnat.api.io.Memory;
import io.fullnat.core.packet.Ethernet;
import io.fullnat.core.packet.Ipv6;
import io.fullnat.core.packet.PacketBuilder;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// The benchmark's traffic over IPv6: all of it passes, both ways, with right checksums.
class Loop6Test {
    private static final int FLOWS = 3 * SentSample.EACH;

    @ParameterizedTest
    @EnumSource(Protocol.class)
    void requestsAndAnswersPass(Protocol protocol) throws InterruptedException {
        Set<Boolean> toServer = ConcurrentHashMap.newKeySet();
        try (LoopTraffic traffic =
                LoopTraffic.start(new LoopNetwork(protocol, 60, true, true), 2 * FLOWS, true)) {
            traffic.io()
                    .loop()
                    .sample()
                    .check(data -> {
                        PacketMaker.verify(data);
                        if (Ethernet.type(data) == Ethernet.TYPE_IPV6) {
                            long ports = data + Ethernet.HEADER_LENGTH + Ipv6.HEADER_LENGTH;
                            toServer.add(
                                    Memory.getNetworkShort(ports + 2) == LoopNetwork.SERVER_PORT);
                        }
                    });
            traffic.open(FLOWS, true).await();
            traffic.establish(FLOWS).await();
            traffic.steady(FlowOrder.inOrder(FLOWS), FLOWS, true).await();
            traffic.requireAllForwarded();
        }
        assertThat(toServer).containsExactlyInAnyOrder(true, false);
    }

    @Test
    void aWrongChecksumIsTold() {
        byte[] frame =
                PacketBuilder.ethernet("02:00:00:00:00:01", "02:00:00:00:00:c1")
                        .ipv6("2001:db8:1::100", "2001:db8:1::11")
                        .udp(2000, 800)
                        .payload("anything")
                        .toBytes();
        long data = Memory.allocate(frame.length);
        try {
            Memory.fromBytes(frame, data);
            assertThatCode(() -> PacketMaker.verify(data)).doesNotThrowAnyException();
            Memory.putByte(data + frame.length - 1, 0);
            assertThatThrownBy(() -> PacketMaker.verify(data))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("wrong checksum");
        } finally {
            Memory.free(data);
        }
    }
}
