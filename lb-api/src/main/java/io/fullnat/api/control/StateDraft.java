// SPDX-License-Identifier: Apache-2.0
package io.fullnat.api.control;

import static io.fullnat.api.ErrorCode.ACCESS_RULE_EXISTS;
import static io.fullnat.api.ErrorCode.ADDRESS_EXISTS;
import static io.fullnat.api.ErrorCode.LOCAL_ADDRESS_EXISTS;
import static io.fullnat.api.ErrorCode.NO_ACCESS_RULE;
import static io.fullnat.api.ErrorCode.NO_ADDRESS;
import static io.fullnat.api.ErrorCode.NO_LOCAL_ADDRESS;
import static io.fullnat.api.ErrorCode.NO_NEIGHBOUR;
import static io.fullnat.api.ErrorCode.NO_REAL_SERVER;
import static io.fullnat.api.ErrorCode.NO_ROUTE;
import static io.fullnat.api.ErrorCode.REAL_SERVER_EXISTS;
import static io.fullnat.api.ErrorCode.ROUTE_EXISTS;
import static io.fullnat.api.ErrorCode.SERVICE_EXISTS;
import static java.util.Objects.requireNonNull;

import io.fullnat.api.BalancerException;
import io.fullnat.api.Endpoint;
import io.fullnat.api.ErrorCode;
import io.fullnat.api.IpAddress;
import io.fullnat.api.IpPrefix;
import io.fullnat.api.network.AddressKey;
import io.fullnat.api.network.InterfaceAddress;
import io.fullnat.api.network.Neighbour;
import io.fullnat.api.network.Route;
import io.fullnat.api.service.AccessRule;
import io.fullnat.api.service.LocalAddress;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.Timeouts;
import io.fullnat.api.service.VirtualService;
import io.fullnat.api.set.IpSet;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;

/// A copy of a desired state that changes are applied to, one after the other, each seeing those
/// before it. Making one costs as much as copying the state, a change as much as looking up what it
/// is about.
///
/// It knows what the state says, and no more: whether an object that a change adds, edits or
/// removes is there. What only the balancer knows – its ports, its schedulers, what an address may
/// be beside what it is ([AddressRules]), what still drains – it does not ask.
///
/// **Thread-safety:** none.
public final class StateDraft {
    private final TreeMap<ServiceKey, VirtualService> services;
    private final TreeMap<AddressKey, InterfaceAddress> addresses;
    private final Map<IpPrefix, Route> routes;
    private final Map<Place, Neighbour> neighbours = new LinkedHashMap<>();
    private final NavigableMap<ServiceKey, VirtualService> servicesView;
    private final NavigableMap<AddressKey, InterfaceAddress> addressesView;
    private final SetDrafts sets;
    private Timeouts timeouts;
    private LeftoverPolicy leftovers;
    private boolean finished;

    /// What names a static neighbour.
    private record Place(IpAddress address, String device) {
        static Place of(Neighbour neighbour) {
            return new Place(neighbour.address(), neighbour.device());
        }
    }

    StateDraft(DesiredState state) {
        services = new TreeMap<>(state.services());
        addresses = new TreeMap<>(state.addresses());
        servicesView = Collections.unmodifiableNavigableMap(services);
        addressesView = Collections.unmodifiableNavigableMap(addresses);
        routes = new HashMap<>(state.routes());
        state.neighbours().forEach(neighbour -> neighbours.put(Place.of(neighbour), neighbour));
        timeouts = state.timeouts();
        leftovers = state.leftovers();
        sets = new SetDrafts(state.sets());
    }

    /// Applies a change: the only place where one is.
    ///
    /// @param change any; one that is only about connections, counts or resolved neighbours leaves
    ///   the state as it is
    /// @throws BalancerException if what it adds is there, or what it is about is not; then the
    ///   draft is as before
    public void apply(Change change) {
        if (finished) {
            throw new IllegalStateException("the state has been taken; begin another draft");
        }
        switch (requireNonNull(change, "change")) {
            case Change.AddService add -> addService(add.service());
            case Change.ReplaceService to -> {
                service(to.service().key());
                put(to.service());
            }
            case Change.EditService edit ->
                    put(
                            service(edit.key()).toBuilder()
                                    .scheduler(edit.scheduler())
                                    .connectionTimeout(edit.connectionTimeout())
                                    .build());
            case Change.SetFrontends set -> put(service(set.key()).withFrontends(set.frontends()));
            case Change.SetPolicy set -> put(service(set.key()).withPolicy(set.policy()));
            case Change.SetTimeouts set -> timeouts = set.timeouts();
            case Change.SetLeftovers set -> leftovers = set.policy();
            case Change.RemoveService remove -> services.remove(service(remove.key()).key());
            case Change.AddRealServer add -> addServer(service(add.key()), add.server());
            case Change.EditRealServer edit -> editServer(service(edit.key()), edit.server());
            case Change.RemoveRealServer remove ->
                    removeServer(service(remove.key()), remove.endpoint());
            case Change.AddLocalAddress add -> addLocal(service(add.key()), add.address());
            case Change.RemoveLocalAddress remove ->
                    removeLocal(service(remove.key()), remove.address());
            case Change.FlushLocalAddresses flush ->
                    put(service(flush.key()).withLocalAddresses(List.of()));
            case Change.AddAccessRule add -> addRule(service(add.key()), add.rule());
            case Change.RemoveAccessRule remove -> removeRule(service(remove.key()), remove.rule());
            case Change.ZeroCounters zero -> zero.key().ifPresent(this::service);
            case Change.AddAddress add -> addAddress(add.address());
            case Change.RemoveAddress remove -> removeAddress(remove.address());
            case Change.AddRoute add -> addRoute(add.route());
            case Change.RemoveRoute remove -> removeRoute(remove.destination().network());
            case Change.SetNeighbour set ->
                    neighbours.put(Place.of(set.neighbour()), set.neighbour());
            case Change.RemoveNeighbour remove ->
                    removeNeighbour(remove.address(), remove.device());
            case Change.EndConnections ignored -> {}
            case Change.RemoveTemplates ignored -> {}
            case Change.FlushNeighbours ignored -> {}
            case Change.CreateSet create -> sets.create(create.set());
            case Change.ReplaceSet replace -> sets.replace(replace.set());
            case Change.DestroySet destroy -> sets.destroy(destroy.name());
            case Change.AddSetMembers add -> sets.add(add);
            case Change.RemoveSetMembers remove -> sets.remove(remove);
            case Change.FlushSet flush -> sets.flush(flush.name());
            case Change.RenameSet rename -> sets.rename(rename.name(), rename.to());
            case Change.SwapSets swap -> sets.swap(swap.name(), swap.other());
        }
    }

    private void put(VirtualService service) {
        services.put(service.key(), service);
    }

    private void addService(VirtualService service) {
        if (services.containsKey(service.key())) {
            throw error(SERVICE_EXISTS, "service " + service.key() + " already exists");
        }
        put(service);
    }

    private void addServer(VirtualService service, RealServer server) {
        if (indexOf(service, server.endpoint()) >= 0) {
            throw error(
                    REAL_SERVER_EXISTS,
                    "real server "
                            + server.endpoint()
                            + " of "
                            + service.key()
                            + " already exists");
        }
        put(service.withRealServer(server));
    }

    private void editServer(VirtualService service, RealServer server) {
        List<RealServer> servers = new ArrayList<>(service.realServers());
        servers.set(requireServer(service, server.endpoint()), server);
        put(service.withRealServers(servers));
    }

    private void removeServer(VirtualService service, Endpoint endpoint) {
        List<RealServer> servers = new ArrayList<>(service.realServers());
        servers.remove(requireServer(service, endpoint));
        put(service.withRealServers(servers));
    }

    private static int requireServer(VirtualService service, Endpoint endpoint) {
        int index = indexOf(service, endpoint);
        if (index < 0) {
            throw error(
                    NO_REAL_SERVER,
                    endpoint
                            + " is not a real server of "
                            + service.key()
                            + "; it has "
                            + names(
                                    service.realServers().stream()
                                            .map(RealServer::endpoint)
                                            .toList()));
        }
        return index;
    }

    private static int indexOf(VirtualService service, Endpoint endpoint) {
        List<RealServer> servers = service.realServers();
        for (int i = 0; i < servers.size(); i++) {
            if (servers.get(i).endpoint().equals(endpoint)) {
                return i;
            }
        }
        return -1;
    }

    private void addLocal(VirtualService service, LocalAddress local) {
        if (lists(service, local.address())) {
            throw error(
                    LOCAL_ADDRESS_EXISTS,
                    "local address "
                            + local.address()
                            + " of "
                            + service.key()
                            + " already exists");
        }
        put(service.withLocalAddress(local));
    }

    private void removeLocal(VirtualService service, IpAddress address) {
        List<LocalAddress> listed = service.localAddresses();
        if (!lists(service, address)) {
            throw error(
                    NO_LOCAL_ADDRESS,
                    address
                            + " is not a local address of "
                            + service.key()
                            + "; it has "
                            + names(listed.stream().map(LocalAddress::address).toList()));
        }
        put(
                service.withLocalAddresses(
                        listed.stream()
                                .filter(local -> !local.address().equals(address))
                                .toList()));
    }

    private static boolean lists(VirtualService service, IpAddress address) {
        return service.localAddresses().stream().anyMatch(local -> local.address().equals(address));
    }

    private void addRule(VirtualService service, AccessRule rule) {
        List<AccessRule> rules = new ArrayList<>(service.accessRules());
        if (rules.contains(rule)) {
            throw error(
                    ACCESS_RULE_EXISTS,
                    "access rule \"" + rule + "\" of " + service.key() + " already exists");
        }
        rules.add(rule);
        put(service.withAccessRules(rules));
    }

    private void removeRule(VirtualService service, AccessRule rule) {
        List<AccessRule> rules = new ArrayList<>(service.accessRules());
        if (!rules.remove(rule)) {
            throw error(
                    NO_ACCESS_RULE,
                    service.key() + " has no access rule \"" + rule + "\"; it has " + names(rules));
        }
        put(service.withAccessRules(rules));
    }

    private void addAddress(InterfaceAddress address) {
        IpAddress ip = address.prefix().address();
        InterfaceAddress there = addresses.putIfAbsent(address.key(), address);
        boolean ends =
                !address.lifetime().isForever() || (there != null && !there.lifetime().isForever());
        if (there != null && ends && there.isSame(address)) {
            addresses.put(address.key(), address);
        } else if (there != null) {
            throw error(ADDRESS_EXISTS, "address " + ip + " already exists, as " + there);
        }
    }

    private void removeAddress(InterfaceAddress address) {
        InterfaceAddress there = addresses.get(address.key());
        boolean same =
                there != null
                        && there.prefix().equals(address.prefix())
                        && there.device().equals(address.device());
        if (!same) {
            throw error(NO_ADDRESS, address.device() + " has no address " + address.prefix());
        }
        addresses.remove(address.key());
    }

    private void addRoute(Route route) {
        Route there = routes.putIfAbsent(route.destination(), route);
        if (there != null) {
            throw error(ROUTE_EXISTS, "route " + route.destination() + " already exists: " + there);
        }
    }

    private void removeRoute(IpPrefix destination) {
        if (routes.remove(destination) == null) {
            throw error(NO_ROUTE, "no static route to " + destination);
        }
    }

    private void removeNeighbour(IpAddress address, String device) {
        if (neighbours.remove(new Place(address, device)) == null) {
            throw error(NO_NEIGHBOUR, device + " has no static neighbour " + address);
        }
    }

    /// A service that must be there.
    ///
    /// @param key of which
    /// @return as the changes have left it
    /// @throws BalancerException [ErrorCode#NO_SERVICE]
    public VirtualService service(ServiceKey key) {
        return DesiredState.require(services, key);
    }

    /// All services.
    ///
    /// @return by key; a view of what the changes have left, to read only
    public NavigableMap<ServiceKey, VirtualService> services() {
        return servicesView;
    }

    /// Interface addresses that were added as such.
    ///
    /// @return by address; a view of what the changes have left, to read only
    public NavigableMap<AddressKey, InterfaceAddress> addresses() {
        return addressesView;
    }

    /// Static routes.
    ///
    /// @return by destination; a view of what the changes have left, to read only
    public Map<IpPrefix, Route> routes() {
        return Collections.unmodifiableMap(routes);
    }

    /// Static neighbours.
    ///
    /// @return a view of what the changes have left, to read only
    public Collection<Neighbour> neighbours() {
        return Collections.unmodifiableCollection(neighbours.values());
    }

    /// Idle times of services that say nothing.
    ///
    /// @return those that differ from the defaults
    public Timeouts timeouts() {
        return timeouts;
    }

    /// What becomes of packets that no service explains.
    ///
    /// @return all of it
    public LeftoverPolicy leftovers() {
        return leftovers;
    }

    /// Sets.
    ///
    /// @return by name; what the changes have left, to read only
    /// @throws BalancerException [ErrorCode#INVALID_ARGUMENT] if one of them cannot be
    public SortedMap<String, IpSet> sets() {
        return sets.all();
    }

    /// The state that the changes have left. Ends the draft: no further change can be applied.
    ///
    /// @param revision of the state
    /// @return a state that shares what the draft holds
    public DesiredState state(long revision) {
        finished = true;
        return new DesiredState(
                revision,
                services,
                addresses,
                routes,
                List.copyOf(neighbours.values()),
                timeouts,
                sets.all(),
                leftovers);
    }

    private static String names(List<?> values) {
        return values.isEmpty()
                ? "none"
                : values.stream().map(String::valueOf).collect(Collectors.joining(", "));
    }

    private static BalancerException error(ErrorCode code, String message) {
        return new BalancerException(code, message);
    }
}
