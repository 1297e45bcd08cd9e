// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.stack;

import io.fullnat.core.address.Addresses;
import io.fullnat.core.address.PrefixMap;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Routes by longest prefix match. Looked at once a connection, not once a packet. Not changed
/// after construction.
public final class RouteTable {
    private final PrefixMap numbers;
    private final Hop[] hops;
    private final Set<Integer> ipv6Devices;

    /// A table of routes.
    ///
    /// @param entries no prefix twice
    public RouteTable(Collection<Entry> entries) {
        List<PrefixMap.Entry> prefixes = new ArrayList<>(entries.size());
        hops = new Hop[entries.size()];
        for (Entry entry : entries) {
            int number = prefixes.size();
            hops[number] = entry.hop;
            prefixes.add(new PrefixMap.Entry(entry.high, entry.low, entry.length, number));
        }
        numbers = new PrefixMap(prefixes);
        ipv6Devices =
                entries.stream()
                        .filter(entry -> !Addresses.isIpv4(entry.high, entry.low))
                        .map(entry -> entry.hop.device())
                        .collect(Collectors.toUnmodifiableSet());
    }

    /// Finds where to send a packet.
    ///
    /// @param high first half of its destination
    /// @param low last half
    /// @return null if no route matches
    public @Nullable Hop find(long high, long low) {
        int number = numbers.find(high, low);
        return number == PrefixMap.NONE ? null : hops[number];
    }

    /// The devices by which routes of IPv6 lead.
    ///
    /// @return their numbers
    Set<Integer> ipv6Devices() {
        return ipv6Devices;
    }

    /// Where a route leads.
    ///
    /// @param device the device's number
    /// @param gatewayHigh first half of the gateway's address
    /// @param gatewayLow last half; 0, as the first, if destinations are on the link
    public record Hop(int device, long gatewayHigh, long gatewayLow) {
        /// A route to the link itself.
        ///
        /// @param device the device's number
        /// @return a hop without gateway
        public static Hop onLink(int device) {
            return new Hop(device, 0, 0);
        }

        /// Whether packets go to a gateway.
        ///
        /// @return false if their destinations are on the link
        public boolean hasGateway() {
            return (gatewayHigh | gatewayLow) != 0;
        }
    }

    /// A route.
    ///
    /// @param high first half of an address of the network
    /// @param low last half
    /// @param length of the prefix, 0 to 128
    /// @param hop where it leads
    public record Entry(long high, long low, int length, Hop hop) {}
}
