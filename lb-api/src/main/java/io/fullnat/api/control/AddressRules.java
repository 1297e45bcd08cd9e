// SPDX-License-Identifier: Apache-2.0
package io.fullnat.api.control;

import static java.util.Objects.requireNonNull;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import io.fullnat.api.IpAddress;
import io.fullnat.api.IpPrefix;
import io.fullnat.api.Ipv4Address;
import io.fullnat.api.Ipv6Address;
import io.fullnat.api.network.AddressKey;
import io.fullnat.api.network.InterfaceAddress;
import io.fullnat.api.network.Neighbour;
import io.fullnat.api.network.Route;
import io.fullnat.api.service.AccessRule;
import io.fullnat.api.service.Clients;
import io.fullnat.api.service.Frontend;
import io.fullnat.api.service.LocalAddress;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.VirtualService;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/// What an address may be beside what it is already: the balancer's own addresses – interface
/// addresses, virtual and local ones – are no real server, gateway or static neighbour, and none of
/// them is the network's or the broadcast address of a connected network. A link-local address is
/// one on its own device only.
///
/// A configuration file and a running balancer ask the same rules, so what one accepts the other
/// does.
///
/// **Thread-safety:** none.
public final class AddressRules {
    /// Networks this small have neither a network's nor a broadcast address (RFC 3021), nor one of
    /// all routers (RFC 6164 §6).
    private static final int HOST_BITS_WITHOUT = 1;

    private static final String ANY_DEVICE = "";

    /// What every link of IPv6 carries (RFC 8200 §5).
    private static final int IPV6_MTU = 1280;

    private final Map<IpAddress, List<Special>> specials = new HashMap<>();
    private final Map<IpAddress, InterfaceAddress> kernels = new HashMap<>();
    private final Map<AddressKey, InterfaceAddress> linkLocals = new HashMap<>();
    private final Function<IpAddress, Optional<String>> own;

    /// The first or the last address of a connected network.
    private record Special(InterfaceAddress connected, boolean broadcast) {
        @Override
        public String toString() {
            return kind() + connected.prefix().network() + " dev " + connected.device();
        }

        private String kind() {
            if (broadcast) {
                return "the broadcast address of ";
            }
            return switch (connected.prefix().address()) {
                case Ipv4Address _ -> "the address of the network ";
                case Ipv6Address _ -> "the address of all routers (RFC 4291 2.6.1) of ";
            };
        }
    }

    /// Rules for one state.
    ///
    /// @param addresses its interface addresses
    /// @param own in words, what an address is to the balancer; empty if it is not its own
    public AddressRules(
            Collection<InterfaceAddress> addresses, Function<IpAddress, Optional<String>> own) {
        this.own = requireNonNull(own, "own");
        for (InterfaceAddress address : requireNonNull(addresses, "addresses")) {
            if (address.kernel()) {
                kernels.put(address.prefix().address(), address);
            }
            if (AddressKey.isLinkLocal(address.prefix().address())) {
                linkLocals.put(address.key(), address);
            }
            for (IpAddress special : specials(address.prefix())) {
                specials.computeIfAbsent(special, ip -> new ArrayList<>(1))
                        .add(new Special(address, !special.equals(firstOf(address.prefix()))));
            }
        }
    }

    private static IpAddress firstOf(IpPrefix prefix) {
        return prefix.network().address();
    }

    /// The addresses of a network that no host of it has.
    ///
    /// @param prefix an interface address
    /// @return of IPv4 the network's and the broadcast address, of IPv6 that of all routers there
    ///   (RFC 4291 §2.6.1); none if the network is too small to have them
    public static List<IpAddress> specials(IpPrefix prefix) {
        IpAddress first = requireNonNull(prefix, "prefix").network().address();
        int hostBits = first.bitLength() - prefix.length();
        if (hostBits <= HOST_BITS_WITHOUT) {
            return List.of();
        }
        return switch (first) {
            case Ipv4Address v4 -> {
                int hosts = hostBits == v4.bitLength() ? -1 : (1 << hostBits) - 1;
                yield List.of(v4, new Ipv4Address(v4.bits() | hosts));
            }
            case Ipv6Address v6 -> List.of(v6);
        };
    }

    /// Checks an interface address.
    ///
    /// @param address of the balancer
    /// @throws BalancerException [ErrorCode#INVALID_ARGUMENT]
    public void check(InterfaceAddress address) {
        requireNonNull(address, "address");
        requireLifetime(address);
        requireHost(address.prefix().address(), address.device(), "address " + address);
        if (AddressKey.isLinkLocal(address.prefix().address())) {
            linkLocals.values().forEach(other -> requireOneOwner(address, other));
        }
    }

    /// A link-local address is the kernel's on all devices, or on none: what comes for it is given
    /// to the kernel, or not, by the address alone.
    private static void requireOneOwner(InterfaceAddress address, InterfaceAddress other) {
        if (other.kernel() != address.kernel()
                && other.prefix().address().equals(address.prefix().address())) {
            throw new BalancerException(
                    ErrorCode.ADDRESS_IN_USE,
                    "address "
                            + address
                            + ": on another device it is there as "
                            + other
                            + "; a link-local address is the kernel's on all devices or on none,"
                            + " so give one of them another");
        }
    }

    private static void requireLifetime(InterfaceAddress address) {
        String problem =
                address.lifetime().validSeconds() == 0
                        ? "a valid lifetime of 0 ends at once; give at least 1 second, or remove it"
                        : address.kernel() && !address.lifetime().isForever()
                                ? "the kernel's addresses have no lifetime here; leave it out"
                                : "";
        if (!problem.isEmpty()) {
            throw new BalancerException(
                    ErrorCode.INVALID_ARGUMENT, "address " + address + ": " + problem);
        }
    }

    /// Checks the virtual address of a service that is no group, or those of a group.
    ///
    /// @param service with its frontends
    /// @throws BalancerException [ErrorCode#INVALID_ARGUMENT]
    public void check(VirtualService service) {
        ServiceKey key = requireNonNull(service, "service").key();
        for (Frontend frontend : service.frontends()) {
            requireReachable(
                    frontend.address(),
                    ANY_DEVICE,
                    key.isGroup() ? "frontend " + frontend + " of " + key : "service " + key);
        }
    }

    /// Checks a local address.
    ///
    /// @param key of its service
    /// @param local the address
    /// @throws BalancerException [ErrorCode#INVALID_ARGUMENT]
    public void check(ServiceKey key, LocalAddress local) {
        requireNonNull(key, "key");
        requireNonNull(local, "local");
        requireReachable(local.address(), local.device(), "local address " + local + " of " + key);
    }

    /// Checks what the addresses of a service have to do with each other: clients are of a virtual
    /// address's family, and a real server is spoken to from a local address of its own. A service
    /// without any local address takes no connections, and that is no mistake.
    ///
    /// @param service with all that it lists
    /// @throws BalancerException [ErrorCode#INVALID_ARGUMENT]
    public static void checkFamilies(VirtualService service) {
        ServiceKey key = requireNonNull(service, "service").key();
        Set<String> virtual =
                service.frontends().stream()
                        .map(frontend -> frontend.address().family())
                        .collect(Collectors.toSet());
        for (AccessRule rule : service.accessRules()) {
            if (rule.clients() instanceof Clients.Network(IpPrefix clients)
                    && !virtual.isEmpty()
                    && !virtual.contains(clients.address().family())) {
                throw new BalancerException(
                        ErrorCode.INVALID_ARGUMENT,
                        "access rule \""
                                + rule
                                + "\" of "
                                + key
                                + ": its clients are of "
                                + virtual.iterator().next()
                                + "; give networks of that");
            }
        }
        if (service.localAddresses().isEmpty()) {
            return;
        }
        Set<String> families =
                service.localAddresses().stream()
                        .map(local -> local.address().family())
                        .collect(Collectors.toSet());
        for (RealServer server : service.realServers()) {
            String family = server.endpoint().address().family();
            if (!families.contains(family)) {
                throw new BalancerException(
                        ErrorCode.INVALID_ARGUMENT,
                        "real server "
                                + server.endpoint()
                                + " of "
                                + key
                                + ": the service has no local address of "
                                + family
                                + " to speak to it from; add one first (local addresses of both"
                                + " families in one transaction if servers of both are there), or"
                                + " remove the server with the last one");
            }
        }
    }

    /// Checks a real server.
    ///
    /// @param key of its service
    /// @param server the server
    /// @throws BalancerException [ErrorCode#INVALID_ARGUMENT] or [ErrorCode#ADDRESS_IN_USE]
    public void check(ServiceKey key, RealServer server) {
        requireNonNull(key, "key");
        requireNonNull(server, "server");
        IpAddress address = server.endpoint().address();
        String what = "real server " + server.endpoint() + " of " + key;
        requireReachable(address, ANY_DEVICE, what);
        requireForeign(address, ANY_DEVICE, what, "give the address of the server itself");
    }

    /// Checks a route's gateway, if it has one.
    ///
    /// @param route the route
    /// @throws BalancerException [ErrorCode#INVALID_ARGUMENT] or [ErrorCode#ADDRESS_IN_USE]
    public void check(Route route) {
        requireNonNull(route, "route");
        route.gateway()
                .ifPresent(gateway -> {
                    String what = "gateway of the route " + route;
                    requireSameFamily(route.destination().address(), gateway, what);
                    requireHost(gateway, route.device(), what);
                    requireForeign(
                            gateway, route.device(), what, "give the address of the router itself");
                });
    }

    /// Checks a static neighbour.
    ///
    /// @param neighbour the neighbour
    /// @throws BalancerException [ErrorCode#INVALID_ARGUMENT] or [ErrorCode#ADDRESS_IN_USE]
    public void check(Neighbour neighbour) {
        requireNonNull(neighbour, "neighbour");
        String what = "neighbour " + neighbour;
        requireHost(neighbour.address(), neighbour.device(), what);
        requireForeign(
                neighbour.address(), neighbour.device(), what, "a neighbour is another host");
    }

    /// Refuses an address of IPv6 where its packets would not fit (RFC 8200 §5).
    ///
    /// @param address of the balancer
    /// @param device where it is to be
    /// @param mtu of the device, bytes
    /// @param what it is to be, for the message
    /// @throws BalancerException [ErrorCode#INVALID_ARGUMENT]
    public static void requireMtu(IpAddress address, String device, int mtu, String what) {
        requireNonNull(address, "address");
        requireNonNull(device, "device");
        requireNonNull(what, "what");
        if (address instanceof Ipv6Address && mtu < IPV6_MTU) {
            throw new BalancerException(
                    ErrorCode.INVALID_ARGUMENT,
                    what
                            + ": "
                            + device
                            + " has an MTU of "
                            + mtu
                            + ", and IPv6 needs "
                            + IPV6_MTU
                            + "; raise the mtu of the port");
        }
    }

    /// Refuses an address that no host may have.
    ///
    /// @param address any
    /// @param what it is to be, for the message
    /// @throws BalancerException [ErrorCode#INVALID_ARGUMENT]
    public static void requireHost(IpAddress address, String what) {
        requireNonNull(address, "address");
        requireNonNull(what, "what");
        boolean host =
                switch (address) {
                    case Ipv4Address v4 -> v4.isUnicast() && v4.bits() >>> 24 != 127;
                    case Ipv6Address v6 -> v6.isUnicast() && !v6.equals(Ipv6Address.LOOPBACK);
                };
        if (!host) {
            String not =
                    switch (address) {
                        case Ipv4Address _ -> "0.0.0.0/8, loopback, multicast and 240.0.0.0/4";
                        case Ipv6Address _ -> "::, loopback and multicast";
                    };
            throw new BalancerException(
                    ErrorCode.INVALID_ARGUMENT,
                    what
                            + ": "
                            + address
                            + " is no address of a host ("
                            + not
                            + " are not); take an address of a host");
        }
    }

    private static void requireSameFamily(IpAddress destination, IpAddress gateway, String what) {
        if (!destination.family().equals(gateway.family())) {
            throw new BalancerException(
                    ErrorCode.INVALID_ARGUMENT,
                    what
                            + ": "
                            + gateway
                            + " is an "
                            + gateway.family()
                            + " address; give the router's "
                            + destination.family()
                            + " address");
        }
    }

    /// An address that hosts of other links can have something to do with.
    private void requireReachable(IpAddress address, String device, String what) {
        requireHost(address, device, what);
        requireNotKernels(address, what);
        if (AddressKey.isLinkLocal(address)) {
            throw new BalancerException(
                    ErrorCode.INVALID_ARGUMENT,
                    what
                            + ": "
                            + address
                            + " holds on one link only (fe80::/10); take a global address, or one"
                            + " of fc00::/7");
        }
    }

    private void requireNotKernels(IpAddress address, String what) {
        InterfaceAddress there = kernels.get(address);
        if (there != null) {
            throw new BalancerException(
                    ErrorCode.ADDRESS_IN_USE,
                    what
                            + ": "
                            + address
                            + " is the kernel's alone, "
                            + there
                            + "; take another, or make that an address of the balancer");
        }
    }

    private void requireHost(IpAddress address, String device, String what) {
        requireHost(address, what);
        for (Special special : specials.getOrDefault(address, List.of())) {
            if (device.equals(ANY_DEVICE) || special.connected().device().equals(device)) {
                throw new BalancerException(
                        ErrorCode.INVALID_ARGUMENT,
                        what + ": " + address + " is " + special + "; take an address of a host");
            }
        }
    }

    /// A link-local address that is ours on one link may be another station's on another.
    private void requireForeign(IpAddress address, String device, String what, String remedy) {
        if (AddressKey.isLinkLocal(address)) {
            InterfaceAddress there = linkLocals.get(AddressKey.of(address, device));
            requireForeign(
                    address,
                    Optional.ofNullable(there).map(it -> "an address of the balancer, " + it),
                    what,
                    remedy);
            return;
        }
        requireForeign(address, own.apply(address), what, remedy);
    }

    private static void requireForeign(
            IpAddress address, Optional<String> own, String what, String remedy) {
        own.ifPresent(role -> {
            throw new BalancerException(
                    ErrorCode.ADDRESS_IN_USE,
                    what + ": " + address + " is " + role + "; " + remedy);
        });
    }
}
