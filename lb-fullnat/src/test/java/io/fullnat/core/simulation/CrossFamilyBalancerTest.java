// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.Endpoint;
import io.fullnat.api.ManualClock;
import io.fullnat.api.control.Change;
import io.fullnat.api.network.InterfaceAddress;
import io.fullnat.api.network.Route;
import io.fullnat.api.service.LocalAddress;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.VirtualService;
import io.fullnat.core.FullNatBalancer;
import io.fullnat.core.memoryio.Impairment;
import io.fullnat.core.memoryio.InMemoryIo;
import io.fullnat.core.memoryio.PortSettings;
import io.fullnat.testing.Seed;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;
import java.util.function.UnaryOperator;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// A client of both families, a balancer, and real servers of both behind one virtual address of
/// either: of each four connections one is of IPv4, one of IPv6, and two change family, at the same
/// time and over good and bad wires. By a manual clock.
class CrossFamilyBalancerTest {
    private static final Duration STEP = Duration.ofMillis(1);
    private static final Duration LONG = Duration.ofMinutes(30);
    private static final String VIP4 = "192.0.2.80";
    private static final String VIP6 = "2001:db8:1::80";
    private static final int SEEDS = 3;

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 4})
    void everyRequestIsAnsweredWhateverTheFamilies(int workers) {
        try (Site site = new Site(workers, Seed.value(), UnaryOperator.identity())) {
            site.request(Seed.value(), 40, 10);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 4})
    void everyRequestIsAnsweredOverBadWires(int workers) {
        for (long seed = Seed.value(); seed < Seed.value() + SEEDS; seed++) {
            try (Site site =
                    new Site(
                            workers,
                            seed,
                            wire ->
                                    wire.withLoss(0.05)
                                            .withDuplication(0.05)
                                            .withDelay(0, 5_000_000))) {
                site.request(seed, 8, 4);
            } catch (RuntimeException | AssertionError e) {
                throw new AssertionError("repeat with -Dseed=" + seed, e);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 4})
    void datagramsAreEchoedWhateverTheFamilies(int workers) {
        try (Site site = new Site(workers, Seed.value(), UnaryOperator.identity())) {
            site.servers.udp().echo(5353);
            Set<String> echoed = new HashSet<>();
            for (int i = 0; i < 100; i++) {
                int port = 40_000 + i;
                String vip = i % 2 == 0 ? VIP4 : VIP6;
                site.client
                        .udp()
                        .bind(port, datagram -> echoed.add(port + " " + datagram.data().length));
                site.client.udp().send(port, Endpoint.of(vip, 53), new byte[i]);
            }
            site.runUntil(() -> echoed.size() == 100);
            for (int i = 0; i < 100; i++) {
                assertThat(echoed).contains(40_000 + i + " " + i);
            }
            site.assertClean();
        }
    }

    /// All parts of the scenario, driven by one thread.
    private static final class Site implements AutoCloseable {
        private final ManualClock clock = new ManualClock();
        private final InMemoryIo io;
        private final FullNatBalancer balancer;
        private final SimulatedHost client;
        private final SimulatedHost servers;

        private Site(int workers, long seed, UnaryOperator<Impairment> impairment) {
            io =
                    InMemoryIo.builder()
                            .buffers(8192)
                            .wire(
                                    PortSettings.of("wan", "02:00:00:00:00:01").withQueues(workers),
                                    PortSettings.of("client", "02:00:00:00:00:c1"),
                                    impairment.apply(Impairment.seeded(seed, clock)))
                            .wire(
                                    PortSettings.of("lan", "02:00:00:00:00:02").withQueues(workers),
                                    PortSettings.of("servers", "02:00:00:00:00:51"),
                                    impairment.apply(Impairment.seeded(seed + 1000, clock)))
                            .open();
            balancer =
                    FullNatBalancer.builder(io)
                            .workers(workers)
                            .connections(4096)
                            .clock(clock)
                            .seed(seed)
                            .build();
            client =
                    SimulatedHost.at(io.wire("client").far(), io.buffers())
                            .address("192.0.2.7/24")
                            .address("2001:db8:1::7/64")
                            .seed(seed)
                            .start();
            servers =
                    SimulatedHost.at(io.wire("servers").far(), io.buffers())
                            .address("10.0.1.11/24")
                            .address("fd00:1::11/64")
                            .seed(seed + 1)
                            .start();
            apply(
                    new Change.AddAddress(InterfaceAddress.of("192.0.2.1/24", "wan")),
                    new Change.AddAddress(InterfaceAddress.of(VIP4 + "/32", "wan")),
                    new Change.AddAddress(InterfaceAddress.of("2001:db8:1::1/64", "wan")),
                    new Change.AddAddress(InterfaceAddress.of(VIP6 + "/128", "wan")),
                    new Change.AddAddress(InterfaceAddress.of("10.0.1.1/24", "lan")),
                    new Change.AddAddress(InterfaceAddress.of("fd00:1::1/64", "lan")),
                    new Change.AddRoute(Route.via("0.0.0.0/0", "192.0.2.7", "wan")),
                    new Change.AddRoute(Route.via("::/0", "2001:db8:1::7", "wan")));
            for (String vip : List.of(VIP4, VIP6)) {
                apply(
                        new Change.AddService(service(ServiceKey.tcp(vip, 80), 8080)),
                        new Change.AddService(service(ServiceKey.udp(vip, 53), 5353)));
            }
            long endNs = clock.nanoTime() + Duration.ofSeconds(10).toNanos();
            runUntil(() -> clock.nanoTime() >= endNs); // addresses are checked first
        }

        private void apply(Change... changes) {
            CompletableFuture<Void> done = balancer.control().submit(List.of(changes));
            runUntil(done::isDone);
            done.join();
        }

        private static VirtualService service(ServiceKey key, int port) {
            return VirtualService.of(key)
                    .withScheduler("rr")
                    .withRealServer(RealServer.of("10.0.1.11", port))
                    .withRealServer(RealServer.of("fd00:1::11", port))
                    .withLocalAddress(LocalAddress.of("10.0.1.100", "lan"))
                    .withLocalAddress(LocalAddress.of("fd00:1::100", "lan"));
        }

        private void request(long seed, int connections, int requestsEach) {
            servers.tcp().listen(8080, RequestServer::new);
            List<RequestClient> clients = new ArrayList<>();
            for (String vip : List.of(VIP4, VIP6)) {
                RequestLoad load =
                        new RequestLoad(connections, connections / 4, requestsEach, 20_000, seed);
                clients.add(new RequestClient(client, Endpoint.of(vip, 80), load));
            }
            clients.forEach(RequestClient::start);
            runUntil(() -> clients.stream().allMatch(RequestClient::isDone));
            for (RequestClient requests : clients) {
                assertThat(requests.failures()).isEmpty();
                assertThat(requests.completedRequests()).isEqualTo(connections * requestsEach);
                assertThat(requests.peersSeenByServer())
                        .as("local addresses of both families")
                        .anyMatch(peer -> peer.startsWith("10.0.1.100:"))
                        .anyMatch(peer -> peer.startsWith("[fd00:1::100]:"));
            }
            assertClean();
        }

        private void runUntil(BooleanSupplier condition) {
            long endNs = clock.nanoTime() + LONG.toNanos();
            while (!condition.getAsBoolean()) {
                assertThat(clock.nanoTime())
                        .as("time; client %s; servers %s", client.counters(), servers.counters())
                        .isLessThan(endNs);
                for (int i = 0; i < 4; i++) {
                    client.doWork(clock.nanoTime());
                    balancer.doWork();
                    servers.doWork(clock.nanoTime());
                }
                clock.advance(STEP);
            }
        }

        private void assertClean() {
            long endNs = clock.nanoTime() + Duration.ofSeconds(10).toNanos();
            runUntil(() -> clock.nanoTime() >= endNs);
            assertThat(io.buffers().inUse()).as("buffers in use").isZero();
            for (SimulatedHost host : List.of(client, servers)) {
                assertThat(host.counters().badChecksums()).as("bad at %s", host).isZero();
                assertThat(host.counters().malformed()).as("malformed at %s", host).isZero();
            }
        }

        @Override
        public void close() {
            balancer.close();
            io.close();
        }
    }
}
