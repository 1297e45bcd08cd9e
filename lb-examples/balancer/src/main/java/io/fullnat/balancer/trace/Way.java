// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.trace;

import io.fullnat.api.IpAddress;
import io.fullnat.api.control.AddressStatus;
import io.fullnat.api.control.BalancerStatus;
import io.fullnat.api.network.AddressKey;
import io.fullnat.api.network.Route;
import java.util.Comparator;
import java.util.Optional;

/// How packets to an address leave: the longest of static routes and of networks on links.
/// Immutable and thread-safe.
///
/// @param device the port, or `port.vlan`
/// @param hop who is asked for
/// @param words what leads there
public record Way(String device, IpAddress hop, String words) {
    /// Finds it.
    ///
    /// @param to where packets go
    /// @param status addresses and routes
    /// @return empty if nothing leads there
    public static Optional<Way> to(IpAddress to, BalancerStatus status) {
        Optional<Route> route =
                status.routes().stream()
                        .filter(each -> each.destination().contains(to))
                        .max(Comparator.comparingInt(each -> each.destination().length()));
        Optional<AddressStatus> link =
                status.addresses().stream()
                        .filter(each -> each.address().prefix().network().contains(to))
                        .max(Comparator.comparingInt(each -> each.address().prefix().length()));
        int linkLength = link.map(each -> each.address().prefix().length()).orElse(-1);
        int routeLength = route.map(each -> each.destination().length()).orElse(-1);
        if (route.isPresent() && routeLength >= linkLength) {
            Route found = route.get();
            return Optional.of(
                    new Way(found.device(), found.gateway().orElse(to), "to " + to + ": " + found));
        }
        return link.map(each -> each.address().device())
                .map(device -> new Way(device, to, to + " is on the link of " + device));
    }

    /// Who is asked for, told apart from others of that address on other links.
    ///
    /// @return with the device if that matters
    public AddressKey hopKey() {
        return AddressKey.of(hop, device);
    }
}
