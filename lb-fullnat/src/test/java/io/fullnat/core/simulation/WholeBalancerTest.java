// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.Endpoint;
import io.fullnat.api.Ipv4Address;
import io.fullnat.api.control.Change;
import io.fullnat.api.network.InterfaceAddress;
import io.fullnat.api.network.Route;
import io.fullnat.api.service.LocalAddress;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.VirtualService;
import io.fullnat.core.memoryio.Impairment;
import io.fullnat.testing.Seed;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// A client host, a balancer and two real servers, over good and bad wires, by a manual clock.
@Tag("optimized")
class WholeBalancerTest {
    private static final String VIP = "192.0.2.80";
    private static final int SEEDS = 5;

    @Test
    void everyRequestIsAnsweredThroughOneWorker() {
        try (SimulatedSite site = site(1, Seed.value(), UnaryOperator.identity())) {
            request(site, new RequestLoad(100, 20, 3, 20_000, Seed.value()));
        }
    }

    @Test
    void everyRequestIsAnsweredThroughThreeWorkers() {
        try (SimulatedSite site = site(3, Seed.value(), UnaryOperator.identity())) {
            request(site, new RequestLoad(100, 20, 3, 20_000, Seed.value()));
        }
    }

    @Test
    void everyRequestIsAnsweredOverBadWires() {
        for (long seed = Seed.value(); seed < Seed.value() + SEEDS; seed++) {
            try (SimulatedSite site =
                    site(
                            2,
                            seed,
                            wire ->
                                    wire.withLoss(0.05)
                                            .withDuplication(0.05)
                                            .withDelay(0, 5_000_000))) {
                request(site, new RequestLoad(12, 6, 2, 20_000, seed));
            } catch (RuntimeException | AssertionError e) {
                throw new AssertionError("repeat with -Dseed=" + seed, e);
            }
        }
    }

    @Test
    void datagramsAreEchoed() {
        try (SimulatedSite site = site(2, Seed.value(), UnaryOperator.identity())) {
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

    private static SimulatedSite site(
            int workers, long seed, UnaryOperator<Impairment> impairment) {
        SimulatedSite site =
                new SimulatedSite(
                        workers,
                        seed,
                        impairment,
                        List.of("192.0.2.7/24"),
                        List.of("10.0.1.11/24", "10.0.1.12/24"));
        site.apply(
                new Change.AddAddress(InterfaceAddress.of("192.0.2.1/24", "wan")),
                new Change.AddAddress(InterfaceAddress.of(VIP + "/32", "wan")),
                new Change.AddAddress(InterfaceAddress.of("10.0.1.1/24", "lan")),
                new Change.AddRoute(Route.via("0.0.0.0/0", "192.0.2.7", "wan")),
                new Change.AddService(service(ServiceKey.tcp(VIP, 80), 8080)),
                new Change.AddService(service(ServiceKey.udp(VIP, 53), 5353)));
        return site;
    }

    private static VirtualService service(ServiceKey key, int port) {
        return VirtualService.of(key)
                .withScheduler("rr")
                .withRealServer(RealServer.of("10.0.1.11", port))
                .withRealServer(RealServer.of("10.0.1.12", port))
                .withLocalAddress(LocalAddress.of("10.0.1.100", "lan"));
    }

    private static void request(SimulatedSite site, RequestLoad load) {
        site.servers.tcp().listen(8080, RequestServer::new);
        RequestClient requests = new RequestClient(site.client, Endpoint.of(VIP, 80), load);
        requests.start();
        site.runUntil(requests::isDone);
        assertThat(requests.failures()).isEmpty();
        assertThat(requests.completedRequests())
                .isEqualTo(load.connections() * load.requestsPerConnection());
        assertThat(requests.peersSeenByServer())
                .as("the servers see the local address")
                .allMatch(peer -> peer.startsWith("10.0.1.100:"));
        site.assertClean();
    }
}
