// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.cli.request;

import io.fullnat.api.BalancerException;
import io.fullnat.api.Endpoint;
import io.fullnat.api.ErrorCode;
import io.fullnat.api.IpAddress;
import io.fullnat.api.IpPrefix;
import io.fullnat.api.control.Change;
import io.fullnat.api.control.DesiredState;
import io.fullnat.api.control.LeftoverPolicy;
import io.fullnat.api.control.StateDraft;
import io.fullnat.api.network.InterfaceAddress;
import io.fullnat.api.network.Neighbour;
import io.fullnat.api.network.Route;
import io.fullnat.api.service.LocalAddress;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.Timeouts;
import io.fullnat.api.service.VirtualService;
import io.fullnat.api.set.IpSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The state as the steps of one transaction meet it: what is in force and what earlier steps of
/// the same transaction have changed. It checks nothing, for the engine refuses what is wrong; it
/// only lets a later line see what an earlier one did. Used by one thread.
public final class Present {
    private final DesiredState start;
    private @Nullable StateDraft draft;
    private final List<String> ports;
    private final Map<String, Integer> mtus;

    /// @param start what is in force
    /// @param mtus of the ports, by name
    public Present(DesiredState start, Map<String, Integer> mtus) {
        this.start = start;
        this.mtus = mtus;
        ports = List.copyOf(mtus.keySet());
    }

    /// A service that must be there.
    VirtualService service(ServiceKey key) {
        return draft == null ? start.service(key) : draft.service(key);
    }

    /// A set that must be there.
    IpSet set(String name) {
        if (draft == null) {
            return start.set(name);
        }
        IpSet set = draft.sets().get(name);
        return set == null ? start.set(name) : set;
    }

    List<VirtualService> services() {
        return List.copyOf((draft == null ? start.services() : draft.services()).values());
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
        return draft == null ? start.timeouts() : draft.timeouts();
    }

    LeftoverPolicy leftovers() {
        return draft == null ? start.leftovers() : draft.leftovers();
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

    /// Lets the steps that follow see a change. One that is wrong is no error here: the engine
    /// refuses it, and with it the whole transaction, in its own words.
    public void take(Change change) {
        StateDraft changed = draft == null ? start.draft() : draft;
        draft = changed;
        try {
            changed.apply(change);
        } catch (BalancerException wrong) {
            // said by the engine
        }
    }
}
