// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.control.Change;
import io.fullnat.api.counter.Counter;
import io.fullnat.api.counter.Outcome;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.ServiceLimits;
import io.fullnat.api.service.ServicePolicy;
import io.fullnat.api.service.TrafficLimit;
import io.fullnat.api.service.TrafficLimit.Unit;
import io.fullnat.core.packet.PacketBuilder;
import io.fullnat.core.packet.Tcp;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Packets and bits of a service are limited over all workers and its connections together, in each
/// direction for itself; what is too much is dropped in silence.
class PacketLimitTest {
    private static final int WORKERS = 4;
    private static final int FLOWS = 20;
    private static final int FIRST_PORT = 10_000;

    private static ServiceLimits packets(String words) {
        return ServiceLimits.NONE.withPackets(Optional.of(TrafficLimit.parse(Unit.PACKETS, words)));
    }

    private static ServiceLimits bandwidth(String words) {
        return ServiceLimits.NONE.withBandwidth(Optional.of(TrafficLimit.parse(Unit.BITS, words)));
    }

    private static void limit(Rig rig, ServiceKey service, ServiceLimits limits) {
        rig.apply(new Change.SetPolicy(service, ServicePolicy.DEFAULT.withLimits(limits)));
    }

    private static Rig rig(FamilyPair families) {
        return Rig.of(families, WORKERS, 1024).configured().withStaticNeighbours();
    }

    private static PacketBuilder question(Rig rig, int flow, String payload) {
        return rig.request().udp(FIRST_PORT + flow, 53).payload(payload);
    }

    /// Opens connections on all workers; their local ports.
    private static List<Integer> open(Rig rig) {
        TreeSet<Integer> ports = new TreeSet<>();
        for (int flow = 0; flow < FLOWS; flow++) {
            ports.add(IpFrame.sourcePort(rig.clientSends(question(rig, flow, "x")).getFirst()));
        }
        return List.copyOf(ports);
    }

    private static long ipBits(List<byte[]> frames) {
        return frames.stream().mapToLong(frame -> frame.length - 14).sum() * 8;
    }

    @ParameterizedTest
    @EnumSource
    void packetsPassAtTheirRateInEachDirection(FamilyPair families) {
        try (Rig rig = rig(families)) {
            List<Integer> locals = open(rig);
            limit(rig, rig.udp, packets("1000,20"));
            long in = 0;
            long out = 0;
            for (int tick = 0; tick < 500; tick++) { // 5 s
                for (int flow = 0; flow < FLOWS; flow++) {
                    rig.client.send(question(rig, flow, "question"));
                }
                for (int i = 0; i < locals.size() / 2 + locals.size() % 2 + 5; i++) {
                    int port = locals.get(i % locals.size());
                    rig.server.send(rig.answer().udp(5353, port).payload("answer"));
                }
                rig.run();
                in += rig.server.receiveAll().size();
                out += rig.client.receiveAll().size();
                rig.clock.advance(Duration.ofMillis(10));
            }
            assertThat((double) in).isBetween(5000 * 0.98, 5000 * 1.02 + 20);
            assertThat((double) out).isBetween(5000 * 0.98, 5000 * 1.02 + 20);
            assertThat(rig.count(Outcome.PACKETS_LIMITED))
                    .isEqualTo(rig.count(Counter.RECEIVED) - FLOWS - in - out - others(rig));
        }
    }

    /// Received before there was a limit: ARP, neighbour discovery.
    private static long others(Rig rig) {
        return rig.count(Outcome.ARP)
                + rig.count(Outcome.DISCOVERY)
                + rig.count(Outcome.HANDED_OVER)
                - rig.count(Counter.TAKEN_OVER);
    }

    @ParameterizedTest
    @EnumSource(names = {"V4_TO_V4", "V6_TO_V6"})
    void bitsPassAtTheirRate(FamilyPair families) {
        try (Rig rig = rig(families)) {
            open(rig);
            limit(rig, rig.udp, bandwidth("1M,24k"));
            long bits = 0;
            for (int tick = 0; tick < 1000; tick++) { // 5 s
                rig.client.send(question(rig, tick % FLOWS, "x".repeat(300 + tick)));
                rig.client.send(question(rig, (tick + 1) % FLOWS, "x".repeat(1300 - tick)));
                rig.run();
                bits += ipBits(rig.server.receiveAll());
                rig.clock.advance(Duration.ofMillis(5));
            }
            assertThat((double) bits).isBetween(5_000_000 * 0.98, 5_000_000 * 1.02 + 24_000);
            assertThat(rig.count(Outcome.BANDWIDTH_LIMITED)).isPositive();
            assertThat(rig.count(Outcome.PACKETS_LIMITED)).isZero();
        }
    }

    /// Of 20,000 packets, to within five standard deviations.
    @ParameterizedTest
    @CsvSource({"V4_TO_V4, 25", "V6_TO_V6, 99", "V4_TO_V6, 1"})
    void aPartOfThePacketsPasses(FamilyPair families, int percent) {
        try (Rig rig = rig(families)) {
            List<Integer> locals = open(rig);
            limit(rig, rig.udp, ServiceLimits.NONE.withProportion(percent));
            int in = 0;
            int out = 0;
            for (int round = 0; round < 500; round++) {
                for (int flow = 0; flow < FLOWS; flow++) {
                    rig.client.send(question(rig, flow, "question"));
                    int port = locals.get(flow % locals.size());
                    rig.server.send(rig.answer().udp(5353, port).payload("answer"));
                }
                rig.run();
                in += rig.server.receiveAll().size();
                out += rig.client.receiveAll().size();
            }
            double sent = 500.0 * FLOWS;
            double share = percent / 100.0;
            double slack = 5 * Math.sqrt(sent * share * (1 - share));
            assertThat((double) in).isBetween(sent * share - slack, sent * share + slack);
            assertThat((double) out).isBetween(sent * share - slack, sent * share + slack);
            assertThat(rig.count(Outcome.PROPORTION_DROPPED))
                    .isEqualTo(2L * 500 * FLOWS - in - out);
        }
    }

    /// Plain headers, and options that take the whole slow path.
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aLimitHoldsForLiveConnectionsFromItsTransactionToTheNext(boolean plain) {
        try (Rig rig = rig(FamilyPair.V4_TO_V4)) {
            open(rig);
            for (int round = 0; round < 3; round++) {
                limit(rig, rig.udp, packets("1,3"));
                assertThat(passed(rig, plain)).isEqualTo(3);
                limit(rig, rig.udp, packets("1,3").withBandwidth(bandwidth("1M").bandwidth()));
                rig.pass(Duration.ofSeconds(10));
                assertThat(passed(rig, plain)).isEqualTo(3);
                limit(rig, rig.udp, ServiceLimits.NONE);
                assertThat(passed(rig, plain)).isEqualTo(10);
                rig.pass(Duration.ofSeconds(10));
            }
            assertThat(rig.count(Outcome.PACKETS_LIMITED)).isEqualTo(6 * 7);
        }
    }

    private static int passed(Rig rig, boolean plain) {
        for (int i = 0; i < 10; i++) {
            PacketBuilder packet = question(rig, i, "again");
            rig.client.send(plain ? packet : packet.ipOptions(new byte[] {1, 1, 1, 1}));
        }
        rig.run();
        return rig.server.receiveAll().size();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void whatFindsNoTokenOpensNothingAndIsToldNothing(boolean onePacket) {
        try (Rig rig = rig(FamilyPair.V4_TO_V4)) {
            rig.apply(
                    new Change.SetPolicy(
                            rig.udp,
                            ServicePolicy.DEFAULT
                                    .withOnePacket(onePacket)
                                    .withLimits(packets("1,2"))));
            for (int i = 0; i < 5; i++) {
                rig.client.send(question(rig, i, "first"));
            }
            rig.run();
            assertThat(rig.out()).as("no ICMP error among them").hasSize(2);
            assertThat(rig.count(Counter.CONNECTIONS_CREATED)).isEqualTo(2);
            assertThat(rig.count(Outcome.PACKETS_LIMITED)).isEqualTo(3);
            limit(rig, rig.tcp, bandwidth("1k,12k"));
            List<byte[]> filled =
                    rig.clientSends(
                            rig.request().tcp(1, 80).flags(Tcp.SYN).payload("x".repeat(1400)));
            assertThat(filled).hasSize(1);
            assertThat(
                            rig.clientSends(
                                    rig.request()
                                            .tcp(2, 80)
                                            .flags(Tcp.SYN)
                                            .payload("x".repeat(1400))))
                    .isEmpty();
            assertThat(rig.count(Outcome.BANDWIDTH_LIMITED)).isOne();
        }
    }

    /// What a packet that does not pass would have done to its connection has not happened.
    @Test
    void aDroppedFinChangesNothing() {
        try (Rig rig = new Rig(1, 1024).configured().withStaticNeighbours()) {
            TcpFlow flow = TcpFlow.established(rig, 40_000);
            limit(rig, rig.tcp, packets("1,1"));
            rig.clientSends(flow.client().flags(Tcp.ACK).sequence(flow.clientNext));
            PacketBuilder fin =
                    flow.client()
                            .flags(Tcp.FIN | Tcp.ACK)
                            .sequence(flow.clientNext)
                            .acknowledgement(flow.clientGot);
            assertThat(rig.clientSends(fin)).isEmpty();
            assertThat(active(rig)).isOne();
            rig.pass(Duration.ofSeconds(1));
            assertThat(rig.clientSends(fin)).hasSize(1);
            assertThat(active(rig)).isZero();
        }
    }

    private static long active(Rig rig) {
        return rig.balancer.control().status().services().stream()
                .flatMap(service -> service.realServers().stream())
                .mapToLong(server -> server.activeConnections())
                .sum();
    }
}
