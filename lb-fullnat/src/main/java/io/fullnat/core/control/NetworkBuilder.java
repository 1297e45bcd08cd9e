// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.control;

import io.fullnat.api.IpAddress;
import io.fullnat.api.IpPrefix;
import io.fullnat.api.Ipv6Address;
import io.fullnat.api.network.AddressKey;
import io.fullnat.api.network.InterfaceAddress;
import io.fullnat.api.network.Neighbour;
import io.fullnat.api.network.Route;
import io.fullnat.core.address.Masks;
import io.fullnat.core.stack.Device;
import io.fullnat.core.stack.NetworkView;
import io.fullnat.core.stack.RouteTable;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Builds the workers' view of the network from the desired state and the local addresses that
/// drain.
final class NetworkBuilder {
    private final DeviceNames devices;
    private List<RouteTable.Entry> lastRoutes = List.of();
    private RouteTable lastTable = new RouteTable(List.of());
    private int generation;

    NetworkBuilder(DeviceNames devices) {
        this.devices = devices;
    }

    /// Builds a view.
    ///
    /// @param state what is desired
    /// @param draining local addresses that no service lists, with their devices
    /// @param nowNs the balancer's clock: which addresses are deprecated
    NetworkView build(DesiredTables state, Map<IpAddress, String> draining, long nowNs) {
        List<NetworkView.Own> owned = new ArrayList<>();
        List<NetworkView.Own> deprecated = new ArrayList<>();
        List<NetworkView.Own> kernels = new ArrayList<>();
        Set<Integer> active = new HashSet<>();
        for (Device device : devices.all()) {
            if (device.vlan() == 0) {
                active.add(device.index());
            }
        }
        state.desired()
                .addresses()
                .forEach((key, address) ->
                        (address.kernel()
                                        ? kernels
                                        : isDeprecated(state, key, nowNs) ? deprecated : owned)
                                .add(
                                        own(
                                                key.address(),
                                                address.prefix().mappedLength(),
                                                address.device(),
                                                state.locals().containsKey(key.address())
                                                        || draining.containsKey(key.address()))));
        Map<IpAddress, String> locals = new LinkedHashMap<>(draining);
        state.locals().forEach((ip, use) -> locals.put(ip, use.device()));
        locals.keySet().removeIf(ip -> state.desired().addresses().containsKey(AddressKey.of(ip)));
        locals.forEach((ip, device) -> owned.add(own(ip, Masks.WHOLE, device, true)));
        owned.addAll(deprecated); // the first that fits is spoken from (RFC 6724 §5, rule 3)
        owned.forEach(own -> active.add(own.device()));
        kernels.forEach(own -> active.add(own.device()));
        List<RouteTable.Entry> routes = routes(state);
        if (!routes.equals(lastRoutes)) {
            lastRoutes = routes;
            lastTable = new RouteTable(routes);
            generation++;
        }
        List<NetworkView.StaticNeighbour> neighbours = new ArrayList<>();
        for (Neighbour neighbour : state.desired().neighbours()) {
            neighbours.add(
                    new NetworkView.StaticNeighbour(
                            neighbour.address().high(),
                            neighbour.address().low(),
                            index(neighbour.device()),
                            neighbour.mac().bits()));
        }
        return new NetworkView(
                devices.all(),
                active,
                owned,
                kernels,
                lastTable,
                neighbours,
                generation,
                state.desired().leftovers());
    }

    private static boolean isDeprecated(DesiredTables state, AddressKey key, long nowNs) {
        AddressTerm term = state.terms().get(key);
        return term != null && term.isDeprecated(nowNs);
    }

    /// Connected networks and static routes; a static route for a connected network gives way. The
    /// network of link-local addresses is on every link, so it is no route's.
    private List<RouteTable.Entry> routes(DesiredTables state) {
        Map<IpPrefix, RouteTable.Hop> hops = new LinkedHashMap<>();
        for (Route route : state.desired().routes().values()) {
            long gatewayHigh = route.gateway().map(IpAddress::high).orElse(0L);
            long gatewayLow = route.gateway().map(IpAddress::low).orElse(0L);
            hops.put(
                    route.destination(),
                    new RouteTable.Hop(index(route.device()), gatewayHigh, gatewayLow));
        }
        for (InterfaceAddress address : state.desired().addresses().values()) {
            boolean everywhere =
                    address.prefix().address() instanceof Ipv6Address v6 && v6.isLinkLocal();
            if (!everywhere
                    && !address.kernel()
                    && address.prefix().length() < address.prefix().address().bitLength()) {
                hops.put(
                        address.prefix().network(), RouteTable.Hop.onLink(index(address.device())));
            }
        }
        return hops.entrySet().stream()
                .map(e ->
                        new RouteTable.Entry(
                                e.getKey().address().high(),
                                e.getKey().address().low(),
                                e.getKey().mappedLength(),
                                e.getValue()))
                .sorted(
                        Comparator.comparingInt(RouteTable.Entry::length)
                                .thenComparingLong(RouteTable.Entry::high)
                                .thenComparingLong(RouteTable.Entry::low))
                .toList();
    }

    private NetworkView.Own own(IpAddress ip, int length, String device, boolean local) {
        return new NetworkView.Own(ip.high(), ip.low(), length, index(device), local);
    }

    private int index(String device) {
        return devices.require(device, "device").index();
    }
}
