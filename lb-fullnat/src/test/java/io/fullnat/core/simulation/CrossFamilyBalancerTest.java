// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.Endpoint;
import io.fullnat.api.control.Change;
import io.fullnat.api.service.LocalAddress;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.VirtualService;
import io.fullnat.core.memoryio.Impairment;
import io.fullnat.testing.Seed;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// A client of both families, a balancer, and real servers of both behind one virtual address of
/// either: of each four connections one is of IPv4, one of IPv6, and two change family, at the same
/// time and over good and bad wires. By a manual clock.
class CrossFamilyBalancerTest {
    private static final String VIP4 = SimulatedSite.vip(false);
    private static final String VIP6 = SimulatedSite.vip(true);
    private static final int SEEDS = 3;

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 4})
    void everyRequestIsAnsweredWhateverTheFamilies(int workers) {
        try (SimulatedSite site = site(workers, Seed.value(), UnaryOperator.identity())) {
            request(site, Seed.value(), 40, 10);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 4})
    void everyRequestIsAnsweredOverBadWires(int workers) {
        for (long seed = Seed.value(); seed < Seed.value() + SEEDS; seed++) {
            try (SimulatedSite site =
                    site(
                            workers,
                            seed,
                            wire ->
                                    wire.withLoss(0.05)
                                            .withDuplication(0.05)
                                            .withDelay(0, 5_000_000))) {
                request(site, seed, 8, 4);
            } catch (RuntimeException | AssertionError e) {
                throw new AssertionError("repeat with -Dseed=" + seed, e);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 4})
    void datagramsAreEchoedWhateverTheFamilies(int workers) {
        try (SimulatedSite site = site(workers, Seed.value(), UnaryOperator.identity())) {
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

    private static SimulatedSite site(
            int workers, long seed, UnaryOperator<Impairment> impairment) {
        SimulatedSite site = SimulatedSite.ofBothFamilies(workers, 1500, seed, impairment);
        for (String vip : List.of(VIP4, VIP6)) {
            site.apply(
                    new Change.AddService(service(ServiceKey.tcp(vip, 80), 8080)),
                    new Change.AddService(service(ServiceKey.udp(vip, 53), 5353)));
        }
        site.run(Duration.ofSeconds(10)); // addresses are checked first
        return site;
    }

    private static VirtualService service(ServiceKey key, int port) {
        return VirtualService.of(key)
                .withScheduler("rr")
                .withRealServer(RealServer.of("10.0.1.11", port))
                .withRealServer(RealServer.of("fd00:1::11", port))
                .withLocalAddress(LocalAddress.of("10.0.1.100", "lan"))
                .withLocalAddress(LocalAddress.of("fd00:1::100", "lan"));
    }

    private static void request(SimulatedSite site, long seed, int connections, int requestsEach) {
        site.servers.tcp().listen(8080, RequestServer::new);
        List<RequestClient> clients = new ArrayList<>();
        for (String vip : List.of(VIP4, VIP6)) {
            RequestLoad load =
                    new RequestLoad(connections, connections / 4, requestsEach, 20_000, seed);
            clients.add(new RequestClient(site.client, Endpoint.of(vip, 80), load));
        }
        clients.forEach(RequestClient::start);
        site.runUntil(() -> clients.stream().allMatch(RequestClient::isDone));
        for (RequestClient requests : clients) {
            assertThat(requests.failures()).isEmpty();
            assertThat(requests.completedRequests()).isEqualTo(connections * requestsEach);
            assertThat(requests.peersSeenByServer())
                    .as("local addresses of both families")
                    .anyMatch(peer -> peer.startsWith("10.0.1.100:"))
                    .anyMatch(peer -> peer.startsWith("[fd00:1::100]:"));
        }
        site.assertClean();
    }
}
