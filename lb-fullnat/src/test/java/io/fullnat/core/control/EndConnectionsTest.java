// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.control;

import static io.fullnat.core.control.ControlRig.LOCAL;
import static io.fullnat.core.control.ControlRig.OTHER_LOCAL;
import static io.fullnat.core.control.ControlRig.OTHER_SERVER;
import static io.fullnat.core.control.ControlRig.SERVER;
import static io.fullnat.core.control.ControlRig.TLS;
import static io.fullnat.core.control.ControlRig.VIP;
import static io.fullnat.core.control.ControlRig.WEB;
import static io.fullnat.core.control.ControlRig.ip;
import static io.fullnat.core.control.ControlRig.local;
import static io.fullnat.core.control.ControlRig.service;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.Endpoint;
import io.fullnat.api.ErrorCode;
import io.fullnat.api.FlowTuple;
import io.fullnat.api.IpPrefix;
import io.fullnat.api.Protocol;
import io.fullnat.api.control.Change;
import io.fullnat.api.control.ConnectionFilter;
import io.fullnat.api.control.ConnectionInfo;
import io.fullnat.api.counter.Counter;
import io.fullnat.api.service.LocalAddressStatus;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.ServicePolicy;
import io.fullnat.api.service.ServicePolicy.Removal;
import io.fullnat.core.packet.Tcp;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// Connections that end because somebody said so: which ones, how many, and what their ends hear.
class EndConnectionsTest {
    private static final String GUEST = "198.51.100.20";
    private static final String NEIGHBOUR = "198.51.100.200";
    private static final ServicePolicy ENDING = ServicePolicy.DEFAULT.withRemoval(Removal.END);

    private final ControlRig rig = new ControlRig().configured();

    @AfterEach
    void close() {
        rig.close();
    }

    /// Connections of two clients to two real servers by two local addresses.
    private void connections() {
        rig.apply(
                new Change.AddRealServer(WEB, OTHER_SERVER),
                new Change.AddLocalAddress(WEB, local(OTHER_LOCAL)));
        for (int port = 40_000; port < 40_012; port++) {
            assertThat(rig.connect(port % 3 == 0 ? GUEST : NEIGHBOUR, port)).hasSize(1);
        }
    }

    private long end(ConnectionFilter filter) {
        CompletableFuture<Long> ended = rig.balancer.control().endConnections(filter);
        rig.run();
        assertThat(ended).isCompleted();
        return ended.join();
    }

    private long count(Change... changes) {
        CompletableFuture<Long> ended =
                rig.balancer.control().submitAndCount(present -> List.of(changes));
        rig.run();
        assertThat(ended).isCompleted();
        return ended.join();
    }

    private long countOf(Endpoint server) {
        return rig.connections().stream().filter(c -> c.server().equals(server)).count();
    }

    private static ConnectionFilter tuple(Endpoint source, Endpoint destination) {
        return ConnectionFilter.of(new FlowTuple(Protocol.TCP, source, destination));
    }

    private static Stream<Arguments> filters() {
        return Stream.<Arguments.ArgumentSet>of(
                        filter(
                                "client",
                                c -> ConnectionFilter.ALL.withClients(IpPrefix.parse(GUEST))),
                        filter(
                                "clients",
                                c ->
                                        ConnectionFilter.ALL.withClients(
                                                IpPrefix.parse("198.51.100.128/25"))),
                        filter("server", c -> ConnectionFilter.ALL.withServer(SERVER.endpoint())),
                        filter(
                                "server of any port",
                                c ->
                                        ConnectionFilter.ALL.withServer(
                                                new Endpoint(
                                                        OTHER_SERVER.endpoint().address(), 0))),
                        filter("local address", c -> ConnectionFilter.ALL.withLocal(ip(LOCAL))),
                        filter(
                                "service and client",
                                c ->
                                        ConnectionFilter.of(WEB)
                                                .withClients(IpPrefix.parse(GUEST + "/32"))),
                        filter(
                                "server, local address and client",
                                c ->
                                        ConnectionFilter.ALL
                                                .withServer(c.server())
                                                .withLocal(c.local().address())
                                                .withClients(
                                                        new IpPrefix(c.client().address(), 32))),
                        filter("tuple from the client", c -> tuple(c.client(), c.virtual())),
                        filter("tuple to the client", c -> tuple(c.virtual(), c.client())),
                        filter("tuple from the server", c -> tuple(c.server(), c.local())),
                        filter("tuple to the server", c -> tuple(c.local(), c.server())))
                .map(Arguments.class::cast);
    }

    private static Arguments.ArgumentSet filter(
            String name, Function<ConnectionInfo, ConnectionFilter> filter) {
        return Arguments.argumentSet(name, filter);
    }

    @ParameterizedTest
    @MethodSource("filters")
    void thoseThatAFilterMeansEndAndAreCounted(Function<ConnectionInfo, ConnectionFilter> some) {
        connections();
        List<ConnectionInfo> all = rig.connections();
        ConnectionFilter filter = some.apply(all.get(5));
        List<ConnectionInfo> others = all.stream().filter(c -> !filter.accepts(c)).toList();
        assertThat(others.size()).as("connections not meant").isBetween(1, all.size() - 1);

        long ended = end(filter);

        assertThat(ended).isEqualTo(all.size() - others.size());
        assertThat(rig.connections()).containsExactlyInAnyOrderElementsOf(others);
        assertThat(rig.balancer.counters().total(Counter.CONNECTIONS_PURGED)).isEqualTo(ended);
    }

    @Test
    void allCanEndAndNoneNeed() {
        connections();

        assertThat(end(ConnectionFilter.of(TLS))).isZero();
        assertThat(end(ConnectionFilter.of(ServiceKey.udp(VIP, 80)))).isZero();
        assertThat(end(ConnectionFilter.ALL)).isEqualTo(12);
        assertThat(end(ConnectionFilter.ALL)).isZero();
        assertThat(rig.connections()).isEmpty();
        assertThat(rig.service().localAddresses()).allMatch(local -> local.connections() == 0);
        assertThat(rig.service().realServers())
                .allMatch(server -> server.inactiveConnections() == 0);
    }

    @Test
    void connectionsOfAServiceThatIsGoneEndToo() {
        connections();
        rig.apply(new Change.RemoveService(WEB));
        assertThat(rig.connections()).hasSize(12);

        assertThat(end(ConnectionFilter.of(WEB))).isEqualTo(12);
        rig.pass(Duration.ofSeconds(1));
        assertThat(rig.address(LOCAL)).as("what nothing uses goes").isEmpty();
    }

    @Test
    void manyFiltersInOneTransactionAreOneWalk() {
        connections();
        List<Change> changes =
                rig.connections().stream()
                        .limit(11)
                        .<Change>map(c -> new Change.EndConnections(tuple(c.client(), c.virtual())))
                        .toList();

        assertThat(count(changes.toArray(Change[]::new))).isEqualTo(11);
        assertThat(rig.connections()).hasSize(1);
    }

    /// A worker looks at 128 connections in a duty cycle, and a new one comes with each cycle.
    @Test
    void connectionsThatBeginDuringTheWalkGoOn() {
        try (ControlRig one = ControlRig.ofOneWorker(builder -> builder.connections(1024))) {
            one.configured();
            for (int port = 10_000; port < 10_400; port++) {
                one.send(GUEST, port);
                one.run();
            }
            CompletableFuture<Long> ended =
                    one.balancer.control().endConnections(ConnectionFilter.ALL);
            int port = 20_000;
            int first = 0;
            while (!ended.isDone()) {
                long before = one.balancer.counters().total(Counter.CONNECTIONS_PURGED);
                one.send(NEIGHBOUR, port);
                one.balancer.doWork();
                if (before == 0 && one.balancer.counters().total(Counter.CONNECTIONS_PURGED) > 0) {
                    first = port; // came in the cycle in which the walk began
                }
                port++;
            }

            List<Integer> left =
                    one.connections().stream().map(c -> c.client().port()).sorted().toList();
            assertThat(port - first).as("cycles of the walk").isGreaterThanOrEqualTo(4);
            assertThat(left).isEqualTo(IntStream.range(first, port).boxed().toList());
            assertThat(ended.join()).isEqualTo(400 + first - 20_000);
        }
    }

    @Test
    void eachEndHearsAResetWhenItNextSends() {
        byte[] toServer = rig.connect(GUEST, 40_000).getFirst();
        end(ConnectionFilter.ALL);

        assertThat(rig.speak(GUEST, 40_000))
                .singleElement()
                .matches(frame -> (ControlRig.flags(frame) & Tcp.RST) != 0, "is a reset");
        assertThat(rig.answer(toServer))
                .singleElement()
                .matches(frame -> (ControlRig.flags(frame) & Tcp.RST) != 0, "is a reset");
    }

    @Test
    void aLocalAddressThatDrainsCanBeRemovedByForce() {
        rig.connected(40_000);
        rig.apply(new Change.RemoveLocalAddress(WEB, ip(LOCAL)));
        assertThat(rig.service().localAddresses())
                .singleElement()
                .matches(LocalAddressStatus::draining);
        rig.refuses(
                ErrorCode.NO_LOCAL_ADDRESS,
                List.of(LOCAL, WEB.toString(), "already", "force"),
                new Change.RemoveLocalAddress(WEB, ip(LOCAL)));

        assertThat(count(new Change.RemoveLocalAddress(WEB, ip(LOCAL), true))).isOne();
        rig.pass(Duration.ofSeconds(1));

        assertThat(rig.connections()).isEmpty();
        assertThat(rig.address(LOCAL)).isEmpty();
        assertThat(rig.answersFor(LOCAL)).isFalse();
        rig.refuses(
                ErrorCode.NO_LOCAL_ADDRESS,
                List.of(LOCAL, "it has none"),
                new Change.RemoveLocalAddress(WEB, ip(LOCAL), true));
    }

    @Test
    void aFlushByForceTakesThoseThatDrainAlong() {
        connections();
        rig.apply(new Change.RemoveLocalAddress(WEB, ip(LOCAL)));

        assertThat(count(new Change.FlushLocalAddresses(WEB, true))).isEqualTo(12);
        assertThat(rig.connections()).isEmpty();
    }

    @Test
    void theDrainingAddressOfAnotherServiceIsNotMeant() {
        rig.connected(40_000);
        rig.apply(new Change.AddService(service(TLS)));
        rig.apply(
                new Change.RemoveLocalAddress(WEB, ip(LOCAL)),
                new Change.RemoveLocalAddress(TLS, ip(LOCAL)));

        rig.refuses(
                ErrorCode.NO_LOCAL_ADDRESS,
                List.of(LOCAL, TLS.toString()),
                new Change.RemoveLocalAddress(TLS, ip(LOCAL), true));
        assertThat(rig.connections()).hasSize(1);
    }

    @Test
    void aRemovedServersConnectionsGoOnUnlessTheCommandSaysOtherwise() {
        connections();
        long many = countOf(SERVER.endpoint());
        assertThat(count(new Change.RemoveRealServer(WEB, SERVER.endpoint()))).isZero();
        assertThat(rig.connections()).hasSize(12);
        rig.refuses(
                ErrorCode.NO_REAL_SERVER,
                List.of(SERVER.endpoint().toString()),
                new Change.RemoveRealServer(WEB, SERVER.endpoint()));

        assertThat(count(new Change.RemoveRealServer(WEB, SERVER.endpoint(), true)))
                .as("of one that was removed before")
                .isEqualTo(many);
        assertThat(count(new Change.RemoveRealServer(WEB, OTHER_SERVER.endpoint(), true)))
                .isEqualTo(12 - many);
        assertThat(rig.connections()).isEmpty();
        rig.pass(Duration.ofSeconds(1));
        rig.refuses(
                ErrorCode.NO_REAL_SERVER,
                List.of(SERVER.endpoint().toString()),
                new Change.RemoveRealServer(WEB, SERVER.endpoint(), true));
    }

    @Test
    void aRemovedServicesConnectionsEndIfTheCommandSaysSo() {
        connections();
        rig.apply(new Change.RemoveRealServer(WEB, SERVER.endpoint()));

        assertThat(count(new Change.RemoveService(WEB, true))).isEqualTo(12);
        assertThat(rig.connections()).isEmpty();
    }

    @Test
    void aPolicyEndsTheConnectionsOfEachServerThatIsRemoved() {
        connections();
        long many = countOf(SERVER.endpoint());
        rig.apply(new Change.SetPolicy(WEB, ENDING));
        assertThat(rig.connections()).hasSize(12);

        assertThat(count(new Change.EditRealServer(WEB, SERVER.withWeight(0)))).isZero();
        assertThat(count(new Change.RemoveRealServer(WEB, SERVER.endpoint()))).isEqualTo(many);
        assertThat(count(new Change.RemoveService(WEB))).isEqualTo(12 - many);
    }

    @Test
    void aPolicyThatComesOrGoesWithTheRemovalHoldsForIt() {
        connections();
        long many = countOf(SERVER.endpoint());
        assertThat(
                        count(
                                new Change.RemoveRealServer(WEB, SERVER.endpoint()),
                                new Change.SetPolicy(WEB, ENDING)))
                .isEqualTo(many);
        assertThat(
                        count(
                                new Change.SetPolicy(WEB, ServicePolicy.DEFAULT),
                                new Change.RemoveRealServer(WEB, OTHER_SERVER.endpoint())))
                .isZero();
    }

    @Test
    void aServerThatIsReplacedByItselfKeepsItsConnections() {
        connections();
        rig.apply(new Change.SetPolicy(WEB, ENDING));

        assertThat(
                        count(
                                new Change.RemoveRealServer(WEB, SERVER.endpoint()),
                                new Change.AddRealServer(WEB, SERVER)))
                .isZero();
        assertThat(count(new Change.ReplaceService(rig.service().service()))).isZero();
        assertThat(rig.connections()).hasSize(12);
    }

    /// The transaction is refused for another of its changes: nothing has ended.
    @Test
    void aRefusedTransactionEndsNothing() {
        connections();
        rig.refuses(
                ErrorCode.NO_SERVICE,
                List.of(TLS.toString()),
                new Change.EndConnections(ConnectionFilter.ALL),
                new Change.RemoveLocalAddress(WEB, ip(LOCAL), true),
                new Change.RemoveRealServer(WEB, SERVER.endpoint(), true),
                new Change.RemoveService(TLS));

        assertThat(rig.connections()).hasSize(12);
        assertThat(rig.answersFor(LOCAL)).isTrue();
        assertThat(rig.balancer.counters().total(Counter.CONNECTIONS_PURGED)).isZero();
    }

    /// A static neighbour too many: no worker has room, and the force comes to nothing.
    @Test
    void whatAWorkerRefusesEndsNothing() {
        connections();
        List<Change> changes = new ArrayList<>();
        changes.add(new Change.RemoveLocalAddress(WEB, ip(LOCAL), true));
        changes.add(new Change.RemoveRealServer(WEB, SERVER.endpoint(), true));
        changes.add(new Change.EndConnections(ConnectionFilter.ALL));
        for (int i = 0; i < 9_000; i++) {
            changes.add(
                    ControlRig.neighbour(
                            RealServer.of("10.77." + (1 + i / 250) + "." + (1 + i % 250), 80)));
        }

        rig.refuses(
                ErrorCode.WORKER_REFUSED,
                List.of("refused", "nothing was changed"),
                changes.toArray(Change[]::new));

        assertThat(rig.connections()).hasSize(12);
        assertThat(rig.answersFor(LOCAL)).isTrue();
        assertThat(rig.balancer.counters().total(Counter.CONNECTIONS_PURGED)).isZero();
        assertThat(rig.service().realServers()).hasSize(2);
    }
}
