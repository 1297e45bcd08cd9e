package io.fullnat.core.control;

import static io.fullnat.api.ErrorCode.ADDRESS_EXISTS;
import static io.fullnat.api.ErrorCode.ADDRESS_IN_USE;
import static io.fullnat.api.ErrorCode.INVALID_ARGUMENT;
import static io.fullnat.api.ErrorCode.LOCAL_ADDRESS_EXISTS;
import static io.fullnat.api.ErrorCode.NO_ADDRESS;
import static io.fullnat.api.ErrorCode.NO_LOCAL_ADDRESS;
import static io.fullnat.api.ErrorCode.NO_NEIGHBOUR;
import static io.fullnat.api.ErrorCode.NO_REAL_SERVER;
import static io.fullnat.api.ErrorCode.NO_ROUTE;
import static io.fullnat.api.ErrorCode.NO_SERVICE;
import static io.fullnat.api.ErrorCode.REAL_SERVER_EXISTS;
import static io.fullnat.api.ErrorCode.ROUTE_EXISTS;
import static io.fullnat.api.ErrorCode.SERVICE_EXISTS;

import io.fullnat.api.BalancerException;
import io.fullnat.api.Endpoint;
import io.fullnat.api.ErrorCode;
import io.fullnat.api.IpAddress;
import io.fullnat.api.IpPrefix;
import io.fullnat.api.Ipv4Address;
import io.fullnat.api.Protocol;
import io.fullnat.api.control.Change;
import io.fullnat.api.network.InterfaceAddress;
import io.fullnat.api.network.Neighbour;
import io.fullnat.api.network.Route;
import io.fullnat.api.service.LocalAddress;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.VirtualService;
import io.fullnat.core.schedule.Schedulers;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// Applies changes to a copy of the wished state, checking each against what those before it made.
/// Throws at the first that is wrong, and the copy is forgotten.
final class StateEditor {
    private final DeviceNames devices;
    private final Schedulers schedulers;
    private final NavigableMap<ServiceKey, VirtualService> services;
    private final NavigableMap<IpAddress, InterfaceAddress> addresses;
    private final Map<IpPrefix, Route> routes;
    private final Map<WishedState.NeighbourKey, Neighbour> neighbours;
    private final NavigableMap<IpAddress, WishedState.LocalUse> locals;

    StateEditor(WishedState state, DeviceNames devices, Schedulers schedulers) {
        this.devices = devices;
        this.schedulers = schedulers;
        services = new TreeMap<>(state.services());
        addresses = new TreeMap<>(state.addresses());
        routes = new HashMap<>(state.routes());
        neighbours = new HashMap<>(state.neighbours());
        locals = new TreeMap<>(state.locals());
    }

    WishedState result() {
        return new WishedState(services, addresses, routes, neighbours, locals);
    }

    void apply(Change change) {
        switch (change) {
            case Change.AddService(VirtualService service) -> addService(service);
            case Change.ReplaceService(VirtualService service) -> {
                removeService(service.key());
                addService(service);
            }
            case Change.RemoveService(ServiceKey key) -> removeService(key);
            case Change.AddRealServer(ServiceKey key, RealServer server) -> addServer(key, server);
            case Change.EditRealServer(ServiceKey key, RealServer server) ->
                    editServer(key, server);
            case Change.RemoveRealServer(ServiceKey key, Endpoint endpoint) ->
                    removeServer(key, endpoint);
            case Change.AddLocalAddress(ServiceKey key, LocalAddress local) -> addLocal(key, local);
            case Change.RemoveLocalAddress(ServiceKey key, IpAddress address) ->
                    removeLocal(key, address);
            case Change.AddAddress(InterfaceAddress address) -> addAddress(address);
            case Change.RemoveAddress(InterfaceAddress address) -> removeAddress(address);
            case Change.AddRoute(Route route) -> addRoute(route);
            case Change.RemoveRoute(IpPrefix destination) -> removeRoute(destination);
            case Change.SetNeighbour(Neighbour neighbour) -> setNeighbour(neighbour);
            case Change.RemoveNeighbour(IpAddress address, String device) ->
                    removeNeighbour(address, device);
        }
    }

    private void addService(VirtualService service) {
        ServiceKey key = service.key();
        if (services.containsKey(key)) {
            throw error(SERVICE_EXISTS, "service " + key + " is there already");
        }
        requireUnicast(key.endpoint().address(), "virtual address of " + key);
        schedulers.get(service.scheduler());
        if (locals.containsKey(key.endpoint().address())) {
            throw error(
                    ADDRESS_IN_USE,
                    key.endpoint().address() + " is a local address, it cannot be that of " + key);
        }
        services.put(key, service);
        service.localAddresses().forEach(local -> use(key, local));
    }

    private void removeService(ServiceKey key) {
        VirtualService service = service(key);
        services.remove(key);
        service.localAddresses().forEach(local -> release(local.address()));
    }

    private VirtualService service(ServiceKey key) {
        VirtualService service = services.get(key);
        if (service == null) {
            throw error(NO_SERVICE, "no service " + key);
        }
        return service;
    }

    private void addServer(ServiceKey key, RealServer server) {
        VirtualService service = service(key);
        if (indexOf(service, server.endpoint()) >= 0) {
            throw error(
                    REAL_SERVER_EXISTS,
                    "service " + key + " has real server " + server.endpoint() + " already");
        }
        services.put(key, service.withRealServer(server));
    }

    private void editServer(ServiceKey key, RealServer server) {
        VirtualService service = service(key);
        List<RealServer> servers = new ArrayList<>(service.realServers());
        servers.set(requireServer(service, server.endpoint()), server);
        services.put(key, service.withRealServers(servers));
    }

    private void removeServer(ServiceKey key, Endpoint endpoint) {
        VirtualService service = service(key);
        List<RealServer> servers = new ArrayList<>(service.realServers());
        servers.remove(requireServer(service, endpoint));
        services.put(key, service.withRealServers(servers));
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
                            + names(service.realServers().stream().map(RealServer::endpoint)));
        }
        return index;
    }

    private static int indexOf(VirtualService service, Endpoint endpoint) {
        return service.realServers().stream().map(RealServer::endpoint).toList().indexOf(endpoint);
    }

    private void addLocal(ServiceKey key, LocalAddress local) {
        VirtualService service = service(key);
        boolean there =
                service.localAddresses().stream()
                        .anyMatch(other -> other.address().equals(local.address()));
        if (there) {
            throw error(
                    LOCAL_ADDRESS_EXISTS,
                    local.address() + " is a local address of " + key + " already");
        }
        use(key, local);
        services.put(key, service.withLocalAddress(local));
    }

    private void removeLocal(ServiceKey key, IpAddress address) {
        VirtualService service = service(key);
        List<LocalAddress> left =
                service.localAddresses().stream()
                        .filter(local -> !local.address().equals(address))
                        .toList();
        if (left.size() == service.localAddresses().size()) {
            throw error(
                    NO_LOCAL_ADDRESS,
                    address
                            + " is not a local address of "
                            + key
                            + "; it has "
                            + names(left.stream().map(LocalAddress::address)));
        }
        release(address);
        services.put(key, service.withLocalAddresses(left));
    }

    private void use(ServiceKey key, LocalAddress local) {
        devices.require(local.device(), "local address " + local.address());
        requireUnicast(local.address(), "local address of " + key);
        InterfaceAddress explicit = addresses.get(local.address());
        WishedState.LocalUse used = locals.get(local.address());
        String device =
                used != null
                        ? used.device()
                        : explicit != null ? explicit.device() : local.device();
        if (!device.equals(local.device())) {
            throw error(
                    ADDRESS_IN_USE,
                    local.address() + " is on " + device + ", not on " + local.device());
        }
        if (isVirtual(local.address())) {
            throw error(
                    ADDRESS_IN_USE,
                    local.address() + " is a virtual address, it cannot be a local one of " + key);
        }
        int services = used == null ? 1 : used.services() + 1;
        locals.put(local.address(), new WishedState.LocalUse(device, services));
    }

    private boolean isVirtual(IpAddress address) {
        for (Protocol protocol : Protocol.values()) {
            ServiceKey first =
                    services.ceilingKey(new ServiceKey(protocol, new Endpoint(address, 1)));
            if (first != null
                    && first.protocol() == protocol
                    && first.endpoint().address().equals(address)) {
                return true;
            }
        }
        return false;
    }

    private void release(IpAddress address) {
        locals.computeIfPresent(
                address,
                (a, used) ->
                        used.services() == 1
                                ? null
                                : new WishedState.LocalUse(used.device(), used.services() - 1));
    }

    private void addAddress(InterfaceAddress address) {
        devices.require(address.device(), "address " + address.prefix());
        IpAddress ip = address.prefix().address();
        requireUnicast(ip, "interface address");
        InterfaceAddress there = addresses.get(ip);
        if (there != null) {
            throw error(ADDRESS_EXISTS, ip + " is there already, as " + there);
        }
        WishedState.LocalUse used = locals.get(ip);
        if (used != null && !used.device().equals(address.device())) {
            throw error(ADDRESS_IN_USE, ip + " is a local address on " + used.device());
        }
        addresses.put(ip, address);
    }

    private void removeAddress(InterfaceAddress address) {
        IpAddress ip = address.prefix().address();
        if (!address.equals(addresses.get(ip))) {
            throw error(NO_ADDRESS, address.device() + " has no address " + address.prefix());
        }
        WishedState.LocalUse used = locals.get(ip);
        if (used != null) {
            throw error(
                    ADDRESS_IN_USE,
                    ip + " is the local address of " + used.services() + " service(s)");
        }
        addresses.remove(ip);
    }

    private void addRoute(Route route) {
        devices.require(route.device(), "route " + route.destination());
        Route there = routes.get(route.destination());
        if (there != null) {
            throw error(ROUTE_EXISTS, "there is a route already: " + there);
        }
        route.gateway().ifPresent(gateway -> requireOnLink(route, gateway));
        routes.put(route.destination(), route);
    }

    private void requireOnLink(Route route, IpAddress gateway) {
        boolean onLink =
                addresses.values().stream()
                        .anyMatch(address ->
                                address.device().equals(route.device())
                                        && address.prefix().contains(gateway));
        if (!onLink) {
            throw error(
                    INVALID_ARGUMENT,
                    "gateway "
                            + gateway
                            + " is on no network of "
                            + route.device()
                            + "; add an address of its network first");
        }
    }

    private void removeRoute(IpPrefix destination) {
        if (routes.remove(destination.network()) == null) {
            throw error(NO_ROUTE, "no static route to " + destination.network());
        }
    }

    private void setNeighbour(Neighbour neighbour) {
        devices.require(neighbour.device(), "neighbour " + neighbour.address());
        if (neighbour.mac().isGroup()) {
            throw error(INVALID_ARGUMENT, neighbour.mac() + " is a group address, no neighbour's");
        }
        neighbours.put(
                new WishedState.NeighbourKey(neighbour.address(), neighbour.device()), neighbour);
    }

    private void removeNeighbour(IpAddress address, String device) {
        if (neighbours.remove(new WishedState.NeighbourKey(address, device)) == null) {
            throw error(NO_NEIGHBOUR, device + " has no static neighbour " + address);
        }
    }

    private static void requireUnicast(IpAddress address, String what) {
        boolean unicast =
                switch (address) {
                    case Ipv4Address v4 -> v4.isUnicast() && v4.bits() >>> 24 != 127;
                };
        if (!unicast) {
            throw error(INVALID_ARGUMENT, what + ": " + address + " is no address of a host");
        }
    }

    private static String names(Stream<?> values) {
        String all = values.map(String::valueOf).collect(Collectors.joining(", "));
        return all.isEmpty() ? "none" : all;
    }

    private static BalancerException error(ErrorCode code, String message) {
        return new BalancerException(code, message);
    }
}
