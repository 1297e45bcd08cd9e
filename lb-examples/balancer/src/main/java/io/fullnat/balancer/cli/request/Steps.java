// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.cli.request;

import io.fullnat.api.BalancerException;
import io.fullnat.api.Endpoint;
import io.fullnat.api.ErrorCode;
import io.fullnat.api.IpAddress;
import io.fullnat.api.IpPrefix;
import io.fullnat.api.Ipv4Address;
import io.fullnat.api.Ipv6Address;
import io.fullnat.api.MacAddress;
import io.fullnat.api.control.Change;
import io.fullnat.api.control.LeftoverPolicy;
import io.fullnat.api.network.InterfaceAddress;
import io.fullnat.api.network.Neighbour;
import io.fullnat.api.network.Route;
import io.fullnat.api.service.Frontend;
import io.fullnat.api.service.LocalAddress;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.Timeouts;
import io.fullnat.api.service.VirtualService;
import io.fullnat.balancer.attribute.LeftoverAttributes;
import io.fullnat.balancer.attribute.ServiceAttributes;
import io.fullnat.balancer.attribute.TimeoutWords;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;

/// Transactions that depend on the state they meet, common to all grammars.
public final class Steps {
    private Steps() {}

    /// Changes what is given of a service, and keeps the rest.
    ///
    /// @param edit what becomes of its attributes
    public static Request editService(ServiceKey key, UnaryOperator<VirtualService> edit) {
        return new Request.Edit(present -> {
            VirtualService service = present.service(key);
            VirtualService edited = edit.apply(service);
            List<Change> changes = ServiceAttributes.changes(service, edited);
            return changes.isEmpty()
                    ? List.of(
                            new Change.EditService(
                                    key, service.scheduler(), service.connectionTimeout()))
                    : changes;
        });
    }

    /// Has clients of a group connect to one more.
    public static Request addFrontend(ServiceKey key, Frontend added) {
        return new Request.Edit(present -> {
            List<Frontend> members = new ArrayList<>(present.service(key).frontends());
            members.add(added);
            return List.of(new Change.SetFrontends(key, members));
        });
    }

    /// Takes one from a group, which must have it.
    public static Request removeFrontend(ServiceKey key, Frontend removed) {
        return new Request.Edit(present -> {
            List<Frontend> members = new ArrayList<>(present.service(key).frontends());
            if (!members.remove(removed)) {
                throw Refusal.invalid(
                        removed + " is no frontend of " + key + "; it has " + members);
            }
            return List.of(new Change.SetFrontends(key, members));
        });
    }

    /// Changes the balancer's timeouts.
    public static Request setTimeouts(String words) {
        TimeoutWords.apply(words, Timeouts.NONE);
        return new Request.Edit(present ->
                List.of(new Change.SetTimeouts(TimeoutWords.apply(words, present.timeouts()))));
    }

    /// Changes what becomes of packets that nothing explains.
    public static Request setLeftovers(String words) {
        UnaryOperator<LeftoverPolicy> edit = LeftoverAttributes.edit(words);
        return new Request.Edit(
                present -> List.of(new Change.SetLeftovers(edit.apply(present.leftovers()))));
    }

    /// Changes what is given of a real server, which must be there.
    ///
    /// @param edit what becomes of its attributes
    public static Request editServer(
            ServiceKey key, Endpoint endpoint, UnaryOperator<RealServer> edit) {
        return new Request.Edit(present ->
                List.of(new Change.EditRealServer(key, edit.apply(present.server(key, endpoint)))));
    }

    /// Removes all services.
    public static Request clear() {
        return new Request.Edit(present ->
                present.services().stream()
                        .<Change>map(service -> new Change.RemoveService(service.key()))
                        .toList());
    }

    /// Removes a local address; if a device is given, only from there.
    public static Request removeLocalAddress(
            ServiceKey key, IpAddress address, Optional<String> device, boolean force) {
        return new Request.Edit(removal(key, address, device, force));
    }

    /// Removes a local address by force, and says how many connections ended.
    public static Request endLocalAddress(ServiceKey key, IpAddress address) {
        return new Request.End(removal(key, address, Optional.empty(), true), Optional.empty());
    }

    private static Request.Step removal(
            ServiceKey key, IpAddress address, Optional<String> device, boolean force) {
        return present -> {
            Optional<LocalAddress> local = present.localAddress(key, address);
            device.ifPresent(given -> {
                present.requireDevice(given);
                local.ifPresent(there -> requireOn(key, there, given));
            });
            return List.of(new Change.RemoveLocalAddress(key, address, force));
        };
    }

    private static void requireOn(ServiceKey key, LocalAddress local, String device) {
        if (!local.device().equals(device)) {
            throw new BalancerException(
                    ErrorCode.NO_LOCAL_ADDRESS,
                    local.address()
                            + " is a local address of "
                            + key
                            + " on "
                            + local.device()
                            + ", not on "
                            + device
                            + "; nothing was changed");
        }
    }

    /// Adds an interface address that is not there yet, not even as the local address of a service.
    public static Request addAddress(InterfaceAddress address) {
        return new Request.Edit(present -> {
            IpAddress ip = address.prefix().address();
            present.services().stream()
                    .filter(service ->
                            service.localAddresses().stream()
                                    .anyMatch(local -> local.address().equals(ip)))
                    .findFirst()
                    .ifPresent(service -> {
                        throw new BalancerException(
                                ErrorCode.ADDRESS_EXISTS,
                                "address "
                                        + ip
                                        + " already exists, as local address of "
                                        + service.key());
                    });
            return List.of(new Change.AddAddress(address));
        });
    }

    /// Adds an interface address, or begins the lifetime of one that is there anew.
    public static Request replaceAddress(InterfaceAddress address) {
        return new Request.Edit(present -> {
            boolean there = present.addresses(address.device()).stream().anyMatch(address::equals);
            return there && address.lifetime().isForever()
                    ? List.of()
                    : List.of(new Change.AddAddress(address));
        });
    }

    /// Removes all addresses of a device, or none if a service needs one.
    ///
    /// @param force whether virtual addresses go, too
    public static Request flushAddresses(String device, Optional<String> family, boolean force) {
        return new Request.Edit(present -> {
            present.requireDevice(device);
            return present.addresses(device).stream()
                    .filter(address -> isOf(address.prefix(), family))
                    .<Change>map(address -> new Change.RemoveAddress(address, force))
                    .toList();
        });
    }

    /// Adds a static route; an MTU may be said if it is that of the device, a source if it is the
    /// only one there is.
    public static Request addRoute(Route route, Optional<String> mtu, Optional<IpAddress> source) {
        return new Request.Edit(present -> {
            present.requireDevice(route.device());
            String there = String.valueOf(present.mtu(route.device()));
            mtu.filter(given -> !given.equals(there))
                    .ifPresent(given -> {
                        throw Refusal.unsupported(
                                "\"mtu "
                                        + given
                                        + "\" is not supported, only "
                                        + there
                                        + ", that of "
                                        + route.device());
                    });
            source.ifPresent(given -> RouteSource.require(present, given, route));
            return List.of(new Change.AddRoute(route));
        });
    }

    /// Removes all static routes of a device.
    public static Request flushRoutes(String device, Optional<String> family) {
        return new Request.Edit(present -> {
            present.requireDevice(device);
            return present.routes(device).stream()
                    .filter(route -> isOf(route.destination(), family))
                    .<Change>map(route -> new Change.RemoveRoute(route.destination()))
                    .toList();
        });
    }

    private static boolean isOf(IpPrefix prefix, Optional<String> family) {
        return family.map(prefix.address().family()::equals).orElse(true);
    }

    /// The network of a family's default route.
    ///
    /// @param family as [IpAddress#family()] says it
    public static IpPrefix everywhere(String family) {
        return new IpPrefix(
                family.equals(Ipv6Address.ANY.family()) ? Ipv6Address.ANY : Ipv4Address.ANY, 0);
    }

    /// Removes the default route of the one family that has one.
    public static Request removeDefaultRoute() {
        return new Request.Edit(present -> {
            IpPrefix v4 = everywhere(Ipv4Address.ANY.family());
            IpPrefix v6 = everywhere(Ipv6Address.ANY.family());
            boolean both = present.route(v4).isPresent() && present.route(v6).isPresent();
            if (both) {
                throw Refusal.invalid(
                        "\"default\" is 0.0.0.0/0 or ::/0, and there is a route to each: add -4"
                                + " or -6");
            }
            return List.of(new Change.RemoveRoute(present.route(v6).isPresent() ? v6 : v4));
        });
    }

    /// Removes a static route, if it is the one that gateway and device say.
    public static Request removeRoute(
            IpPrefix destination, Optional<IpAddress> gateway, Optional<String> device) {
        return new Request.Edit(present -> {
            device.ifPresent(present::requireDevice);
            present.route(destination.network())
                    .filter(route ->
                            gateway.filter(given -> !route.gateway().equals(Optional.of(given)))
                                            .isPresent()
                                    || device.filter(given -> !route.device().equals(given))
                                            .isPresent())
                    .ifPresent(route -> {
                        throw new BalancerException(
                                ErrorCode.NO_ROUTE,
                                "the route is " + route + "; nothing was changed");
                    });
            return List.of(new Change.RemoveRoute(destination));
        });
    }

    /// Forgets the neighbours that were resolved.
    public static Request flushNeighbours(Optional<String> device) {
        return new Request.Edit(present -> {
            device.ifPresent(present::requireDevice);
            return List.of(new Change.FlushNeighbours(device));
        });
    }

    /// Removes a static neighbour, if it has the MAC address that is given.
    public static Request removeNeighbour(
            IpAddress address, String device, Optional<MacAddress> mac) {
        return new Request.Edit(present -> {
            present.requireDevice(device);
            for (Neighbour neighbour : present.neighbours()) {
                if (neighbour.address().equals(address)
                        && neighbour.device().equals(device)
                        && mac.filter(given -> !given.equals(neighbour.mac())).isPresent()) {
                    throw new BalancerException(
                            ErrorCode.NO_NEIGHBOUR,
                            "the neighbour is " + neighbour + "; nothing was changed");
                }
            }
            return List.of(new Change.RemoveNeighbour(address, device));
        });
    }
}
