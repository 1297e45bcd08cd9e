// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.cli.request;

import io.fullnat.api.BalancerException;
import io.fullnat.api.Endpoint;
import io.fullnat.api.ErrorCode;
import io.fullnat.api.IpAddress;
import io.fullnat.api.IpPrefix;
import io.fullnat.api.control.Change;
import io.fullnat.api.control.DesiredState;
import io.fullnat.api.network.InterfaceAddress;
import io.fullnat.api.network.Neighbour;
import io.fullnat.api.network.Route;
import io.fullnat.api.service.AccessRule;
import io.fullnat.api.service.LocalAddress;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.Timeouts;
import io.fullnat.api.service.VirtualService;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.UnaryOperator;

/// The state as the steps of one transaction meet it: what is in force and what earlier steps of
/// the same transaction have changed. It checks nothing, for the engine refuses what is wrong; it
/// only lets a later line see what an earlier one did. Used by one thread.
public final class Present {
    private final DesiredState start;
    private final List<String> ports;
    private final Map<String, Integer> mtus;
    private final TreeMap<ServiceKey, VirtualService> services;
    private Timeouts timeouts;

    /// @param start what is in force
    /// @param mtus of the ports, by name
    public Present(DesiredState start, Map<String, Integer> mtus) {
        this.start = start;
        this.mtus = mtus;
        ports = List.copyOf(mtus.keySet());
        services = new TreeMap<>(start.services());
        timeouts = start.timeouts();
    }

    /// A service that must be there.
    VirtualService service(ServiceKey key) {
        VirtualService service = services.get(key);
        if (service == null) {
            throw new BalancerException(ErrorCode.NO_SERVICE, "no service " + key);
        }
        return service;
    }

    List<VirtualService> services() {
        return List.copyOf(services.values());
    }

    Optional<LocalAddress> localAddress(ServiceKey key, IpAddress address) {
        return service(key).localAddresses().stream()
                .filter(local -> local.address().equals(address))
                .findFirst();
    }

    /// A real server that must be there.
    RealServer server(ServiceKey key, Endpoint endpoint) {
        List<RealServer> servers = service(key).realServers();
        return servers.stream()
                .filter(server -> server.endpoint().equals(endpoint))
                .findFirst()
                .orElseThrow(() ->
                        new BalancerException(
                                ErrorCode.NO_REAL_SERVER,
                                endpoint
                                        + " is not a real server of "
                                        + key
                                        + "; it has "
                                        + names(
                                                servers.stream()
                                                        .map(server -> server.endpoint().toString())
                                                        .toList())));
    }

    List<InterfaceAddress> addresses(String device) {
        return start.addresses().values().stream()
                .filter(address -> address.device().equals(device))
                .toList();
    }

    List<Route> routes(String device) {
        return start.routes().values().stream()
                .filter(route -> route.device().equals(device))
                .toList();
    }

    Optional<Route> route(IpPrefix destination) {
        return Optional.ofNullable(start.routes().get(destination));
    }

    List<Neighbour> neighbours() {
        return start.neighbours();
    }

    Timeouts timeouts() {
        return timeouts;
    }

    /// Refuses a device on a port that does not exist.
    public void requireDevice(String device) {
        int dot = device.lastIndexOf('.');
        if (!ports.contains(device) && (dot < 0 || !ports.contains(device.substring(0, dot)))) {
            throw new BalancerException(
                    ErrorCode.NO_PORT, "no port \"" + device + "\"; there are " + names(ports));
        }
    }

    /// The MTU of a device that is there: its port's.
    int mtu(String device) {
        int dot = device.lastIndexOf('.');
        Integer own = mtus.get(device);
        return own != null ? own : mtus.getOrDefault(device.substring(0, Math.max(0, dot)), 0);
    }

    private static String names(List<String> names) {
        return names.isEmpty() ? "none" : String.join(", ", names);
    }

    /// Lets the steps that follow see a change. Those of addresses, routes and neighbours are not
    /// looked at: no transaction of several steps has any.
    public void take(Change change) {
        switch (change) {
            case Change.AddService add -> services.put(add.service().key(), add.service());
            case Change.ReplaceService to -> services.put(to.service().key(), to.service());
            case Change.EditService edit ->
                    update(
                            edit.key(),
                            service ->
                                    service.withScheduler(edit.scheduler())
                                            .withConnectionTimeout(edit.connectionTimeout()));
            case Change.SetPolicy set ->
                    update(set.key(), service -> service.withPolicy(set.policy()));
            case Change.RemoveService remove -> services.remove(remove.key());
            case Change.AddRealServer add -> addServer(add.key(), add.server());
            case Change.EditRealServer edit -> replaceServer(edit.key(), edit.server());
            case Change.RemoveRealServer remove -> removeServer(remove.key(), remove.endpoint());
            case Change.AddLocalAddress add -> addLocal(add.key(), add.address());
            case Change.EndConnections ignored -> {}
            case Change.RemoveLocalAddress remove -> removeLocal(remove.key(), remove.address());
            case Change.FlushLocalAddresses flush ->
                    update(flush.key(), service -> service.withLocalAddresses(List.of()));
            case Change.AddAccessRule add -> addRule(add.key(), add.rule());
            case Change.RemoveAccessRule remove -> removeRule(remove.key(), remove.rule());
            case Change.ZeroCounters ignored -> {}
            case Change.SetTimeouts set -> timeouts = set.timeouts();
            case Change.AddAddress ignored -> {}
            case Change.RemoveAddress ignored -> {}
            case Change.AddRoute ignored -> {}
            case Change.RemoveRoute ignored -> {}
            case Change.SetNeighbour ignored -> {}
            case Change.RemoveNeighbour ignored -> {}
            case Change.FlushNeighbours ignored -> {}
        }
    }

    private void update(ServiceKey key, UnaryOperator<VirtualService> edit) {
        services.computeIfPresent(key, (k, service) -> edit.apply(service));
    }

    /// Unlike [VirtualService#withRealServer] it takes one given twice: the engine refuses that.
    private void addServer(ServiceKey key, RealServer server) {
        update(
                key,
                service ->
                        contains(service, server.endpoint())
                                ? service
                                : service.withRealServer(server));
    }

    private static boolean contains(VirtualService service, Endpoint endpoint) {
        return service.realServers().stream()
                .anyMatch(server -> server.endpoint().equals(endpoint));
    }

    private void replaceServer(ServiceKey key, RealServer server) {
        update(
                key,
                service ->
                        service.withRealServers(
                                service.realServers().stream()
                                        .map(old ->
                                                old.endpoint().equals(server.endpoint())
                                                        ? server
                                                        : old)
                                        .toList()));
    }

    private void removeServer(ServiceKey key, Endpoint endpoint) {
        update(
                key,
                service ->
                        service.withRealServers(
                                service.realServers().stream()
                                        .filter(old -> !old.endpoint().equals(endpoint))
                                        .toList()));
    }

    private void addLocal(ServiceKey key, LocalAddress local) {
        removeLocal(key, local.address());
        update(key, service -> service.withLocalAddress(local));
    }

    private void removeLocal(ServiceKey key, IpAddress address) {
        update(
                key,
                service ->
                        service.withLocalAddresses(
                                service.localAddresses().stream()
                                        .filter(old -> !old.address().equals(address))
                                        .toList()));
    }

    private void addRule(ServiceKey key, AccessRule rule) {
        removeRule(key, rule);
        update(
                key,
                service -> {
                    List<AccessRule> rules = new ArrayList<>(service.accessRules());
                    rules.add(rule);
                    return service.withAccessRules(rules);
                });
    }

    private void removeRule(ServiceKey key, AccessRule rule) {
        update(
                key,
                service ->
                        service.withAccessRules(
                                service.accessRules().stream()
                                        .filter(old -> !old.equals(rule))
                                        .toList()));
    }
}
