// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.Endpoint;
import io.fullnat.api.Ipv4Address;
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
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/// A client host, a balancer and two real servers, over good and bad wires, by a manual clock.
class WholeBalancerTest {
    private static final Duration STEP = Duration.ofMillis(1);
    private static final Duration LONG = Duration.ofMinutes(30);
    private static final String VIP = "192.0.2.80";
    private static final int SEEDS = 5;

    @Test
    void everyRequestIsAnsweredThroughOneWorker() {
        try (Site site = new Site(1, Seed.value(), UnaryOperator.identity())) {
            site.request(new RequestLoad(100, 20, 3, 20_000, Seed.value()));
        }
    }

    @Test
    void everyRequestIsAnsweredThroughThreeWorkers() {
        try (Site site = new Site(3, Seed.value(), UnaryOperator.identity())) {
            site.request(new RequestLoad(100, 20, 3, 20_000, Seed.value()));
        }
    }

    @Test
    void everyRequestIsAnsweredOverBadWires() {
        for (long seed = Seed.value(); seed < Seed.value() + SEEDS; seed++) {
            try (Site site =
                    new Site(
                            2,
                            seed,
                            wire ->
                                    wire.withLoss(0.05)
                                            .withDuplication(0.05)
                                            .withDelay(0, 5_000_000))) {
                site.request(new RequestLoad(12, 6, 2, 20_000, seed));
            } catch (RuntimeException | AssertionError e) {
                throw new AssertionError("repeat with -Dseed=" + seed, e);
            }
        }
    }

    @Test
    void datagramsAreEchoed() {
        try (Site site = new Site(2, Seed.value(), UnaryOperator.identity())) {
            site.servers.udp().echo(5353);
            Set<Integer> echoed = new HashSet<>();
            for (int i = 0; i < 50; i++) {
                int port = 40000 + i;
                site.client.udp().bind(port, datagram -> echoed.add(datagram.data().length));
                site.client.udp().send(port, Endpoint.of(VIP, 53), new byte[i]);
            }
            site.runUntil(() -> echoed.size() == 50);
            assertThat(site.servers.udp().peers())
                    .hasSize(50)
                    .allMatch(peer -> peer.address().equals(Ipv4Address.parse("10.0.1.100")));
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
                            .seed(seed)
                            .start();
            servers =
                    SimulatedHost.at(io.wire("servers").far(), io.buffers())
                            .address("10.0.1.11/24")
                            .address("10.0.1.12/24")
                            .seed(seed + 1)
                            .start();
            configure();
        }

        private void configure() {
            CompletableFuture<Void> done =
                    balancer.control()
                            .submit(
                                    List.of(
                                            new Change.AddAddress(
                                                    InterfaceAddress.of("192.0.2.1/24", "wan")),
                                            new Change.AddAddress(
                                                    InterfaceAddress.of(VIP + "/32", "wan")),
                                            new Change.AddAddress(
                                                    InterfaceAddress.of("10.0.1.1/24", "lan")),
                                            new Change.AddRoute(
                                                    Route.via("0.0.0.0/0", "192.0.2.7", "wan")),
                                            new Change.AddService(
                                                    service(ServiceKey.tcp(VIP, 80), 8080)),
                                            new Change.AddService(
                                                    service(ServiceKey.udp(VIP, 53), 5353))));
            runUntil(done::isDone);
            done.join();
        }

        private static VirtualService service(ServiceKey key, int port) {
            return VirtualService.of(key)
                    .withScheduler("rr")
                    .withRealServer(RealServer.of("10.0.1.11", port))
                    .withRealServer(RealServer.of("10.0.1.12", port))
                    .withLocalAddress(LocalAddress.of("10.0.1.100", "lan"));
        }

        private void request(RequestLoad load) {
            servers.tcp().listen(8080, RequestServer::new);
            RequestClient requests = new RequestClient(client, Endpoint.of(VIP, 80), load);
            requests.start();
            runUntil(requests::isDone);
            assertThat(requests.failures()).isEmpty();
            assertThat(requests.completedRequests())
                    .isEqualTo(load.connections() * load.requestsPerConnection());
            assertThat(requests.peersSeenByServer())
                    .as("the servers see the local address")
                    .allMatch(peer -> peer.startsWith("10.0.1.100:"));
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
