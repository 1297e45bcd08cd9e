// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.Endpoint;
import io.fullnat.api.IpAddress;
import io.fullnat.api.Protocol;
import io.fullnat.api.control.AddressStatus;
import io.fullnat.api.control.BalancerStatus;
import io.fullnat.api.control.ConnectionFilter;
import io.fullnat.api.control.ConnectionInfo;
import io.fullnat.api.counter.Counter;
import io.fullnat.api.service.LocalAddress;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.ServiceStatus;
import io.fullnat.api.service.TrafficCounts;
import io.fullnat.api.service.VirtualService;
import io.fullnat.core.simulation.RequestClient;
import io.fullnat.core.simulation.RequestLoad;
import io.fullnat.core.simulation.TcpApplication;
import io.fullnat.core.simulation.TcpConnection;
import io.fullnat.testing.Seed;
import java.time.Duration;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Eight operators add, delete, flush and add again local addresses, services, real servers and
/// access rules while traffic goes through all of it, through a balancer on threads of its own. One
/// service is nobody's to touch. Afterwards nothing is lost and everything adds up.
///
/// `-Dcontrol.seconds=` says for how long, `-Dseed=` repeats what operators and clients choose.
@Tag("optimized")
class ControlUnderTrafficTest {
    private static final int OPERATORS = 8;
    private static final int CONNECTIONS = 40;
    private static final int REQUESTS = 50;
    private static final int FIRST_PORT = 20_000;
    private static final int UDP_PORTS = 2_000;
    private static final int FIRST_ECHO_PORT = 30_000;
    private static final int ECHO_PORTS = 500;

    /// Of an IP packet with 32 bytes of data.
    private static final int ECHO_BYTES = 60;

    private static final long PACE_NS = 20_000;
    private static final long RUN_NS =
            TimeUnit.SECONDS.toNanos(Long.getLong("control.seconds", 30));

    private final long seed = Seed.value();
    private final RandomGenerator random = Seed.generator();
    private volatile boolean over;
    private final BitSet echoed = new BitSet();
    private long answers;
    private long echoesSent;
    private long echoesBack;

    private record Tuple(Protocol protocol, Endpoint local, Endpoint server) {}

    @Test
    void nothingIsLostAndNoFlowOfAnotherServiceBreaks() throws Exception {
        try (Topology topology = Topology.threaded(2, seed);
                ExecutorService threads = Executors.newFixedThreadPool(OPERATORS + 1)) {
            List<Operator> operators = new ArrayList<>();
            List<Future<SortedMap<ServiceKey, VirtualService>>> models = new ArrayList<>();
            BooleanSupplier goesOn = () -> !over;
            for (int i = 0; i < OPERATORS; i++) {
                operators.add(new Operator(topology.balancer.control(), i, seed, goesOn));
                models.add(threads.submit(operators.getLast()));
            }
            Future<Long> reader = threads.submit(() -> readUntilOver(topology));
            List<RequestClient> untouched = traffic(topology, models, reader);

            SortedMap<ServiceKey, VirtualService> expected = new TreeMap<>();
            for (Future<SortedMap<ServiceKey, VirtualService>> model : models) {
                topology.runUntil(model::isDone, Duration.ofSeconds(30));
                expected.putAll(model.get());
            }
            assertThat(reader.get()).as("consistent snapshots").isPositive();
            assertThat(operators).allMatch(operator -> operator.transactions() > 0);
            assertThat(answers).as("answers of services that change").isPositive();

            topology.runFor(Duration.ofSeconds(1)); // what is on the wires arrives
            assertState(topology, expected, operators);
            assertThat(untouched)
                    .allSatisfy(
                            client -> assertThat(client.failures()).as("seed %d", seed).isEmpty())
                    .allMatch(client -> client.completedRequests() == CONNECTIONS * REQUESTS);
            assertThat(topology.balancer.control().status(topology.echo).orElseThrow().traffic())
                    .as("what went through the other untouched service, seed %d", seed)
                    .isEqualTo(
                            new TrafficCounts(
                                    echoed.cardinality(),
                                    echoesSent,
                                    echoesSent * ECHO_BYTES,
                                    echoesBack,
                                    echoesBack * ECHO_BYTES));
            assertThat(echoesBack).as("echoes, seed %d", seed).isEqualTo(echoesSent);
            assertConnectionsAddUp(topology);
            assertAllEnd(topology, expected);
        }
    }

    /// Sends until the time is over or someone has failed; returns those that used the service that
    /// nobody touches, one after the other.
    private List<RequestClient> traffic(
            Topology topology, List<? extends Future<?>> models, Future<?> reader) {
        for (int port = FIRST_PORT; port < FIRST_PORT + UDP_PORTS; port++) {
            topology.client.udp().bind(port, datagram -> answers++);
        }
        for (int port = FIRST_ECHO_PORT; port < FIRST_ECHO_PORT + ECHO_PORTS; port++) {
            topology.client.udp().bind(port, datagram -> echoesBack++);
        }
        List<RequestClient> untouched = new ArrayList<>(List.of(startClient(topology, seed)));
        long end = System.nanoTime() + RUN_NS;
        while (System.nanoTime() < end
                && models.stream().noneMatch(Future::isDone)
                && !reader.isDone()) {
            if (untouched.getLast().isDone()) {
                untouched.add(startClient(topology, seed + untouched.size()));
            }
            if (echoesSent - echoesBack < 64) { // or a worker that waits for a processor overflows
                sendToAny(topology);
                int port = random.nextInt(ECHO_PORTS);
                echoed.set(port);
                echoesSent++;
                topology.client
                        .udp()
                        .send(FIRST_ECHO_PORT + port, topology.echo.endpoint(), new byte[32]);
            }
            topology.step();
            LockSupport.parkNanos(PACE_NS); // the others need the processor too
        }
        over = true;
        topology.runUntil(untouched.getLast()::isDone, Duration.ofMinutes(1));
        return untouched;
    }

    private static RequestClient startClient(Topology topology, long seed) {
        RequestClient client =
                new RequestClient(
                        topology.client,
                        topology.web.endpoint(),
                        new RequestLoad(CONNECTIONS, 8, REQUESTS, 2_000, seed));
        client.start();
        return client;
    }

    private void sendToAny(Topology topology) {
        int operator = random.nextInt(OPERATORS);
        ServiceKey key = Operator.service(operator, random.nextInt(Operator.SERVICES));
        if (key.protocol() == Protocol.UDP) {
            int port = FIRST_PORT + random.nextInt(UDP_PORTS);
            topology.client.udp().send(port, key.endpoint(), new byte[32]);
        } else if (random.nextInt(50) == 0) {
            topology.client.tcp().connect(key.endpoint(), new Passing());
        }
    }

    /// Connects to a service that may be away, and leaves when it is there.
    private static final class Passing implements TcpApplication {
        @Override
        public void onOpen(TcpConnection connection) {
            connection.close();
        }

        @Override
        public void onData(TcpConnection connection, byte[] data) {
            throw new AssertionError("nothing was asked");
        }
    }

    /// Every status must be one that a transaction has left.
    private long readUntilOver(Topology topology) {
        long snapshots = 0;
        long revision = 0;
        while (!over) {
            BalancerStatus status = topology.balancer.control().status();
            assertThat(status.revision()).isGreaterThanOrEqualTo(revision);
            revision = status.revision();
            assertListAndInterfaceAgree(status);
            topology.balancer.control().connections(ConnectionFilter.ALL, connection -> true);
            snapshots++;
        }
        return snapshots;
    }

    private static void assertListAndInterfaceAgree(BalancerStatus status) {
        Map<IpAddress, Integer> listed = new HashMap<>();
        for (ServiceStatus service : status.services()) {
            for (LocalAddress local : service.service().localAddresses()) {
                listed.merge(local.address(), 1, Integer::sum);
            }
        }
        for (AddressStatus address : status.addresses()) {
            Integer services = listed.remove(address.address().prefix().address());
            assertThat(address.services()).isEqualTo(services == null ? 0 : services);
        }
        assertThat(listed).as("listed, but not on an interface").isEmpty();
    }

    private static void assertState(
            Topology topology, Map<ServiceKey, VirtualService> expected, List<Operator> operators) {
        BalancerStatus status = topology.balancer.control().status();
        assertThat(status.services())
                .extracting(ServiceStatus::service)
                .filteredOn(service ->
                        !service.key()
                                .endpoint()
                                .address()
                                .equals(topology.web.endpoint().address()))
                .containsExactlyElementsOf(expected.values());
        long transactions = operators.stream().mapToLong(Operator::transactions).sum();
        assertThat(status.revision()).as("transactions").isEqualTo(1 + transactions);
        assertListAndInterfaceAgree(status);
    }

    /// Connections counted in four ways are as many: those listed, those counted by workers, those
    /// of local addresses and the ports in use; and no two of them have the same tuple.
    private static void assertConnectionsAddUp(Topology topology) {
        List<ConnectionInfo> listed = new ArrayList<>();
        topology.balancer.control().connections(ConnectionFilter.ALL, listed::add);
        Map<IpAddress, Long> byLocal = new TreeMap<>();
        listed.forEach(connection -> byLocal.merge(connection.local().address(), 1L, Long::sum));

        assertThat((long) listed.size())
                .isEqualTo(topology.balancer.counters().total(Counter.CONNECTIONS));
        Map<IpAddress, Long> counted = new TreeMap<>();
        for (AddressStatus address : topology.balancer.control().status().addresses()) {
            if (address.connections() > 0) {
                counted.put(address.address().prefix().address(), address.connections());
            }
        }
        assertThat(counted).isEqualTo(byLocal);
        assertThat(listed)
                .extracting(connection ->
                        new Tuple(connection.protocol(), connection.local(), connection.server()))
                .doesNotHaveDuplicates();
    }

    /// An hour later all connections have ended, and with them all that stayed for their sake.
    private void assertAllEnd(Topology topology, Map<ServiceKey, VirtualService> expected) {
        topology.client.tcp().connections().forEach(TcpConnection::abort);
        topology.runFor(Duration.ofMillis(100));
        for (int minute = 0; minute < 60; minute++) {
            topology.clock.advance(Duration.ofMinutes(1));
            topology.runFor(Duration.ofMillis(20));
        }
        topology.runFor(Duration.ofSeconds(2));

        BalancerStatus status = topology.balancer.control().status();
        assertThat(topology.balancer.counters().total(Counter.CONNECTIONS))
                .as("connections, seed %d", seed)
                .isZero();
        assertThat(status.addresses())
                .as("addresses, seed %d", seed)
                .allMatch(address -> address.connections() == 0)
                .noneMatch(AddressStatus::isDraining);
        assertThat(status.services())
                .allSatisfy(service -> {
                    assertThat(service.localAddresses()).noneMatch(local -> local.draining());
                    assertThat(service.realServers())
                            .allMatch(server -> server.activeConnections() == 0)
                            .allMatch(server -> server.inactiveConnections() == 0);
                });
        assertThat(expected).as("services at the end").isNotEmpty();
        assertListAndInterfaceAgree(status);
    }
}
