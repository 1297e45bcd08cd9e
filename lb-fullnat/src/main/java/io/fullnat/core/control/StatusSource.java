// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.control;

import io.fullnat.api.Clock;
import io.fullnat.api.Endpoint;
import io.fullnat.api.IpAddress;
import io.fullnat.api.control.BalancerStatus;
import io.fullnat.api.control.DesiredState;
import io.fullnat.api.health.ServerHealth;
import io.fullnat.api.network.AddressKey;
import io.fullnat.api.network.InterfaceAddress;
import io.fullnat.api.network.Neighbour;
import io.fullnat.api.network.Route;
import io.fullnat.api.service.Handshakes;
import io.fullnat.api.service.LocalAddress;
import io.fullnat.api.service.LocalAddressStatus;
import io.fullnat.api.service.PortUsage;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.RealServerStatus;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.ServiceStatus;
import io.fullnat.api.service.TrafficCounts;
import io.fullnat.api.service.TrafficRates;
import io.fullnat.api.service.VirtualService;
import io.fullnat.core.health.HealthMonitor;
import io.fullnat.core.limit.AnswerTimes;
import io.fullnat.core.stack.NetworkView;
import io.fullnat.core.worker.WorkerSet;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/// What a reader needs to show the state that one transaction left: an immutable picture of names
/// and slots, and the workers' counters behind it. Read by any thread.
final class StatusSource {
    private final DesiredTables state;
    private final Map<ServiceKey, ServiceBuilder.Built> built;
    private final Map<IpAddress, String> draining;
    private final Map<ServiceKey, List<Integer>> formerServers = new HashMap<>();
    private final Map<ServiceKey, List<DrainingLocal>> formerLocals = new HashMap<>();
    private final Map<ServiceKey, TrafficByWorker> retired;
    private final List<String> deviceNames;
    private final AddressLister addresses;
    private final Counts counts;
    private final Resources resources;
    private final WorkerSet workers;
    private final HealthMonitor health;
    private final Clock clock;
    private final Map<ServiceKey, ServiceReading> readings = new HashMap<>();

    private record DrainingLocal(IpAddress address, int slot) {}

    /// Taken on the control thread.
    ///
    /// @param built by service; not changed after
    /// @param draining addresses that no service lists, with their devices; not changed after
    /// @param generated link-local addresses that nobody has configured
    StatusSource(
            DesiredTables state,
            Map<ServiceKey, ServiceBuilder.Built> built,
            Map<IpAddress, String> draining,
            List<NetworkView.Own> generated,
            Resources resources,
            HealthMonitor health,
            Clock clock,
            List<String> deviceNames) {
        this.health = health;
        this.clock = clock;
        this.state = state;
        this.built = built;
        this.draining = draining;
        this.deviceNames = deviceNames;
        retired = resources.retiredTraffic();
        counts = resources.counts();
        this.resources = resources;
        workers = resources.workers();
        addresses =
                new AddressLister(state, draining, generated, deviceNames, workers.addressStates());
        resources
                .servers()
                .forEachUnreferenced((name, slot) ->
                        formerServers
                                .computeIfAbsent(name.service(), k -> new ArrayList<>())
                                .add(slot));
        resources
                .locals()
                .forEachUnreferenced((name, slot) ->
                        formerLocals
                                .computeIfAbsent(name.service(), k -> new ArrayList<>())
                                .add(new DrainingLocal(name.address(), slot)));
        built.forEach((key, known) -> readings.put(key, reading(known)));
    }

    DesiredState desired() {
        return state.desired();
    }

    /// The name of a device.
    String device(int index) {
        return index < deviceNames.size() ? deviceNames.get(index) : "?";
    }

    /// The services in force.
    Collection<ServiceBuilder.Built> built() {
        return built.values();
    }

    /// Over all workers.
    BalancerStatus read() {
        return read(counts.all());
    }

    /// As one worker counted.
    ///
    /// @throws io.fullnat.api.BalancerException if there is none of this number
    BalancerStatus read(int worker) {
        return read(counts.one(worker));
    }

    private BalancerStatus read(WorkerChoice choice) {
        List<Route> routes = new ArrayList<>(state.desired().routes().values());
        routes.sort(
                Comparator.comparingInt((Route route) -> -route.destination().length())
                        .thenComparing(route -> route.destination().address()));
        List<Neighbour> neighbours = new ArrayList<>(state.desired().neighbours());
        neighbours.sort(Comparator.comparing(Neighbour::address));
        List<ServiceStatus> services = new ArrayList<>(built.size());
        for (ServiceBuilder.Built known : built.values()) {
            services.add(service(known, choice));
        }
        return new BalancerStatus(
                state.desired().revision(),
                services,
                addresses.list(usageByAddress(services, choice), clock.nanoTime()),
                routes,
                neighbours);
    }

    /// Where the counts of a service are; null if there is no such service.
    @Nullable ServiceReading reading(ServiceKey key) {
        return readings.get(key);
    }

    private ServiceReading reading(ServiceBuilder.Built known) {
        ServiceKey key = known.service().key();
        List<Integer> former = formerServers.getOrDefault(key, List.of());
        int servers = ServiceBuilder.servers(known.service()).size();
        int[] slots = new int[servers + former.size()];
        TrafficByWorker gone = retired.get(key);
        TrafficCounts base = gone == null ? TrafficCounts.ZERO : gone.sum(counts.all());
        for (int i = 0; i < slots.length; i++) {
            slots[i] = i < servers ? known.serverSlot(i) : former.get(i - servers);
            base = base.minus(counts.zeroed(slots[i]));
        }
        return new ServiceReading(workers, slots, base);
    }

    /// Connections of a service's server, real and sorry, also one that it no longer has.
    long connectionsOf(ServiceKey key, Endpoint server) {
        return connections(Resources.ServerName.real(key, server))
                + connections(Resources.ServerName.sorry(key, server));
    }

    private long connections(Resources.ServerName name) {
        int slot = resources.servers().find(name);
        WorkerChoice all = counts.all();
        return slot < 0 ? 0 : counts.active(slot, all) + counts.inactive(slot, all);
    }

    /// Connections of a service by a local address, also one that it no longer has.
    long connectionsBy(ServiceKey key, IpAddress address) {
        int slot = resources.locals().find(new Resources.LocalName(key, address));
        return slot < 0 ? 0 : counts.localConnections(slot, counts.all());
    }

    Optional<ServiceStatus> read(ServiceKey key) {
        return Optional.ofNullable(built.get(key)).map(known -> service(known, counts.all()));
    }

    private ServiceStatus service(ServiceBuilder.Built known, WorkerChoice choice) {
        VirtualService service = known.service();
        ServiceKey key = service.key();
        TrafficByWorker former = retired.isEmpty() ? null : retired.get(key);
        TrafficCounts total = former == null ? TrafficCounts.ZERO : former.sum(choice);
        TrafficRates rates = TrafficRates.ZERO;
        for (int slot : formerServers(key)) {
            total = total.plus(counts.traffic(slot, choice));
            rates = rates.plus(counts.rates(slot, choice));
        }
        long now = clock.nanoTime();
        HealthMonitor.Healths healths = health.of(key);
        boolean compared = known.entry(0).measuresAnswers();
        List<RealServerStatus> servers = new ArrayList<>(service.realServers().size());
        for (RealServer server : service.realServers()) {
            int slot = known.serverSlot(servers.size());
            ServerHealth how = healths.of(server.endpoint(), now);
            RealServerStatus status = server(server, slot, how, answers(slot, compared), choice);
            total = total.plus(status.traffic());
            rates = rates.plus(status.rates());
            servers.add(status);
        }
        Optional<RealServerStatus> sorry = sorry(known, healths.ofSorry(now), choice);
        if (sorry.isPresent()) {
            total = total.plus(sorry.get().traffic());
            rates = rates.plus(sorry.get().rates());
        }
        return new ServiceStatus(
                service,
                servers,
                locals(known, choice),
                total,
                rates,
                healths.together(),
                counts.refusals().of(known.slot(), choice),
                halfOpen(known),
                sorry);
    }

    private RealServerStatus server(
            RealServer server, int slot, ServerHealth how, int answers, WorkerChoice choice) {
        return new RealServerStatus(
                server,
                counts.active(slot, choice),
                counts.inactive(slot, choice),
                counts.traffic(slot, choice),
                counts.rates(slot, choice),
                how,
                choice.total() ? counts.handshakes().of(slot) : Handshakes.NONE,
                answers);
    }

    /// What a scheduler compares of a server, in microseconds; 0 of others.
    private int answers(int slot, boolean compared) {
        AnswerTimes answers = workers.limits().answerTimes();
        return compared ? answers.micros(slot, clock.nanoTime() - workers.epochNs()) : 0;
    }

    private Optional<RealServerStatus> sorry(
            ServiceBuilder.Built known, ServerHealth how, WorkerChoice choice) {
        int slot = known.sorrySlot();
        return slot < 0
                ? Optional.empty()
                : known.service()
                        .policy()
                        .health()
                        .sorryServer()
                        .map(sorry -> server(RealServer.of(sorry), slot, how, 0, choice));
    }

    /// Mostly there are none.
    private List<Integer> formerServers(ServiceKey key) {
        return formerServers.isEmpty() ? List.of() : formerServers.getOrDefault(key, List.of());
    }

    private OptionalLong halfOpen(ServiceBuilder.Built known) {
        boolean counted =
                known.service().policy().limits().halfOpen() > 0 || known.entry(0).countsHalfOpen();
        return counted
                ? OptionalLong.of(workers.limits().halfOpen().count(known.slot()))
                : OptionalLong.empty();
    }

    private List<LocalAddressStatus> locals(ServiceBuilder.Built known, WorkerChoice choice) {
        VirtualService service = known.service();
        List<LocalAddressStatus> locals = new ArrayList<>(service.localAddresses().size());
        for (LocalAddress local : service.localAddresses()) {
            int index = locals.size();
            PortUsage ports = counts.ports(known.localSlot(index), known.serversOf(index), choice);
            locals.add(new LocalAddressStatus(local, false, ports));
        }
        if (formerLocals.isEmpty()) {
            return locals;
        }
        for (DrainingLocal former : formerLocals.getOrDefault(service.key(), List.of())) {
            if (counts.localConnections(former.slot, counts.all()) > 0) {
                LocalAddress local = new LocalAddress(former.address, deviceOf(former.address));
                PortUsage ports = counts.ports(former.slot, 0, choice);
                locals.add(new LocalAddressStatus(local, true, ports));
            }
        }
        return locals;
    }

    private String deviceOf(IpAddress address) {
        DesiredTables.LocalUse used = state.locals().get(address);
        if (used != null) {
            return used.device();
        }
        InterfaceAddress explicit = state.desired().addresses().get(AddressKey.of(address));
        return explicit != null ? explicit.device() : draining.getOrDefault(address, "?");
    }

    /// Over all services. A pair of local address and real server that two services share counts
    /// for each of them.
    private Map<IpAddress, PortUsage> usageByAddress(
            List<ServiceStatus> services, WorkerChoice choice) {
        Map<IpAddress, PortUsage> usage = new HashMap<>();
        for (ServiceStatus service : services) {
            for (LocalAddressStatus local : service.localAddresses()) {
                if (!local.draining()) {
                    usage.merge(local.address().address(), local.ports(), PortUsage::plus);
                }
            }
        }
        formerLocals
                .values()
                .forEach(formers ->
                        formers.forEach(former ->
                                usage.merge(
                                        former.address,
                                        counts.ports(former.slot, 0, choice),
                                        PortUsage::plus)));
        return usage;
    }
}
