package io.fullnat.core.control;

import io.fullnat.api.IpAddress;
import io.fullnat.api.IpPrefix;
import io.fullnat.api.control.AddressStatus;
import io.fullnat.api.control.BalancerStatus;
import io.fullnat.api.network.InterfaceAddress;
import io.fullnat.api.network.Neighbour;
import io.fullnat.api.network.Route;
import io.fullnat.api.service.LocalAddress;
import io.fullnat.api.service.LocalAddressStatus;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.RealServerStatus;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.ServiceStatus;
import io.fullnat.api.service.TrafficCounts;
import io.fullnat.api.service.VirtualService;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// What a reader needs to show the state that one transaction left: an immutable picture of names
/// and slots, and the workers' counters behind it. Read by any thread.
final class StatusSource {
    private final long revision;
    private final WishedState state;
    private final Map<IpAddress, String> draining;
    private final Map<IpAddress, Integer> localSlots;
    private final Map<Resources.ServerName, Integer> serverSlots = new HashMap<>();
    private final Map<ServiceKey, List<Integer>> leftOverSlots = new HashMap<>();
    private final Map<ServiceKey, TrafficCounts> retired = new HashMap<>();
    private final Resources counters;

    /// Taken on the control thread.
    StatusSource(
            long revision,
            WishedState state,
            Map<IpAddress, String> draining,
            Map<IpAddress, Integer> localSlots,
            Resources resources) {
        this.revision = revision;
        this.state = state;
        this.draining = Map.copyOf(draining);
        this.localSlots = Map.copyOf(localSlots);
        this.counters = resources;
        for (VirtualService service : state.services().values()) {
            for (RealServer server : service.realServers()) {
                Resources.ServerName name =
                        new Resources.ServerName(service.key(), server.endpoint());
                serverSlots.put(name, resources.servers().find(name));
            }
            retired.put(service.key(), resources.retiredTraffic(service.key()));
        }
        resources
                .servers()
                .forEachLeftOver((name, slot) ->
                        leftOverSlots
                                .computeIfAbsent(name.service(), k -> new ArrayList<>())
                                .add(slot));
    }

    BalancerStatus read() {
        List<Route> routes = new ArrayList<>(state.routes().values());
        routes.sort(
                Comparator.comparingInt((Route route) -> -route.destination().length())
                        .thenComparing(route -> route.destination().address()));
        List<Neighbour> neighbours = new ArrayList<>(state.neighbours().values());
        neighbours.sort(Comparator.comparing(Neighbour::address));
        return new BalancerStatus(
                revision,
                state.services().values().stream().map(this::service).toList(),
                addresses(),
                routes,
                neighbours);
    }

    private ServiceStatus service(VirtualService service) {
        List<RealServerStatus> servers = new ArrayList<>();
        ServiceKey key = service.key();
        TrafficCounts total = retired.getOrDefault(key, TrafficCounts.ZERO);
        for (int slot : leftOverSlots.getOrDefault(key, List.of())) {
            total = total.plus(counters.traffic(slot));
        }
        for (RealServer server : service.realServers()) {
            int slot =
                    serverSlots.getOrDefault(new Resources.ServerName(key, server.endpoint()), -1);
            TrafficCounts traffic = counters.traffic(slot);
            total = total.plus(traffic);
            servers.add(
                    new RealServerStatus(
                            server, counters.active(slot), counters.inactive(slot), traffic));
        }
        List<LocalAddressStatus> locals = new ArrayList<>();
        for (LocalAddress local : service.localAddresses()) {
            int slot = localSlots.getOrDefault(local.address(), -1);
            locals.add(
                    new LocalAddressStatus(
                            local, counters.localConnections(slot), counters.localMisses(slot)));
        }
        return new ServiceStatus(service, servers, locals, total);
    }

    private List<AddressStatus> addresses() {
        Map<IpAddress, AddressStatus> all = new TreeMap<>();
        draining.forEach((ip, device) -> all.put(ip, local(ip, device, 0)));
        state.locals().forEach((ip, use) -> all.put(ip, local(ip, use.device(), use.services())));
        state.addresses()
                .forEach((ip, address) -> {
                    AddressStatus local = all.get(ip);
                    int services = local == null ? 0 : local.services();
                    long connections = local == null ? 0 : local.connections();
                    all.put(ip, new AddressStatus(address, true, services, connections));
                });
        return List.copyOf(all.values());
    }

    private AddressStatus local(IpAddress ip, String device, int services) {
        int slot = localSlots.getOrDefault(ip, -1);
        long connections = slot < 0 ? 0 : counters.localConnections(slot);
        InterfaceAddress address = new InterfaceAddress(new IpPrefix(ip, ip.bitLength()), device);
        return new AddressStatus(address, false, services, connections);
    }
}
