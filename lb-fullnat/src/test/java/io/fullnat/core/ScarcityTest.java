// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

import static io.fullnat.core.Rig.fromClient;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.control.Condition;
import io.fullnat.api.counter.Counter;
import io.fullnat.api.counter.Outcome;
import io.fullnat.api.io.PacketBurst;
import io.fullnat.core.packet.PacketBuilder;
import io.fullnat.core.packet.Tcp;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// What happens when buffers, local ports or places for connections run out: outcomes that it takes
/// many frames to bring about.
class ScarcityTest {
    private static PacketBuilder question() {
        return fromClient().udp(40000, 53).payload("question");
    }

    /// Fragments need buffers; with none left the packet is dropped whole.
    @Test
    void withoutBuffersNothingIsSentInPart() {
        try (Rig rig = Rig.withMtus(1500, 1400).configured()) {
            rig.clientSends(question());
            rig.client.send(fromClient().udp(40000, 53).payload(new byte[1373]));
            PacketBurst rest = new PacketBurst(8192);
            while (!rest.isFull() && rig.io.buffers().allocate(rest)) {
                assertThat(rest.size()).isPositive();
            }
            rig.io.buffers().free(rest.buffer(rest.size() - 1)); // one is too few for two fragments
            rest.resize(rest.size() - 1);

            rig.run();

            assertThat(rig.count(Outcome.NO_BUFFER)).isOne();
            assertThat(rig.out()).isEmpty();
            rig.io.buffers().freeAll(rest);
        }
    }

    /// Each is made in a buffer of its own: what the packet came in is given back after it.
    @ParameterizedTest
    @EnumSource
    void whatAWorkerCannotMakeForWantOfABufferIsToldOf(Own own) {
        try (Rig rig = own.rig()) {
            rig.configureWithoutNeighbours();
            if (own != Own.ARP_REQUEST) {
                rig.withStaticNeighbours();
            }
            Runnable asks = own.asks(rig);
            rig.out();
            asks.run();
            List<Long> rest = takeAll(rig);
            rig.run();
            assertThat(rig.out()).isEmpty();
            assertThat(rig.count(Counter.BUFFERS_MISSED)).isOne();
            rest.forEach(rig.io.buffers()::free);

            rig.pass(Duration.ofSeconds(1));
            assertThat(rig.balancer.control().health().conditions())
                    .singleElement()
                    .satisfies(each -> {
                        assertThat(each.condition()).isEqualTo(Condition.BUFFERS_EXHAUSTED);
                        assertThat(each.subject()).isEqualTo("worker 0");
                    });
            asks.run();
            rig.run();
            assertThat(rig.out()).isNotEmpty();
            assertThat(rig.count(Counter.BUFFERS_MISSED)).isOne();
        }
    }

    /// What makes a worker send a packet of its own.
    enum Own {
        ARP_REQUEST,
        ICMP_ERROR,
        RESET,
        FRAGMENTS,
        SYN_OF_PROXY,
        FRAME_OF_KERNEL;

        private Rig rig() {
            return this == FRAME_OF_KERNEL
                    ? Rig.withKernel(options -> options)
                    : Rig.withMtus(1500, 1400);
        }

        /// Brings it about each time that it is run.
        private Runnable asks(Rig rig) {
            if (this == FRAME_OF_KERNEL) {
                byte[] frame =
                        PacketBuilder.ethernet(Rig.WAN_MAC, Rig.CLIENT_MAC)
                                .ipv4("192.0.2.1", Rig.CLIENT)
                                .tcp(22, 40_000)
                                .toBytes();
                return () -> rig.io.wire("wan").near().kernel().send(frame);
            }
            PacketBuilder packet = packet(rig);
            return () -> rig.client.send(packet);
        }

        private PacketBuilder packet(Rig rig) {
            if (this == SYN_OF_PROXY) {
                rig.apply(CookieClient.always(rig));
                CookieClient client = new CookieClient(rig, 40_000);
                client.connect();
                return client.acknowledgement();
            }
            PacketBuilder packet = fromClient();
            return switch (this) {
                case ICMP_ERROR -> packet.timeToLive(1).udp(40000, 53).payload("question");
                case RESET -> packet.tcp(40000, 81).flags(Tcp.SYN);
                case FRAGMENTS -> packet.udp(40000, 53).payload(new byte[1373]);
                default -> question();
            };
        }
    }

    private static List<Long> takeAll(Rig rig) {
        List<Long> taken = new ArrayList<>();
        PacketBurst one = new PacketBurst(1);
        while (rig.io.buffers().allocate(one)) {
            taken.add(one.buffer(0));
            one.clear();
        }
        return taken;
    }

    /// Towards one real server and port a local address has 64,511 ports.
    @Test
    void withoutAPortLeftAConnectionIsRefused() {
        try (Rig rig = new Rig(1, 1 << 17).configured()) {
            FixtureLoads.useUpPorts(rig);

            rig.clientSends(question());

            assertThat(rig.count(Outcome.NO_LOCAL_PORT)).isOne();
            assertThat(rig.count(Outcome.FORWARDED_IN)).isEqualTo(2 * 64_511);
        }
    }

    @Test
    void aFlowThatRestsExpires() {
        try (Rig rig = new Rig().configured()) {
            rig.clientSends(question());
            for (int i = 0; i < 1000 && rig.count(Counter.CONNECTIONS) == 1; i++) {
                rig.pass(Duration.ofSeconds(10));
                rig.out();
            }
            assertThat(rig.count(Counter.CONNECTIONS)).isZero();
            assertThat(rig.count(Counter.CONNECTIONS_EXPIRED)).isOne();
        }
    }

    @Test
    void flowsWithoutAnswerGiveWay() {
        try (Rig rig = new Rig(1, 4).configured()) {
            for (int port = 40000; port < 40010; port++) {
                assertThat(rig.clientSends(fromClient().udp(port, 53))).hasSize(1);
            }
            long left = rig.count(Counter.CONNECTIONS);
            assertThat(left).isBetween(1L, 4L);
            assertThat(rig.count(Counter.CONNECTIONS_EVICTED)).isEqualTo(10 - left);
        }
    }
}
