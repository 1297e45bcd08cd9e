// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.Endpoint;
import io.fullnat.api.control.Change;
import io.fullnat.api.counter.Counter;
import io.fullnat.api.counter.Outcome;
import io.fullnat.api.service.ConnectionRate;
import io.fullnat.api.service.Persistence;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.ServiceLimits;
import io.fullnat.api.service.ServicePolicy;
import io.fullnat.api.service.TimedState;
import io.fullnat.api.service.Timeouts;
import io.fullnat.api.service.TrafficLimit;
import io.fullnat.api.service.TrafficLimit.Unit;
import io.fullnat.core.packet.PacketBuilder;
import io.fullnat.core.packet.Tcp;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// A million attempts against a balancer of eight workers: never one too many, none lost for ever,
/// rates within two percent; and limits beside what else decides where a client goes.
@Tag("optimized")
class LimitFloodTest {
    private static final int WORKERS = 8;
    private static final int ATTEMPTS = 1_000_000;
    private static final int BURST = 1000;
    private static final int BURSTS = ATTEMPTS / BURST;
    private static final int CLIENTS = 64;

    private int sent;

    private static Rig rig() {
        return Rig.of(FamilyPair.V4_TO_V4, WORKERS, 4096).configured().withStaticNeighbours();
    }

    private static ServicePolicy policy(ServiceLimits limits) {
        return ServicePolicy.DEFAULT
                .withLimits(limits)
                .withTimeouts(Timeouts.NONE.with(TimedState.SYN_RECV, Duration.ofSeconds(3)));
    }

    private static Change server(Rig rig, int port, int max) {
        Endpoint endpoint = Endpoint.of(rig.families.servers().getFirst(), port);
        return new Change.EditRealServer(
                rig.tcp, RealServer.builder(endpoint).maxConnections(max).build());
    }

    /// SYNs of 64 clients, none twice.
    private void burst(Rig rig, int count) {
        for (int i = 0; i < count; i++, sent++) {
            String client = "203.0.113." + (1 + sent % CLIENTS);
            rig.client.send(
                    rig.requestFrom(client)
                            .tcp(1024 + sent / CLIENTS, 80)
                            .flags(Tcp.SYN)
                            .toBytes());
            if (i % 250 == 249) {
                rig.run();
                rig.out();
            }
        }
        rig.run();
        rig.out();
    }

    private static List<Long> live(Rig rig) {
        return rig.balancer.control().status().services().getFirst().realServers().stream()
                .map(each -> each.activeConnections() + each.inactiveConnections())
                .toList();
    }

    private static long created(Rig rig) {
        return rig.count(Counter.CONNECTIONS_CREATED);
    }

    /// Half-open connections end all along, so that room is claimed and given back for all that
    /// time.
    @Test
    void neverOneTooManyAndNoneLost() {
        try (Rig rig = rig()) {
            rig.apply(
                    new Change.AddRealServer(
                            rig.tcp, RealServer.of(rig.families.servers().getFirst(), 8081)),
                    server(rig, 8080, 300),
                    server(rig, 8081, 250),
                    new Change.SetPolicy(
                            rig.tcp,
                            policy(ServiceLimits.NONE.withConnections(500).withPerClient(9))));
            for (int burst = 0; burst < BURSTS; burst++) {
                burst(rig, BURST);
                List<Long> live = live(rig);
                assertThat(live.get(0)).isLessThanOrEqualTo(300);
                assertThat(live.get(1)).isLessThanOrEqualTo(250);
                assertThat(live.get(0) + live.get(1)).as("burst " + burst).isEqualTo(500);
                rig.clock.advance(Duration.ofMillis(burst % 10 == 9 ? 1000 : 10));
            }
            assertThat(created(rig)).isGreaterThan(10_000);
            assertThat(
                            created(rig)
                                    + rig.count(Outcome.SERVICE_FULL)
                                    + rig.count(Outcome.CLIENT_FULL)
                                    + rig.count(Outcome.SERVERS_FULL))
                    .isEqualTo(ATTEMPTS);

            for (int second = 0; second < 10; second++) {
                rig.pass(Duration.ofSeconds(1));
            }
            assertThat(live(rig)).as("after the flood").containsExactly(0L, 0L);
            long before = created(rig);
            burst(rig, 2 * BURST);
            assertThat(created(rig) - before).as("all places are there again").isEqualTo(500);
        }
    }

    /// A thousand attempts every 10 ms, of which each 20th may pass.
    @Test
    void connectionsBeginAtTheirRate() {
        try (Rig rig = rig()) {
            rig.apply(
                    new Change.SetPolicy(
                            rig.tcp,
                            policy(
                                    ServiceLimits.NONE.withRate(
                                            Optional.of(ConnectionRate.parse("5000,50"))))));
            for (int burst = 0; burst < BURSTS; burst++) {
                burst(rig, BURST);
                rig.clock.advance(Duration.ofMillis(10));
                if (burst % 100 == 99) {
                    double fair = 50.0 * (burst + 1);
                    double began = sent - rig.count(Outcome.RATE_LIMITED);
                    assertThat(began).isBetween(fair * 0.98, fair * 1.02 + 50);
                }
            }
        }
    }

    /// One flow to each of eight workers, of which all take from one bucket.
    @Test
    void packetsPassAtTheirRate() {
        try (Rig rig = rig()) {
            rig.apply(
                    new Change.SetPolicy(
                            rig.udp,
                            ServicePolicy.DEFAULT.withLimits(
                                    ServiceLimits.NONE.withPackets(
                                            Optional.of(
                                                    TrafficLimit.parse(
                                                            Unit.PACKETS, "100k,1000"))))));
            byte[][] frames = new byte[CLIENTS][];
            for (int i = 0; i < CLIENTS; i++) {
                frames[i] = rig.request().udp(20_000 + i, 53).payload("x").toBytes();
            }
            for (int burst = 0; burst < BURSTS; burst++) {
                for (int i = 0; i < BURST; i++) {
                    rig.client.send(frames[i % CLIENTS]);
                    if (i % 250 == 249) {
                        rig.run();
                        rig.out();
                    }
                }
                rig.clock.advance(Duration.ofMillis(5)); // half of them may pass
            }
            double passed = ATTEMPTS - rig.count(Outcome.PACKETS_LIMITED);
            assertThat(passed).isBetween(500_000 * 0.98, 500_000 * 1.02 + BURST);
        }
    }

    /// A client stays with its server while that has room, and goes to another when it has not.
    @Test
    void persistenceGivesWayToAFullServer() {
        try (Rig rig = rig()) {
            rig.apply(
                    new Change.AddRealServer(
                            rig.tcp, RealServer.of(rig.families.servers().getFirst(), 8081)),
                    server(rig, 8080, 10),
                    server(rig, 8081, 10),
                    new Change.SetPolicy(
                            rig.tcp,
                            policy(ServiceLimits.NONE)
                                    .withPersistence(
                                            Optional.of(Persistence.of(Duration.ofMinutes(5))))));
            oneClient(rig, 10);
            assertThat(live(rig)).containsExactlyInAnyOrder(10L, 0L);
            oneClient(rig, 5);
            assertThat(live(rig)).containsExactlyInAnyOrder(10L, 5L);
            oneClient(rig, 50);
            assertThat(live(rig)).containsExactly(10L, 10L);
            assertThat(rig.count(Outcome.SERVERS_FULL)).isEqualTo(45);
            for (int second = 0; second < 10; second++) {
                rig.pass(Duration.ofSeconds(1));
            }
            assertThat(live(rig)).containsExactly(0L, 0L);
            oneClient(rig, 10);
            assertThat(live(rig)).containsExactlyInAnyOrder(10L, 0L);
        }
    }

    private void oneClient(Rig rig, int count) {
        for (int i = 0; i < count; i++) {
            rig.clientSends(rig.request().tcp(1024 + sent++, 80).flags(Tcp.SYN));
        }
    }

    /// Each datagram is a connection of its own, from the same port or not, and counts as one.
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void underOnePacketSchedulingEachDatagramCounts(boolean persistent) {
        try (Rig rig = rig()) {
            ServicePolicy policy =
                    ServicePolicy.DEFAULT
                            .withOnePacket(true)
                            .withLimits(
                                    ServiceLimits.NONE
                                            .withConnections(10)
                                            .withRate(Optional.of(ConnectionRate.parse("100,15"))));
            if (persistent) {
                policy = policy.withPersistence(Optional.of(Persistence.of(Duration.ofMinutes(5))));
            }
            rig.apply(new Change.SetPolicy(rig.udp, policy));
            PacketBuilder datagram = rig.request().udp(5000, 53).payload("x");
            for (int i = 0; i < 20; i++) {
                rig.client.send(datagram);
            }
            rig.run();
            assertThat(rig.server.receiveAll()).hasSize(10);
            assertThat(rig.count(Outcome.SERVICE_FULL)).isEqualTo(10);
            for (int second = 0; second < 8; second++) {
                rig.pass(Duration.ofSeconds(1));
            }
            rig.out();
            rig.apply(
                    new Change.SetPolicy(
                            rig.udp, policy.withLimits(policy.limits().withConnections(100))));
            for (int i = 0; i < 20; i++) {
                rig.client.send(datagram);
            }
            rig.run();
            assertThat(rig.server.receiveAll()).as("the burst").hasSize(15);
            assertThat(rig.count(Outcome.RATE_LIMITED)).isEqualTo(5);
        }
    }
}
