// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.Endpoint;
import io.fullnat.api.ManualClock;
import io.fullnat.api.control.Change;
import io.fullnat.api.control.ConnectionFilter;
import io.fullnat.api.counter.Counter;
import io.fullnat.api.counter.Outcome;
import io.fullnat.api.service.ConnectionRate;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.ServiceLimits;
import io.fullnat.api.service.ServicePolicy;
import io.fullnat.api.service.ServiceStatus;
import io.fullnat.api.service.TimedState;
import io.fullnat.api.service.Timeouts;
import io.fullnat.core.memoryio.FrameEnd;
import io.fullnat.core.memoryio.InMemoryIo;
import io.fullnat.core.memoryio.PortSettings;
import io.fullnat.core.packet.PacketBuilder;
import io.fullnat.core.packet.Tcp;
import java.time.Duration;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.agrona.concurrent.YieldingIdleStrategy;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/// Limits beside each other: eight and sixteen workers, each on a thread of its own, that all claim
/// the last places at once, more often than there are processors to let them. More than a million
/// attempts in all.
@ParameterizedClass
@CsvSource({"8, 50", "16, 4"})
@Tag("optimized")
class LimitRaceTest {
    private static final int CLIENTS = 16;
    private static final int LIMIT = 640;
    private static final int ATTEMPTS = 5_000;
    private static final int UNDER_WAY = 256;
    private static final long PATIENCE_NS = Duration.ofMinutes(2).toNanos();

    private final ManualClock clock = new ManualClock();
    private final int rounds;
    private final InMemoryIo io;
    private final FullNatBalancer balancer;
    private final FrameEnd client;
    private final FrameEnd server;
    private long sent;

    /// What is limited, so that there is room for as many connections as [#LIMIT], whatever else.
    enum Limited {
        SERVICE(ServiceLimits.NONE.withConnections(LIMIT), 0, Outcome.SERVICE_FULL),
        SERVER(ServiceLimits.NONE, LIMIT, Outcome.SERVERS_FULL),
        CLIENT(ServiceLimits.NONE.withPerClient(LIMIT / CLIENTS), 0, Outcome.CLIENT_FULL),
        NETWORK(ServiceLimits.NONE.withPerNetwork(LIMIT), 0, Outcome.NETWORK_FULL);

        @SuppressWarnings("ImmutableEnumChecker") // a value
        final ServiceLimits limits;

        final int ofServer;
        final Outcome refused;

        Limited(ServiceLimits limits, int ofServer, Outcome refused) {
            this.limits = limits;
            this.ofServer = ofServer;
            this.refused = refused;
        }
    }

    /// @param rounds how often all places are claimed
    LimitRaceTest(int workers, int rounds) {
        this.rounds = rounds;
        io =
                InMemoryIo.builder()
                        .buffers(16_384)
                        .wire(
                                PortSettings.of("wan", Rig.WAN_MAC).withQueues(workers),
                                PortSettings.of("client", Rig.CLIENT_MAC))
                        .wire(
                                PortSettings.of("lan", Rig.LAN_MAC).withQueues(workers),
                                PortSettings.of("server", Rig.SERVER_MAC))
                        .open();
        balancer =
                FullNatBalancer.builder(io)
                        .workers(workers)
                        .connections(4096)
                        .clock(clock)
                        .seed(42)
                        .start();
        client = new FrameEnd(io.wire("wan").far(), io.buffers());
        server = new FrameEnd(io.wire("lan").far(), io.buffers());
    }

    @AfterEach
    void close() {
        balancer.close();
        client.receiveAll();
        server.receiveAll();
        assertThat(io.buffers().inUse()).isZero();
        io.close();
    }

    private void configure(ServiceLimits limits, int ofServer) {
        ServicePolicy policy =
                ServicePolicy.DEFAULT
                        .withLimits(limits)
                        .withRefusal(ServicePolicy.Refusal.DROP)
                        .withTimeouts(
                                Timeouts.NONE.with(TimedState.SYN_RECV, Duration.ofMinutes(5)));
        Endpoint endpoint = Endpoint.of(Rig.SERVER, 8080);
        balancer.control()
                .apply(
                        FamilyPair.V4_TO_V4
                                .with(Rig.service(Rig.TCP, 8080).withPolicy(policy))
                                .toArray(Change[]::new));
        balancer.control()
                .apply(
                        new Change.EditRealServer(
                                Rig.TCP,
                                RealServer.builder(endpoint).maxConnections(ofServer).build()));
    }

    private long count(Counter counter) {
        return balancer.counters().total(counter);
    }

    private long count(Outcome outcome) {
        return balancer.counters().total(outcome);
    }

    private void await(String what, BooleanSupplier done) {
        long end = System.nanoTime() + PATIENCE_NS;
        while (!done.getAsBoolean()) {
            client.receiveAll();
            server.receiveAll();
            assertThat(System.nanoTime()).as(what).isLessThan(end);
            YieldingIdleStrategy.INSTANCE.idle();
        }
    }

    /// SYNs of all clients in turn, each from another port; returns when all have ended.
    private void attempt(int attempts) {
        for (int i = 0; i < attempts; i++, sent++) {
            client.send(
                    PacketBuilder.ethernet(Rig.CLIENT_MAC, Rig.WAN_MAC)
                            .ipv4("203.0.113." + (1 + sent % CLIENTS), Rig.VIP)
                            .tcp((int) (1024 + sent / CLIENTS % 60_000), 80)
                            .flags(Tcp.SYN)
                            .toBytes());
            if (i % 64 == 63) {
                await("workers keep up", () -> sent - ended() < UNDER_WAY);
            }
        }
        await("all have ended", () -> ended() == sent);
    }

    /// Where there are more workers than processors, one may be interrupted while it puts a client
    /// into the table of all, and another one then finds no room.
    private long withoutRoom() {
        return count(Outcome.CLIENT_TABLE_FULL);
    }

    private long ended() {
        return withoutRoom()
                + count(Outcome.FORWARDED_IN)
                + count(Outcome.SERVICE_FULL)
                + count(Outcome.SERVERS_FULL)
                + count(Outcome.CLIENT_FULL)
                + count(Outcome.NETWORK_FULL)
                + count(Outcome.RATE_LIMITED);
    }

    private long live() {
        ServiceStatus service = balancer.control().status(Rig.TCP).orElseThrow();
        return service.realServers().stream()
                .mapToLong(each -> each.activeConnections() + each.inactiveConnections())
                .sum();
    }

    /// In each round all connections are ended, and the places are claimed again.
    @ParameterizedTest
    @EnumSource
    void thereAreAsManyAsMayBeAndNeverOneMore(Limited limited) {
        configure(limited.limits, limited.ofServer);
        for (int round = 1; round <= rounds; round++) {
            attempt(ATTEMPTS);
            assertThat(count(Counter.CONNECTIONS_CREATED))
                    .as("round %d", round)
                    .isEqualTo((long) round * LIMIT);
            assertThat(live()).isEqualTo(LIMIT);
            balancer.control().apply(new Change.EndConnections(ConnectionFilter.of(Rig.TCP)));
            await("connections are ended", () -> count(Counter.CONNECTIONS) == 0);
            assertThat(live()).isZero();
            clock.advance(Duration.ofMillis(10)); // so often is looked for a server with room
        }
        assertThat(count(limited.refused) + withoutRoom())
                .isEqualTo((long) rounds * (ATTEMPTS - LIMIT));
    }

    /// P08: ten places, then twenty: exactly ten more.
    @Test
    void anEditLetsInExactlyAsManyMore() {
        configure(ServiceLimits.NONE, 10);
        attempt(1_000);
        assertThat(live()).isEqualTo(10);
        for (int places : new int[] {20, 21, 20, 30}) {
            Endpoint endpoint = Endpoint.of(Rig.SERVER, 8080);
            balancer.control()
                    .apply(
                            new Change.EditRealServer(
                                    Rig.TCP,
                                    RealServer.builder(endpoint).maxConnections(places).build()));
            long before = live();
            clock.advance(Duration.ofMillis(10)); // so often is looked for a server with room
            attempt(1_000);
            assertThat(live()).as("of %d places", places).isEqualTo(Math.max(before, places));
        }
        assertThat(count(Outcome.SERVERS_FULL)).isEqualTo(sent - 30);
    }

    /// All workers take from one bucket, while the time goes on.
    @Test
    void connectionsBeginAtTheirRate() {
        int burst = 50;
        configure(
                ServiceLimits.NONE.withRate(Optional.of(ConnectionRate.parse("5000," + burst))), 0);
        int steps = 5 * rounds;
        for (int step = 1; step <= steps; step++) {
            attempt(1_000);
            double fair = 5_000 * 0.01 * step;
            assertThat((double) count(Outcome.FORWARDED_IN))
                    .as("after %d steps", step)
                    .isBetween(fair * 0.98, fair * 1.02 + burst);
            clock.advance(Duration.ofMillis(10));
        }
    }
}
