// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.control;

import static io.fullnat.core.control.Drafting.LOCAL;
import static io.fullnat.core.control.Drafting.TLS;
import static io.fullnat.core.control.Drafting.WEB;
import static io.fullnat.core.control.Drafting.added;
import static io.fullnat.core.control.Drafting.address;
import static io.fullnat.core.control.Drafting.ip;
import static io.fullnat.core.control.Drafting.local;
import static io.fullnat.core.control.Drafting.service;
import static io.fullnat.core.control.IdleWorkers.times;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.fullnat.api.BalancerException;
import io.fullnat.api.Endpoint;
import io.fullnat.api.MacAddress;
import io.fullnat.api.ManualClock;
import io.fullnat.api.control.AddressStatus;
import io.fullnat.api.control.BalancerStatus;
import io.fullnat.api.control.Change;
import io.fullnat.api.counter.Outcome;
import io.fullnat.api.health.HealthPolicy;
import io.fullnat.api.health.ServerHealth;
import io.fullnat.api.io.Memory;
import io.fullnat.api.network.Neighbour;
import io.fullnat.api.network.Route;
import io.fullnat.api.service.Handshakes;
import io.fullnat.api.service.LocalAddressStatus;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.RealServerStatus;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.ServiceLimits;
import io.fullnat.api.service.ServicePolicy;
import io.fullnat.api.service.ServiceStatus;
import io.fullnat.api.service.TrafficCounts;
import io.fullnat.api.service.TrafficRates;
import io.fullnat.api.service.VirtualService;
import io.fullnat.core.service.TrafficTable;
import io.fullnat.core.stack.NetworkView;
import io.fullnat.core.worker.WorkerSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// [StatusSource]: what is shown of a state, of the two workers' counts together or of one's.
class StatusSourceTest {
    private static final RealServer FIRST = RealServer.of("10.0.1.11", 8080);
    private static final RealServer SECOND = RealServer.of("2001:db8:1::b", 8080);
    private static final Endpoint SORRY = Endpoint.of("10.0.1.19", 8080);
    private static final String LOCAL6 = "2001:db8:1::64";
    private static final List<String> DEVICES = List.of("wan", "lan");

    /// From 1025 to 65,535.
    private static final long PORTS = 64_511;

    private final Building building = new Building(2);
    private final Resources resources = building.resources;
    private final WorkerSet workers = building.drafting.idle.workers;
    private final ManualClock clock = new ManualClock(Drafting.EPOCH_NS);

    @AfterEach
    void close() {
        building.close();
    }

    private StatusSource source(NetworkView.Own... generated) {
        return new StatusSource(
                building.drafting.before(),
                building.built,
                Map.copyOf(building.drafting.draining),
                List.of(generated),
                resources,
                building.drafting.health,
                clock,
                DEVICES);
    }

    private static VirtualService of(ServiceKey key) {
        return service(key)
                .withRealServers(List.of(FIRST, SECOND))
                .withLocalAddress(local(LOCAL, "lan"));
    }

    private static VirtualService withSorry(VirtualService service) {
        return service.withPolicy(
                ServicePolicy.DEFAULT.withHealth(
                        HealthPolicy.builder().sorryServer(SORRY).build()));
    }

    private static Change drop(RealServer server) {
        return new Change.RemoveRealServer(WEB, server.endpoint(), false);
    }

    private static Change drop(String local) {
        return new Change.RemoveLocalAddress(WEB, ip(local), false);
    }

    private void count(int worker, int slot, int field, long more) {
        Memory.addLong(workers.traffic(worker).server(slot) + field, more);
    }

    private void traffic(int worker, int slot, long times) {
        building.drafting.idle.traffic(worker, slot, times);
    }

    private void rates(int slot, long first, long second) {
        resources
                .counts()
                .rates(
                        slot,
                        new RatesByWorker(
                                rate(first + second), List.of(rate(first), rate(second))));
    }

    private static TrafficRates rate(long rate) {
        return new TrafficRates(rate, 0, 0, 0, 0);
    }

    private void connections(int worker, int local, long more) {
        Memory.addLong(workers.traffic(worker).local(local) + TrafficTable.LOCAL_CONNECTIONS, more);
    }

    private static ServiceStatus web(BalancerStatus status) {
        return status.services().stream()
                .filter(each -> each.service().key().equals(WEB))
                .findFirst()
                .orElseThrow();
    }

    private ServiceStatus web() {
        return source().read(WEB).orElseThrow();
    }

    @Test
    void aServerIsShownWithWhatItsSlotHasCounted() {
        building.inForce(added(of(WEB)));
        int slot = building.built(WEB).serverSlot(1);
        count(0, slot, TrafficTable.ACTIVE, 5);
        count(1, slot, TrafficTable.ACTIVE, 6);
        count(1, slot, TrafficTable.INACTIVE, 7);
        traffic(0, slot, 10);
        traffic(1, slot, 100);
        rates(slot, 3, 4);
        RealServerStatus idle = web().realServers().getFirst();
        assertThat(idle.server()).isEqualTo(FIRST);
        assertThat(idle.activeConnections() + idle.inactiveConnections()).isZero();
        assertThat(idle.traffic()).isEqualTo(TrafficCounts.ZERO);
        RealServerStatus all = web().realServers().get(1);
        assertThat(all.server()).isEqualTo(SECOND);
        assertThat(all.activeConnections()).isEqualTo(11);
        assertThat(all.inactiveConnections()).isEqualTo(7);
        assertThat(all.traffic()).isEqualTo(times(110));
        assertThat(all.rates()).isEqualTo(rate(7));
        RealServerStatus ofOne = web(source().read(1)).realServers().get(1);
        assertThat(ofOne.activeConnections()).isEqualTo(6);
        assertThat(ofOne.inactiveConnections()).isEqualTo(7);
        assertThat(ofOne.traffic()).isEqualTo(times(100));
        assertThat(ofOne.rates()).isEqualTo(rate(4));
    }

    @Test
    void thereIsNoOtherWorkerAndNoOtherService() {
        building.inForce(added(of(WEB)));
        assertThatExceptionOfType(BalancerException.class)
                .isThrownBy(() -> source().read(2))
                .withMessageContaining("no worker 2");
        assertThat(source().read(TLS)).isEmpty();
        assertThat(source().reading(TLS)).isNull();
    }

    /// All servers, the sorry server, and those that the service had before.
    @Test
    void aServiceHasTheTrafficOfAllItsServers() {
        building.inForce(added(withSorry(of(WEB))), added(of(TLS)));
        ServiceBuilder.Built built = building.built(WEB);
        int[] slots = {built.serverSlot(0), built.serverSlot(1), built.sorrySlot()};
        for (int i = 0; i < slots.length; i++) {
            traffic(i % 2, slots[i], 1 << i);
            rates(slots[i], 1 << i, 8 << i);
        }
        traffic(0, building.built(TLS).serverSlot(0), 1_000);
        assertThat(web().traffic()).isEqualTo(times(7));
        assertThat(web().rates()).isEqualTo(rate(63));
        building.inForce(drop(SECOND));
        assertThat(web().realServers()).hasSize(1);
        assertThat(web().traffic()).as("it drains").isEqualTo(times(7));
        assertThat(web().rates()).isEqualTo(rate(63));
        assertThat(web(source().read(1)).traffic()).isEqualTo(times(2));
        resources.reclaim(key -> true);
        assertThat(web().traffic()).as("it is gone").isEqualTo(times(7));
        assertThat(web(source().read(1)).traffic()).isEqualTo(times(2));
        assertThat(source().read(TLS).orElseThrow().traffic()).isEqualTo(times(1_000));
    }

    @Test
    void theSorryServerIsShownByItself() {
        building.inForce(added(withSorry(of(WEB))), added(of(TLS)));
        int slot = building.built(WEB).sorrySlot();
        count(0, slot, TrafficTable.ACTIVE, 5);
        traffic(1, slot, 10);
        RealServerStatus sorry = web().sorryServer().orElseThrow();
        assertThat(sorry.server()).isEqualTo(RealServer.of(SORRY));
        assertThat(sorry.activeConnections()).isEqualTo(5);
        assertThat(sorry.traffic()).isEqualTo(times(10));
        assertThat(source().read(TLS).orElseThrow().sorryServer()).isEmpty();
    }

    @Test
    void aServiceMayHaveASorryServerAlone() {
        building.inForce(added(withSorry(service(WEB))));
        assertThat(building.built(WEB).sorrySlot()).isZero();
        traffic(1, 0, 10);
        assertThat(web().sorryServer().orElseThrow().traffic()).isEqualTo(times(10));
        assertThat(web().traffic()).isEqualTo(times(10));
    }

    @Test
    void whatItHasRefusedIsShownByWorkerToo() {
        building.inForce(added(of(TLS)), added(of(WEB)));
        int slot = building.built(WEB).slot();
        workers.traffic(0).refusals().count(slot, Outcome.ACCESS_DENIED);
        workers.traffic(1).refusals().count(slot, Outcome.ACCESS_DENIED);
        assertThat(web().refused()).isEqualTo(Map.of(Outcome.ACCESS_DENIED, 2L));
        assertThat(web(source().read(1)).refused()).isEqualTo(Map.of(Outcome.ACCESS_DENIED, 1L));
    }

    @Test
    void howItsServersAreIsShown() {
        building.inForce(added(withSorry(of(WEB))));
        building.drafting.health.report(WEB, SECOND.endpoint(), false, "maintenance", 1, 0);
        assertThat(web().realServers())
                .extracting(each -> each.health().up())
                .containsExactly(true, false);
        assertThat(web().health()).isEqualTo(building.drafting.health.health(WEB));
        assertThat(web().health().weightUp()).isEqualTo(1);
        assertThat(web().sorryServer().orElseThrow().health().use())
                .isEqualTo(ServerHealth.Use.OUT);
    }

    @Test
    void halfOpenConnectionsAreShownWhereTheyAreCounted() {
        ServiceLimits limits = ServiceLimits.NONE.withHalfOpen(1);
        building.inForce(
                added(of(TLS)),
                added(of(WEB).withPolicy(ServicePolicy.DEFAULT.withLimits(limits))));
        workers.limits().halfOpen().add(building.built(WEB).slot(), 3);
        assertThat(web().halfOpen()).isEqualTo(OptionalLong.of(3));
        assertThat(source().read(TLS).orElseThrow().halfOpen()).isEmpty();
    }

    /// Those of the last minute are of all workers together.
    @Test
    void timesOfHandshakesAreShownForAllWorkersAlone() {
        building.inForce(added(of(WEB)));
        int slot = building.built(WEB).serverSlot(0);
        workers.traffic(1).handshakes().count(slot, 1_000);
        resources.counts().handshakes().measure(slot, false, clock.nanoTime());
        assertThat(web().realServers().getFirst().handshakes())
                .isEqualTo(resources.counts().handshakes().of(slot))
                .isNotEqualTo(Handshakes.NONE);
        assertThat(web(source().read(1)).realServers().getFirst().handshakes())
                .isEqualTo(Handshakes.NONE);
    }

    @Test
    void timesOfAnswersAreShownWhereASchedulerComparesThem() {
        building.inForce(added(of(WEB).withScheduler("ll")), added(of(TLS)));
        long nowNs = clock.nanoTime() - Drafting.EPOCH_NS;
        for (ServiceKey key : List.of(WEB, TLS)) {
            int slot = building.built(key).serverSlot(0);
            workers.limits().answerTimes().measured(slot, 250, nowNs);
        }
        assertThat(web().realServers())
                .extracting(RealServerStatus::answerMicros)
                .containsExactly(250, 0);
        assertThat(source().read(TLS).orElseThrow().realServers().getFirst().answerMicros())
                .isZero();
    }

    @Test
    void aLocalAddressIsShownWithItsPortsTowardsTheServersOfItsFamily() {
        building.inForce(
                added(
                        of(WEB).withRealServer(RealServer.of("10.0.1.12", 8080))
                                .withLocalAddress(local(LOCAL6, "lan"))));
        connections(0, building.built(WEB).localSlot(0), 3);
        connections(1, building.built(WEB).localSlot(0), 4);
        connections(1, building.built(WEB).localSlot(1), 5);
        assertThat(web().localAddresses())
                .extracting(each -> each.address() + " " + each.connections())
                .containsExactly("10.0.1.100 dev lan 7", "2001:db8:1::64 dev lan 5");
        assertThat(web().localAddresses())
                .noneMatch(LocalAddressStatus::draining)
                .extracting(each -> each.ports().capacity())
                .containsExactly(2 * PORTS, PORTS);
        assertThat(web(source().read(0)).localAddresses())
                .extracting(LocalAddressStatus::connections)
                .containsExactly(3L, 0L);
    }

    @Test
    void aLocalAddressThatIsNoMoreIsShownAsLongAsItHasConnections() {
        building.inForce(added(of(WEB).withLocalAddress(local(LOCAL6, "lan"))), added(of(TLS)));
        int slot = building.built(WEB).localSlot(0);
        connections(1, slot, 4);
        building.inForce(drop(LOCAL), drop(LOCAL6));
        assertThat(web().localAddresses())
                .singleElement()
                .satisfies(each -> {
                    assertThat(each.draining()).isTrue();
                    assertThat(each.address()).isEqualTo(local(LOCAL, "lan"));
                    assertThat(each.connections()).isEqualTo(4);
                    assertThat(each.ports().capacity()).isEqualTo(PORTS);
                });
        assertThat(web(source().read(0)).localAddresses()).hasSize(1);
        assertThat(source().read(TLS).orElseThrow().localAddresses())
                .noneMatch(LocalAddressStatus::draining);
        connections(1, slot, -4);
        assertThat(web().localAddresses()).isEmpty();
    }

    /// It is another service's, an interface's, or nobody's.
    @Test
    void aDrainingAddressIsOnTheDeviceWhereItIsNow() {
        building.inForce(added(of(WEB)));
        connections(0, building.built(WEB).localSlot(0), 1);
        building.inForce(drop(LOCAL));
        assertThat(device()).as("it was there").isEqualTo("lan");
        building.inForce(address(LOCAL + "/32", "lan"));
        building.drafting.draining.clear();
        assertThat(device()).as("its interface is").isEqualTo("lan");
        building.inForce(new Change.RemoveAddress(address(LOCAL + "/32", "lan").address()));
        building.drafting.draining.clear();
        assertThat(device()).as("nobody knows").isEqualTo("?");
        building.inForce(added(of(TLS)));
        assertThat(device()).as("another service lists it").isEqualTo("lan");
    }

    private String device() {
        return web().localAddresses().getFirst().address().device();
    }

    private List<String> addresses() {
        return source().read().addresses().stream()
                .map(each ->
                        "%s: %d services, %d of %d"
                                .formatted(
                                        each.address(),
                                        each.services(),
                                        each.ports().inUse(),
                                        each.ports().capacity() / PORTS))
                .toList();
    }

    /// Over all services, former ones too.
    @Test
    void anAddressHasThePortsOfAllServicesThatUseIt() {
        building.inForce(
                added(of(WEB).withLocalAddress(local(LOCAL6, "lan"))),
                added(of(TLS)),
                address("192.0.2.1/24", "wan"));
        connections(0, building.built(WEB).localSlot(0), 3);
        connections(0, building.built(TLS).localSlot(0), 40);
        connections(0, building.built(WEB).localSlot(1), 5);
        assertThat(addresses())
                .containsExactlyInAnyOrder(
                        "10.0.1.100/32 dev lan: 2 services, 43 of 2",
                        "192.0.2.1/24 dev wan: 0 services, 0 of 0",
                        "2001:db8:1::64/128 dev lan: 1 services, 5 of 1");
        building.inForce(drop(LOCAL), drop(LOCAL6));
        assertThat(addresses())
                .containsExactlyInAnyOrder(
                        "10.0.1.100/32 dev lan: 1 services, 43 of 2",
                        "192.0.2.1/24 dev wan: 0 services, 0 of 0",
                        "2001:db8:1::64/128 dev lan: 0 services, 5 of 1");
        assertThat(source().read(1).addresses().getFirst().ports().inUse()).isZero();
    }

    @Test
    void generatedAddressesAreShown() {
        NetworkView.Own own =
                new NetworkView.Own(ip("fe80::7").high(), ip("fe80::7").low(), 64, 1, false);
        assertThat(source(own).read().addresses())
                .singleElement()
                .satisfies(each ->
                        assertThat(each.address().toString()).isEqualTo("fe80::7/64 dev lan"))
                .matches(AddressStatus::generated);
    }

    @Test
    void routesAreShownLongestFirstAndNeighboursByAddress() {
        MacAddress mac = MacAddress.parse("02:00:00:00:00:51");
        building.inForce(
                new Change.AddRoute(Route.onLink("0.0.0.0/0", "wan")),
                new Change.AddRoute(Route.onLink("10.8.0.0/16", "lan")),
                new Change.AddRoute(Route.onLink("10.7.0.0/16", "lan")),
                new Change.AddRoute(Route.onLink("10.9.1.0/24", "lan")),
                new Change.SetNeighbour(new Neighbour(ip("10.0.1.12"), mac, "lan")),
                new Change.SetNeighbour(new Neighbour(ip("10.0.1.11"), mac, "lan")),
                new Change.SetNeighbour(new Neighbour(ip("10.0.1.13"), mac, "lan")));
        BalancerStatus status = source().read();
        assertThat(status.routes())
                .extracting(each -> each.destination().toString())
                .containsExactly("10.9.1.0/24", "10.7.0.0/16", "10.8.0.0/16", "0.0.0.0/0");
        assertThat(status.neighbours())
                .extracting(each -> each.address().toString())
                .containsExactly("10.0.1.11", "10.0.1.12", "10.0.1.13");
        assertThat(status.revision()).isEqualTo(1);
    }

    @Test
    void theStateItselfIsThere() {
        building.inForce(added(of(WEB)));
        assertThat(source().desired()).isSameAs(building.drafting.before().desired());
        assertThat(source().built()).containsExactly(building.built(WEB));
        assertThat(source().read().services()).hasSize(1);
        assertThat(source().device(1)).isEqualTo("lan");
        assertThat(source().device(0)).isEqualTo("wan");
        assertThat(source().device(2)).isEqualTo("?");
    }

    @Test
    void connectionsOfAServerAreThoseOfItAsAnySort() {
        building.inForce(added(withSorry(of(WEB))));
        StatusSource source = source();
        ServiceBuilder.Built built = building.built(WEB);
        count(0, built.serverSlot(0), TrafficTable.ACTIVE, 2);
        count(1, built.serverSlot(0), TrafficTable.INACTIVE, 3);
        count(0, built.sorrySlot(), TrafficTable.INACTIVE, 7);
        assertThat(source.connectionsOf(WEB, FIRST.endpoint())).isEqualTo(5);
        assertThat(source.connectionsOf(WEB, SORRY)).isEqualTo(7);
        assertThat(source.connectionsOf(WEB, SECOND.endpoint())).isZero();
        assertThat(source.connectionsOf(TLS, FIRST.endpoint())).isZero();
        building.inForce(drop(FIRST));
        assertThat(source().connectionsOf(WEB, FIRST.endpoint())).isEqualTo(5);
    }

    @Test
    void connectionsByALocalAddressAreItsServices() {
        building.inForce(added(of(WEB)), added(of(TLS)));
        connections(0, building.built(WEB).localSlot(0), 2);
        connections(1, building.built(WEB).localSlot(0), 3);
        connections(1, building.built(TLS).localSlot(0), 7);
        assertThat(source().connectionsBy(WEB, ip(LOCAL))).isEqualTo(5);
        assertThat(source().connectionsBy(TLS, ip(LOCAL))).isEqualTo(7);
        assertThat(source().connectionsBy(WEB, ip(LOCAL6))).isZero();
    }

    private long read(ServiceKey key, StatusSource source) {
        ServiceReading reading = requireNonNull(source.reading(key));
        return reading.sum(TrafficTable.IN_PACKETS) + reading.base().inPackets();
    }

    /// What a reader of counters sees is what the status shows, at each time.
    @Test
    void readingsCountWhatTheStatusShows() {
        building.inForce(added(withSorry(of(WEB))), added(of(TLS)));
        ServiceBuilder.Built built = building.built(WEB);
        traffic(0, built.serverSlot(0), 1);
        traffic(1, built.serverSlot(1), 10);
        traffic(1, built.sorrySlot(), 100);
        traffic(1, building.built(TLS).serverSlot(1), 1_000);
        assertThat(read(WEB, source())).isEqualTo(222);
        building.inForce(drop(SECOND));
        StatusSource draining = source();
        assertThat(read(WEB, draining)).isEqualTo(222);
        traffic(0, built.serverSlot(1), 20);
        assertThat(read(WEB, draining)).as("it goes on").isEqualTo(262);
        resources.reclaim(key -> true);
        assertThat(read(WEB, source())).isEqualTo(262);
        building.inForce(new Change.ZeroCounters(Optional.of(WEB)));
        assertThat(read(WEB, source())).isZero();
        assertThat(read(TLS, source())).isEqualTo(2_000);
    }
}
