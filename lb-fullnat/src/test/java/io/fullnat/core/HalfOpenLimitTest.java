// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.control.BalancerEvent;
import io.fullnat.api.control.Change;
import io.fullnat.api.control.Condition;
import io.fullnat.api.control.ConnectionFilter;
import io.fullnat.api.counter.Counter;
import io.fullnat.api.counter.Outcome;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.ServiceLimits;
import io.fullnat.api.service.ServicePolicy;
import io.fullnat.api.service.VirtualService;
import io.fullnat.core.packet.PacketBuilder;
import io.fullnat.core.packet.Tcp;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/// How many connections of a service may be half open, or of UDP unanswered: the oldest gives way.
class HalfOpenLimitTest {
    private static final Duration STEP = Duration.ofMillis(20);

    private int strangers;

    private static void limit(Rig rig, ServiceKey key, int halfOpen) {
        rig.apply(
                new Change.SetPolicy(
                        key,
                        ServicePolicy.DEFAULT.withLimits(
                                ServiceLimits.NONE.withHalfOpen(halfOpen))));
    }

    private void stranger(Rig rig, boolean tcp) {
        int number = strangers++;
        PacketBuilder packet = rig.requestFrom(rig.families.clients.stranger(number / 12_000));
        int port = 1_024 + number % 12_000;
        rig.client.send(
                tcp
                        ? packet.tcp(port, 80).flags(Tcp.SYN)
                        : packet.udp(port, 53).payload(new byte[30]));
        rig.run();
        rig.server.receiveAll();
    }

    private static long halfOpen(Rig rig) {
        List<String> states = new ArrayList<>();
        rig.balancer
                .control()
                .connections(
                        ConnectionFilter.ALL,
                        connection -> {
                            states.add(connection.state());
                            return true;
                        });
        return states.stream()
                .filter(state -> state.equals("SYN_RECV") || state.equals("UDP_ONEWAY"))
                .count();
    }

    @ParameterizedTest(name = "{0}, TCP {1}, {2} workers")
    @CsvSource({
        "V4_TO_V4, true, 1",
        "V4_TO_V4, false, 1",
        "V6_TO_V6, true, 1",
        "V6_TO_V4, false, 1",
        "V4_TO_V6, true, 1",
        "V4_TO_V4, true, 2",
        "V6_TO_V6, false, 2"
    })
    void neverMoreThanTheLimitAreHalfOpen(FamilyPair families, boolean tcp, int workers) {
        try (Rig rig = Rig.of(families, workers, 4_096).configured()) {
            limit(rig, tcp ? rig.tcp : rig.udp, 100);

            for (int i = 0; i < 1_000; i++) {
                stranger(rig, tcp);
                assertThat(rig.count(Counter.CONNECTIONS)).isLessThanOrEqualTo(100);
            }

            assertThat(halfOpen(rig)).isEqualTo(100);
            assertThat(rig.count(Counter.HALF_OPEN_GAVE_WAY) + rig.count(Outcome.HALF_OPEN_FULL))
                    .isEqualTo(900);
            assertThat(rig.count(Outcome.HALF_OPEN_FULL))
                    .as("only while a worker has none")
                    .isLessThan(50);
        }
    }

    @Test
    void theOldestGivesWay() {
        try (Rig rig = new Rig().configured()) {
            limit(rig, rig.tcp, 3);
            List<TcpFlow> flows = new ArrayList<>();
            for (int i = 0; i < 5; i++) {
                TcpFlow flow = new TcpFlow(rig, 40_000 + i);
                flow.syn();
                flows.add(flow);
            }

            assertThat(flows.stream().map(TcpFlow::state))
                    .containsExactly("none", "none", "SYN_RECV", "SYN_RECV", "SYN_RECV");
        }
    }

    /// The one place is another worker's; the client hears that it is refused.
    @Test
    void aWorkerWithoutHalfOpenOnesRefuses() {
        try (Rig rig = new Rig(2, 1_024).configured()) {
            limit(rig, rig.tcp, 1);
            for (int i = 0; i < 50; i++) {
                stranger(rig, true);
            }

            long refused = rig.count(Outcome.HALF_OPEN_FULL);
            assertThat(refused).isPositive();
            assertThat(rig.client.receiveAll())
                    .hasSize((int) refused)
                    .allMatch(frame -> IpFrame.tcpFlags(frame) == (Tcp.RST | Tcp.ACK));
            assertThat(halfOpen(rig)).isOne();
        }
    }

    /// What is established, or over, is not counted, and its place is free at once.
    @ParameterizedTest
    @EnumSource(FamilyPair.class)
    void onlyHalfOpenOnesCount(FamilyPair families) {
        try (Rig rig = Rig.of(families).configured()) {
            limit(rig, rig.tcp, 1);
            for (int i = 0; i < 20; i++) {
                TcpFlow flow = TcpFlow.established(rig, 40_000 + i);
                if (i % 2 == 0) {
                    flow.clientCloses();
                    flow.serverCloses();
                }
            }
            TcpFlow reset = new TcpFlow(rig, 41_000);
            reset.synReceived();
            rig.clientSends(reset.client().flags(Tcp.RST).sequence(reset.clientNext));
            TcpFlow last = new TcpFlow(rig, 42_000);
            last.synReceived();

            assertThat(rig.count(Counter.HALF_OPEN_GAVE_WAY)).isZero();
            assertThat(rig.count(Counter.CONNECTIONS)).isEqualTo(22);

            stranger(rig, true);

            assertThat(last.state()).isEqualTo("none");
            assertThat(rig.count(Counter.HALF_OPEN_GAVE_WAY)).isOne();
        }
    }

    /// A SYN under the ports of a connection that is over is half open as any other.
    @Test
    void oneThatBeginsAnewCountsAsWell() {
        try (Rig rig = new Rig().configured()) {
            limit(rig, rig.tcp, 1);
            TcpFlow flow = TcpFlow.established(rig, 40_000);
            flow.clientCloses();
            flow.serverCloses();
            stranger(rig, true);

            rig.clientSends(flow.client().flags(Tcp.SYN).sequence(flow.clientNext + 100_000));

            assertThat(flow.state()).isEqualTo("SYN_RECV");
            assertThat(halfOpen(rig)).isOne();
            assertThat(rig.count(Counter.HALF_OPEN_GAVE_WAY)).isOne();
        }
    }

    @Test
    void aLimitThatIsSetCountsWhatIsThere() {
        try (Rig rig = new Rig().configured()) {
            for (int i = 0; i < 10; i++) {
                stranger(rig, true);
            }
            limit(rig, rig.tcp, 5);
            assertThat(halfOpen(rig)).as("nothing is ended by a limit").isEqualTo(10);

            stranger(rig, true);
            assertThat(halfOpen(rig)).as("some give way to the next").isLessThanOrEqualTo(10);
            limit(rig, rig.tcp, 0);
            for (int i = 0; i < 10; i++) {
                stranger(rig, true);
            }
            limit(rig, rig.tcp, 100);
            for (int i = 0; i < 200; i++) {
                stranger(rig, true);
            }
            assertThat(halfOpen(rig)).isEqualTo(100);

            rig.pass(Duration.ofSeconds(40));
            rig.pass(Duration.ofSeconds(1));
            assertThat(halfOpen(rig)).isZero();
            limit(rig, rig.tcp, 1);
            rig.out(); // resets of those that were refused
            TcpFlow.established(rig, 40_000);
            TcpFlow.established(rig, 40_001);
        }
    }

    /// Handshakes of honest clients, three steps of 20 ms each, beside a flood; and one of a
    /// service without answers.
    @ParameterizedTest(name = "{0}, {1} SYN/s, {2} may be half open")
    @CsvSource({
        "V4_TO_V4, 10000, 2000",
        "V4_TO_V4, 50000, 10000",
        "V6_TO_V6, 10000, 2000",
        "V6_TO_V4, 10000, 2000"
    })
    void honestClientsConnectBesideAFlood(FamilyPair families, int rate, int limit) {
        try (Rig rig = Rig.of(families, 1, 1 << 16).configured()) {
            limit(rig, rig.tcp, limit);
            int established = 0;
            TcpFlow flow = null;
            for (int step = 0; step < 120; step++) {
                for (int i = 0; i < rate / 50; i++) {
                    stranger(rig, true);
                }
                rig.pass(STEP);
                rig.out();
                if (flow == null) {
                    flow = new TcpFlow(rig, 30_000 + step);
                    flow.syn();
                } else if (flow.clientGot == 0) {
                    assertThat(rig.serverSends(synAck(flow))).hasSize(1);
                    flow.clientGot = ++flow.serverNext;
                } else {
                    assertThat(flow.acknowledgeFromClient()).hasSize(1);
                    assertThat(flow.state()).isEqualTo("TCP_EST");
                    established++;
                    flow = null;
                }
            }

            assertThat(established).isEqualTo(40);
            assertThat(halfOpen(rig)).isLessThanOrEqualTo(limit);
            assertThat(rig.count(Counter.HALF_OPEN_GAVE_WAY)).isPositive();
            assertThat(rig.count(Counter.CONNECTIONS_EVICTED)).isZero();
            assertThat(rig.count(Counter.PORTS_RECLAIMED)).isZero();
        }
    }

    private static PacketBuilder synAck(TcpFlow flow) {
        return flow.server()
                .flags(Tcp.SYN | Tcp.ACK)
                .sequence(flow.serverNext)
                .acknowledgement(flow.serverGot);
    }

    /// A question that is answered is one no more, however many follow.
    @Test
    void answeredDatagramsStay() {
        try (Rig rig = new Rig().configured()) {
            limit(rig, rig.udp, 10);
            rig.clientSends(rig.request().udp(5_000, 53).payload(new byte[30]));
            int port = localPort(rig);
            rig.serverSends(rig.answer().udp(5353, port).payload(new byte[30]));
            for (int i = 0; i < 100; i++) {
                stranger(rig, false);
            }

            assertThat(rig.serverSends(rig.answer().udp(5353, port).payload(new byte[30])))
                    .hasSize(1);
        }
    }

    private static List<Integer> clientPorts(Rig rig) {
        List<Integer> ports = new ArrayList<>();
        rig.balancer
                .control()
                .connections(
                        ConnectionFilter.ALL, connection -> ports.add(connection.client().port()));
        ports.sort(null);
        return ports;
    }

    /// Of UDP the oldest that no server has answered; each is counted, and the condition that is
    /// told as an event says how many they were.
    @ParameterizedTest
    @EnumSource(FamilyPair.class)
    void theOldestUnansweredGivesWay(FamilyPair families) {
        try (Rig rig = Rig.of(families).configured()) {
            List<BalancerEvent> events = new ArrayList<>();
            rig.balancer.control().listen(events::add);
            limit(rig, rig.udp, 3);
            byte[] answered =
                    rig.clientSends(rig.request().udp(39_000, 53).payload("?")).getFirst();
            rig.serverSends(rig.answer().udp(5353, IpFrame.sourcePort(answered)).payload("!"));
            for (int i = 0; i < 5; i++) {
                rig.pass(STEP);
                rig.clientSends(rig.request().udp(40_000 + i, 53).payload("?"));
            }
            assertThat(clientPorts(rig)).containsExactly(39_000, 40_002, 40_003, 40_004);
            assertThat(rig.count(Counter.HALF_OPEN_GAVE_WAY)).isEqualTo(2);
            assertThat(rig.count(Outcome.HALF_OPEN_FULL)).isZero();

            rig.clientSends(rig.request().udp(40_000, 53).payload("again"));
            assertThat(clientPorts(rig)).containsExactly(39_000, 40_000, 40_003, 40_004);
            rig.pass(Duration.ofSeconds(2));
            assertThat(events)
                    .filteredOn(BalancerEvent.ConditionBegan.class::isInstance)
                    .singleElement()
                    .satisfies(event -> {
                        var began = (BalancerEvent.ConditionBegan) event;
                        assertThat(began.condition()).isEqualTo(Condition.HALF_OPEN_FULL);
                        assertThat(began.subject()).isEqualTo(rig.udp.toString());
                        assertThat(began.detail()).contains("3 gave way");
                    });
            rig.pass(Duration.ofSeconds(15));
            rig.pass(Duration.ofSeconds(15));
            assertThat(events).anyMatch(BalancerEvent.ConditionEnded.class::isInstance);
        }
    }

    private static int localPort(Rig rig) {
        List<Integer> ports = new ArrayList<>();
        rig.balancer
                .control()
                .connections(
                        ConnectionFilter.ALL, connection -> ports.add(connection.local().port()));
        return ports.getFirst();
    }

    /// What happened to a service that is gone is told of none that comes after it.
    @Test
    void theConditionNamesNoServiceThatCameLater() {
        try (Rig rig = new Rig().configured()) {
            limit(rig, rig.tcp, 5);
            for (int i = 0; i < 50; i++) {
                stranger(rig, true);
            }
            rig.pass(Duration.ofSeconds(2));
            rig.apply(new Change.RemoveService(rig.tcp));
            rig.pass(Duration.ofMinutes(2));
            assertThat(rig.count(Counter.CONNECTIONS)).isZero();
            ServiceKey later = ServiceKey.tcp(rig.families.vip(), 81);
            rig.withStaticNeighbours(); // the place of the former service is free from now on
            rig.apply(new Change.AddService(VirtualService.of(later)));
            assertThat(rig.balancer.control().health().conditions()).isEmpty();

            limit(rig, rig.udp, 5);
            for (int i = 0; i < 8; i++) {
                stranger(rig, false);
            }
            rig.pass(Duration.ofSeconds(2));

            assertThat(rig.balancer.control().health().conditions())
                    .singleElement()
                    .matches(active -> active.subject().equals(rig.udp.toString()))
                    .matches(active -> active.detail().contains("3 gave way"));
        }
    }

    @Test
    void aConditionTellsOfIt() {
        try (Rig rig = new Rig().configured()) {
            limit(rig, rig.tcp, 5);
            for (int i = 0; i < 50; i++) {
                stranger(rig, true);
            }
            rig.pass(Duration.ofSeconds(2));

            assertThat(rig.balancer.control().health().conditions())
                    .singleElement()
                    .matches(active -> active.condition() == Condition.HALF_OPEN_FULL)
                    .matches(active -> active.subject().equals(rig.tcp.toString()))
                    .matches(active -> active.detail().contains("45 gave way"));
            rig.pass(Duration.ofSeconds(15));
            rig.pass(Duration.ofSeconds(15));
            assertThat(rig.balancer.control().health().conditions()).isEmpty();
        }
    }
}
