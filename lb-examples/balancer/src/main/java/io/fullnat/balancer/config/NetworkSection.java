// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.config;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import io.fullnat.api.IpAddress;
import io.fullnat.api.IpPrefix;
import io.fullnat.api.Ipv4Address;
import io.fullnat.api.Ipv6Address;
import io.fullnat.api.MacAddress;
import io.fullnat.api.network.AddressKey;
import io.fullnat.api.network.AddressLifetime;
import io.fullnat.api.network.InterfaceAddress;
import io.fullnat.api.network.Neighbour;
import io.fullnat.api.network.NeighbourSettings;
import io.fullnat.api.network.Route;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/// Reads `arp`, `addresses`, `routes` and `neighbours`. For one thread.
final class NetworkSection {
    static final List<String> ADDRESS_KEYS =
            List.of("address", "device", "kernel", "valid-lifetime", "preferred-lifetime");
    static final List<String> ROUTE_KEYS = List.of("to", "via", "device");
    static final List<String> ARP_KEYS = List.of("verify-moves", "defend-addresses");
    static final List<String> NEIGHBOUR_KEYS = List.of("address", "mac", "device");

    private final Fields file;
    private final Devices devices;
    private final AddressCheck check;
    private final Set<Object> seen = new HashSet<>();

    NetworkSection(Fields file, Devices devices, AddressCheck check) {
        this.file = file;
        this.check = check;
        this.devices = devices;
    }

    List<InterfaceAddress> addresses() {
        return file.mappings("addresses", ADDRESS_KEYS, this::address);
    }

    private Optional<InterfaceAddress> address(Fields fields) {
        Optional<IpPrefix> prefix = fields.required("address", Scalar.parsed(this::newAddress));
        Optional<String> device = fields.required("device", devices.reader());
        boolean kernel = fields.optional("kernel", Scalar.truth()).orElse(false);
        AddressLifetime lifetime = lifetime(fields);
        Optional<InterfaceAddress> read =
                prefix.flatMap(p -> device.map(d -> new InterfaceAddress(p, d, kernel, lifetime)));
        read.ifPresent(address -> requireOnce(address, fields));
        return read.map(address -> check.placed(address, fields, "address"));
    }

    private void requireOnce(InterfaceAddress address, Fields fields) {
        IpAddress ip = address.prefix().address();
        if (AddressKey.isLinkLocal(ip) && !seen.add(address.key())) {
            fields.problem("address", ip + " is there twice on " + address.device());
        }
    }

    private static AddressLifetime lifetime(Fields fields) {
        Scalar<Long> seconds = node -> AddressLifetime.parse(node.value());
        Optional<Long> valid = fields.optional("valid-lifetime", seconds);
        Optional<Long> preferred = fields.optional("preferred-lifetime", seconds);
        try {
            return AddressLifetime.of(valid, preferred);
        } catch (BalancerException wrong) {
            fields.problem("preferred-lifetime", String.valueOf(wrong.getMessage()));
            return AddressLifetime.FOREVER;
        }
    }

    private IpPrefix newAddress(String text) {
        if (text.indexOf('/') < 0) {
            throw wrong(
                    "\""
                            + text
                            + "\" has no prefix length; write "
                            + text
                            + (text.indexOf(':') < 0 ? "/32" : "/128")
                            + " for the address alone, or the length of its network");
        }
        IpPrefix prefix = IpPrefix.parse(text);
        unicast(prefix.address());
        if (!AddressKey.isLinkLocal(prefix.address())
                && !seen.add(AddressKey.of(prefix.address()))) {
            throw wrong(prefix.address() + " is there twice");
        }
        return prefix;
    }

    /// Reads the routes.
    ///
    /// @param addresses of the balancer: a gateway must be on the network of one
    List<Route> routes(List<InterfaceAddress> addresses) {
        Set<InterfaceAddress> networks =
                addresses.stream()
                        .filter(own -> !own.kernel())
                        .map(own -> new InterfaceAddress(own.prefix().network(), own.device()))
                        .collect(Collectors.toSet());
        return file.mappings("routes", ROUTE_KEYS, fields -> route(fields, networks));
    }

    private Optional<Route> route(Fields fields, Set<InterfaceAddress> networks) {
        Optional<IpPrefix> destination = fields.required("to", Scalar.parsed(this::newNetwork));
        Optional<IpAddress> gateway =
                fields.optional("via", Scalar.parsed(NetworkSection::parseUnicast));
        Optional<String> device = fields.required("device", devices.reader());
        if (destination.isEmpty() || device.isEmpty() || (fields.has("via") && gateway.isEmpty())) {
            return Optional.empty();
        }
        String name = device.get();
        gateway.filter(address -> !isConnected(address, name, networks))
                .ifPresent(address ->
                        fields.problem(
                                "via",
                                address
                                        + " is on no network of "
                                        + name
                                        + "; give "
                                        + name
                                        + " an address there first"));
        return Optional.of(
                check.placed(new Route(destination.get(), gateway, name), fields, "via"));
    }

    private static boolean isConnected(
            IpAddress gateway, String device, Set<InterfaceAddress> networks) {
        if (gateway instanceof Ipv6Address v6 && v6.isLinkLocal()) {
            return true; // every device is on its link
        }
        return IntStream.rangeClosed(0, gateway.bitLength())
                .mapToObj(length -> new IpPrefix(gateway, length).network())
                .anyMatch(network -> networks.contains(new InterfaceAddress(network, device)));
    }

    /// Reads a network: an address whose bits beyond the length are 0.
    static IpPrefix parseNetwork(String text) {
        IpPrefix prefix = IpPrefix.parse(text);
        if (!prefix.equals(prefix.network())) {
            throw wrong(prefix + " has bits beyond its length; write " + prefix.network());
        }
        return prefix;
    }

    private IpPrefix newNetwork(String text) {
        IpPrefix prefix = parseNetwork(text);
        if (!seen.add(prefix)) {
            throw wrong("there are two routes to " + prefix);
        }
        return prefix;
    }

    /// Reads `arp`: what is believed of neighbours, and defended.
    NeighbourSettings arp() {
        NeighbourSettings unsaid = NeighbourSettings.DEFAULT;
        return file.mapping("arp", ARP_KEYS)
                .map(arp ->
                        new NeighbourSettings(
                                arp.optional("verify-moves", Scalar.truth())
                                        .orElse(unsaid.verifyMoves()),
                                arp.optional("defend-addresses", Scalar.truth())
                                        .orElse(unsaid.defendAddresses())))
                .orElse(unsaid);
    }

    List<Neighbour> neighbours() {
        return file.mappings("neighbours", NEIGHBOUR_KEYS, this::neighbour);
    }

    private Optional<Neighbour> neighbour(Fields fields) {
        Optional<IpAddress> address =
                fields.required("address", Scalar.parsed(NetworkSection::parseUnicast));
        Optional<MacAddress> mac = fields.required("mac", Scalar.parsed(PortSection::unicast));
        Optional<String> device = fields.required("device", devices.reader());
        if (address.isEmpty() || mac.isEmpty() || device.isEmpty()) {
            return Optional.empty();
        }
        if (!seen.add(List.of(address.get(), device.get()))) {
            fields.problem("address", address.get() + " is there twice on " + device.get());
        }
        return Optional.of(
                check.placed(
                        new Neighbour(address.get(), mac.get(), device.get()), fields, "address"));
    }

    static IpAddress parseUnicast(String text) {
        IpAddress address = IpAddress.parse(text);
        unicast(address);
        return address;
    }

    static void unicast(IpAddress address) {
        boolean unicast =
                switch (address) {
                    case Ipv4Address v4 -> v4.isUnicast();
                    case Ipv6Address v6 -> v6.isUnicast();
                };
        if (!unicast) {
            throw wrong(address + " is not an address of one host");
        }
    }

    private static BalancerException wrong(String message) {
        return new BalancerException(ErrorCode.INVALID_CONFIGURATION, message);
    }
}
