// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fullnat.api.BalancerException;
import io.fullnat.api.Endpoint;
import io.fullnat.api.FlowTuple;
import io.fullnat.api.Protocol;
import io.fullnat.api.control.Change;
import io.fullnat.api.control.ConnectionFilter;
import io.fullnat.api.counter.Counter;
import io.fullnat.api.counter.Outcome;
import io.fullnat.api.service.ClientNetworks;
import io.fullnat.api.service.LocalAddress;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.ServiceLimits;
import io.fullnat.api.service.ServicePolicy;
import io.fullnat.api.service.VirtualService;
import io.fullnat.core.packet.Tcp;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Limits of connections hold over all workers, from the transaction on that sets them, and what
/// ends a connection, whatever it is, makes room for another one.
class ConnectionLimitTest {
    private static final int WORKERS = 8;
    private static final Duration LONG = Duration.ofDays(1);

    private static RealServer server(Rig rig, int max, int resume) {
        return RealServer.builder(Endpoint.of(rig.families.servers().getFirst(), 8080))
                .maxConnections(max)
                .resumeBelow(resume)
                .build();
    }

    private static Change limit(Rig rig, int max) {
        return new Change.EditRealServer(rig.tcp, server(rig, max, 0));
    }

    private static Change limits(Rig rig, UnaryOperator<ServiceLimits> limits) {
        return new Change.SetPolicy(
                rig.tcp, ServicePolicy.DEFAULT.withLimits(limits.apply(ServiceLimits.NONE)));
    }

    private static Rig rig(FamilyPair families) {
        return Rig.of(families, WORKERS, 4096).configured().withStaticNeighbours();
    }

    private static Rig rig() {
        return rig(FamilyPair.V4_TO_V4);
    }

    /// Sends SYNs of one client from different ports.
    private static void syns(Rig rig, int firstPort, int count) {
        syns(rig, rig.families.clients.client, firstPort, count);
    }

    private static void syns(Rig rig, String client, int firstPort, int count) {
        for (int port = firstPort; port < firstPort + count; port++) {
            rig.client.send(rig.requestFrom(client).tcp(port, 80).flags(Tcp.SYN).toBytes());
            if (port % 50 == 0) {
                rig.run();
                rig.out();
            }
        }
        rig.run();
        rig.out();
    }

    private static long connections(Rig rig) {
        return rig.balancer.control().status().services().getFirst().realServers().stream()
                .mapToLong(each -> each.activeConnections() + each.inactiveConnections())
                .sum();
    }

    private static Stream<Arguments> manyWorkers() {
        return Stream.of(FamilyPair.values())
                .flatMap(families ->
                        IntStream.of(WORKERS, 10, 16)
                                .mapToObj(workers -> Arguments.of(families, workers)));
    }

    /// P08: as many workers as places, more, and fewer.
    @ParameterizedTest
    @MethodSource("manyWorkers")
    void neverAnEleventhAndAnEditWorksAtOnce(FamilyPair families, int workers) {
        try (Rig rig = Rig.of(families, workers, 4096).configured().withStaticNeighbours()) {
            rig.apply(limit(rig, 10));
            syns(rig, 10_000, 1000);
            assertThat(connections(rig)).isEqualTo(10);
            assertThat(rig.count(Outcome.SERVERS_FULL)).isEqualTo(990);

            rig.apply(limit(rig, 20));
            syns(rig, 20_000, 100);
            assertThat(connections(rig)).as("ten more").isEqualTo(20);
            rig.apply(limit(rig, 5));
            syns(rig, 30_000, 10);
            assertThat(connections(rig)).isEqualTo(20);
            rig.apply(limit(rig, 0));
            syns(rig, 40_000, 10);
            assertThat(connections(rig)).isEqualTo(30);
            rig.apply(limit(rig, 31));
            syns(rig, 50_000, 10);
            assertThat(connections(rig)).as("all that were there count").isEqualTo(31);
        }
    }

    @Test
    void aFullServerSaysItAsTheServiceRefuses() {
        try (Rig rig = rig()) {
            rig.apply(limit(rig, 1));
            syns(rig, 10_000, 1);
            assertThat(rig.clientSends(rig.request().tcp(10_001, 80).flags(Tcp.SYN))).hasSize(1);
            rig.apply(
                    new Change.SetPolicy(
                            rig.tcp,
                            ServicePolicy.DEFAULT.withRefusal(ServicePolicy.Refusal.DROP)));
            assertThat(rig.clientSends(rig.request().tcp(10_001, 80).flags(Tcp.SYN))).isEmpty();
        }
    }

    /// Limits of every kind at ten, then ten connections, which something ends: ten find room
    /// again, and no more.
    private static void returns(Rig rig, Consumer<Rig> end) {
        rig.apply(
                limit(rig, 10),
                limits(rig, all -> all.withConnections(10).withPerClient(10).withPerNetwork(10)));
        for (int port = 10_000; port < 10_010; port++) {
            TcpFlow.established(rig, port);
        }
        syns(rig, 10_010, 5);
        assertThat(connections(rig)).isEqualTo(10);
        end.accept(rig);
        assertThat(connections(rig)).as("they have ended").isZero();
        syns(rig, 20_000, 30);
        assertThat(connections(rig)).isEqualTo(10);
    }

    @Test
    void aTimeOutMakesRoom() {
        try (Rig rig = rig()) {
            returns(
                    rig,
                    each -> {
                        each.pass(LONG); // some at a time
                        each.pass(LONG);
                    });
        }
    }

    @Test
    void aFinMakesRoom() {
        try (Rig rig = rig()) {
            rig.apply(
                    limit(rig, 1),
                    limits(rig, all -> all.withConnections(1).withPerClient(1).withPerNetwork(1)));
            for (int port = 10_000; port < 10_020; port++) {
                TcpFlow flow = TcpFlow.established(rig, port);
                flow.clientCloses();
                flow.serverCloses();
                syns(rig, 20_000, 3);
                assertThat(connections(rig)).as("it is there, if only to wait").isEqualTo(1);
                rig.pass(Duration.ofMinutes(2));
                assertThat(connections(rig)).isZero();
            }
        }
    }

    @Test
    void aPurgeMakesRoom() {
        try (Rig rig = rig()) {
            returns(rig, each -> each.apply(new Change.EndConnections(ConnectionFilter.ALL)));
        }
    }

    @Test
    void aRemovedServerAndServiceMakeRoom() {
        try (Rig rig = rig()) {
            Endpoint endpoint = server(rig, 10, 0).endpoint();
            returns(
                    rig,
                    each ->
                            each.apply(
                                    new Change.RemoveRealServer(each.tcp, endpoint, true),
                                    new Change.AddRealServer(each.tcp, server(each, 10, 0))));
            VirtualService service =
                    requireNonNull(rig.balancer.control().desired().services().get(rig.tcp));
            returns(
                    rig,
                    each -> {
                        each.apply(new Change.RemoveService(each.tcp, true));
                        each.apply(new Change.AddService(service));
                    });
        }
    }

    @Test
    void aFullTableMakesRoom() {
        try (Rig rig = new Rig(1, 16).configured().withStaticNeighbours()) {
            rig.apply(
                    limit(rig, 14), limits(rig, all -> all.withConnections(14).withPerClient(14)));
            syns(rig, 10_000, 50); // the service has its share before it has its limit
            long share = connections(rig);
            assertThat(rig.count(Counter.CONNECTIONS_EVICTED)).isEqualTo(50 - share);
            assertThat(share).isLessThan(14);
            rig.apply(limit(rig, (int) share));
            syns(rig, 20_000, 1);
            assertThat(rig.count(Outcome.SERVERS_FULL)).isOne();
            rig.apply(new Change.EndConnections(ConnectionFilter.ALL));
            syns(rig, 30_000, 14);
            assertThat(connections(rig)).isEqualTo(share);
            assertThat(rig.count(Outcome.SERVERS_FULL)).isEqualTo(1 + 14 - share);
        }
    }

    @Test
    void aPortThatIsTakenBackMakesRoom() {
        try (Rig rig = new Rig(1, 200_000).configured().withStaticNeighbours()) {
            rig.apply(
                    limit(rig, 100_000),
                    limits(rig, all -> all.withConnections(100_000).withPerNetwork(100_000)));
            for (int i = 0; rig.count(Counter.PORTS_RECLAIMED) < 10; i++) {
                assertThat(i).as("connections").isLessThan(100_000);
                rig.client.send(
                        rig.requestFrom("203.0.113." + (i & 1))
                                .tcp(1 + (i >> 1), 80)
                                .flags(Tcp.SYN)
                                .toBytes());
                if ((i & 63) == 0) {
                    rig.run();
                    rig.out();
                }
            }
            rig.run();
            rig.out();
            int there = (int) connections(rig);
            rig.apply(
                    limit(rig, there),
                    limits(rig, all -> all.withConnections(there).withPerNetwork(there)));
            syns(rig, "203.0.113.9", 10_000, 1);
            assertThat(rig.count(Outcome.NETWORK_FULL)).isOne();
            rig.apply(new Change.EndConnections(ConnectionFilter.ALL));
            rig.apply(
                    limit(rig, 10), limits(rig, all -> all.withConnections(10).withPerNetwork(10)));
            syns(rig, "203.0.113.9", 10_000, 20);
            assertThat(connections(rig)).isEqualTo(10);
        }
    }

    @Test
    void aConnectionThatCouldNotBeOpenedTakesNoRoom() {
        try (Rig rig = rig()) {
            rig.apply(
                    limit(rig, 10),
                    limits(
                            rig,
                            all -> all.withConnections(10).withPerClient(10).withPerNetwork(10)),
                    new Change.FlushLocalAddresses(rig.tcp, true));
            syns(rig, 10_000, 50);
            assertThat(rig.count(Outcome.NO_LOCAL_ADDRESS)).isEqualTo(50);
            rig.apply(new Change.AddLocalAddress(rig.tcp, LocalAddress.of(Rig.LOCAL, "lan")));
            syns(rig, 10_000, 50);
            assertThat(connections(rig)).isEqualTo(10);
        }
    }

    /// P09.
    @ParameterizedTest
    @EnumSource
    void maintenanceWithABacklogDoesNotDoubleTheLimit(FamilyPair families) {
        try (Rig rig = rig(families)) {
            RealServer limited = server(rig, 10, 0);
            rig.apply(new Change.EditRealServer(rig.tcp, limited));
            syns(rig, 10_000, 20);
            rig.apply(new Change.EditRealServer(rig.tcp, limited.withWeight(0)));
            syns(rig, 20_000, 20);
            rig.apply(new Change.EditRealServer(rig.tcp, limited));
            syns(rig, 30_000, 20);
            assertThat(connections(rig)).isEqualTo(10);

            rig.apply(new Change.RemoveRealServer(rig.tcp, limited.endpoint(), false));
            syns(rig, 40_000, 20);
            rig.apply(new Change.AddRealServer(rig.tcp, limited));
            syns(rig, 50_000, 20);
            assertThat(connections(rig)).as("those that drained are its own again").isEqualTo(10);
        }
    }

    @Test
    void onceFullItWaitsForTheLowerThreshold() {
        try (Rig rig = rig()) {
            rig.apply(new Change.EditRealServer(rig.tcp, server(rig, 10, 5)));
            oneByOne(rig, 10_000, 12);
            assertThat(connections(rig)).isEqualTo(10);
            end(rig, 10_000, 5); // 5 left: not below 5
            oneByOne(rig, 20_000, 3);
            assertThat(connections(rig)).isEqualTo(5);
            end(rig, 10_005, 1);
            oneByOne(rig, 30_000, 12);
            assertThat(connections(rig)).as("up to the limit again").isEqualTo(10);

            end(rig, 30_000, 2);
            rig.apply(new Change.EditRealServer(rig.tcp, server(rig, 11, 5)));
            oneByOne(rig, 40_000, 12);
            assertThat(connections(rig)).as("a raised limit is a new one").isEqualTo(11);
        }
    }

    /// So that those with the lowest ports come first, whichever workers they go to.
    private static void oneByOne(Rig rig, int firstPort, int count) {
        for (int port = firstPort; port < firstPort + count; port++) {
            syns(rig, port, 1);
        }
    }

    private static void end(Rig rig, int firstPort, int count) {
        for (int port = firstPort; port < firstPort + count; port++) {
            rig.apply(
                    new Change.EndConnections(
                            ConnectionFilter.of(
                                    new FlowTuple(
                                            Protocol.TCP,
                                            Endpoint.of(rig.families.clients.client, port),
                                            rig.tcp.endpoint()))));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"rr", "wrr", "wlc"})
    void whatAFullServerCannotTakeGoesToTheOther(String scheduler) {
        try (Rig rig = new Rig(WORKERS, 4096).configured().withStaticNeighbours()) {
            RealServer other =
                    RealServer.builder(Endpoint.of(Rig.SERVER, 8081))
                            .weight(1)
                            .maxConnections(30)
                            .build();
            rig.apply(
                    new Change.EditService(rig.tcp, scheduler, Optional.empty()),
                    new Change.EditRealServer(rig.tcp, server(rig, 10, 0).withWeight(100)),
                    new Change.AddRealServer(rig.tcp, other));
            syns(rig, 10_000, 25);
            assertThat(connections(rig)).isEqualTo(25);
            syns(rig, 20_000, 25);
            assertThat(connections(rig)).isEqualTo(40);
        }
    }

    @ParameterizedTest
    @EnumSource
    void aServiceAClientAndANetworkHaveLimits(FamilyPair families) {
        try (Rig rig = rig(families)) {
            boolean ipv6 = families.clients == FamilyPair.Side.V6;
            String one = ipv6 ? "2001:db8:5:6::1" : "203.0.113.1";
            String same = ipv6 ? "2001:db8:5:6:ffff::1" : "203.0.113.254";
            String other = ipv6 ? "2001:db8:5:7::1" : "203.0.114.1";
            rig.apply(
                    limits(rig, all -> all.withConnections(12).withPerClient(3).withPerNetwork(5)));
            syns(rig, one, 10_000, 10);
            assertThat(connections(rig)).isEqualTo(3);
            assertThat(rig.count(Outcome.CLIENT_FULL)).isEqualTo(7);
            syns(rig, same, 10_000, 10);
            assertThat(connections(rig)).isEqualTo(5);
            assertThat(rig.count(Outcome.NETWORK_FULL)).isEqualTo(8);
            syns(rig, other, 10_000, 10);
            assertThat(connections(rig)).isEqualTo(8);
            for (int i = 0; i < 10; i++) {
                syns(rig, families.clients.stranger(i << 16), 10_000, 1);
            }
            assertThat(connections(rig)).isEqualTo(12);
            assertThat(rig.count(Outcome.SERVICE_FULL)).isEqualTo(6);
        }
    }

    @Test
    void limitsOfClientsCountWhatIsThere() {
        try (Rig rig = rig()) {
            syns(rig, 10_000, 4);
            rig.apply(limits(rig, all -> all.withPerClient(5)));
            syns(rig, 20_000, 5);
            assertThat(connections(rig)).isEqualTo(5);
            rig.apply(limits(rig, all -> all.withPerNetwork(7)));
            syns(rig, 30_000, 5);
            assertThat(connections(rig)).isEqualTo(7);
            rig.apply(limits(rig, all -> all.withPerClient(6)));
            syns(rig, 40_000, 5);
            assertThat(connections(rig)).isEqualTo(7);
            rig.apply(limits(rig, all -> all.withPerClient(9).withPerNetwork(8)));
            syns(rig, 50_000, 5);
            assertThat(connections(rig)).isEqualTo(8);
            rig.pass(LONG);
            syns(rig, 10_000, 20);
            assertThat(connections(rig)).isEqualTo(8);
        }
    }

    @Test
    void networksAreAsLargeAsIsSaid() {
        try (Rig rig =
                Rig.with(options -> options.clientNetworks(new ClientNetworks(16, 48)))
                        .configured()
                        .withStaticNeighbours()) {
            rig.apply(limits(rig, all -> all.withPerNetwork(1)));
            syns(rig, "203.0.113.1", 10_000, 1);
            syns(rig, "203.0.114.1", 10_000, 1);
            assertThat(connections(rig)).isEqualTo(1);
            syns(rig, "203.1.114.1", 10_000, 1);
            assertThat(connections(rig)).isEqualTo(2);
        }
        assertThatThrownBy(() -> new ClientNetworks(33, 64))
                .hasMessage("client networks: 33 bits of IPv4 are not 1-32");
    }

    @Test
    void datagramsCountAsWell() {
        try (Rig rig = rig()) {
            rig.apply(
                    new Change.SetPolicy(
                            rig.udp,
                            ServicePolicy.DEFAULT.withLimits(ServiceLimits.NONE.withPerClient(2))));
            for (int i = 0; i < 5; i++) {
                rig.clientSends(rig.request().udp(10_000 + i, 53).payload("?"));
            }
            assertThat(rig.count(Outcome.CLIENT_FULL)).isEqualTo(3);
            rig.clientSends(rig.request().udp(10_000, 53).payload("?"));
            assertThat(rig.count(Outcome.FORWARDED_IN)).as("a known one goes on").isEqualTo(3);
        }
    }

    @Test
    void aLowerThresholdAboveTheLimitIsRefused() {
        try (Rig rig = rig()) {
            CompletableFuture<Void> done =
                    rig.balancer
                            .control()
                            .submit(
                                    List.of(
                                            new Change.EditRealServer(
                                                    rig.tcp, server(rig, 10, 11))));
            rig.run();
            assertThatThrownBy(done::join)
                    .hasCauseInstanceOf(BalancerException.class)
                    .hasMessageContaining(
                            "resume-below 11 of real server 10.0.1.11:8080 of TCP 192.0.2.80:80 is"
                                    + " more than its max-connections, 10; give it at most that, or"
                                    + " 0");
        }
    }
}
