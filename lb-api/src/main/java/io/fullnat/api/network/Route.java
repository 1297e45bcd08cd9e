// SPDX-License-Identifier: Apache-2.0
package io.fullnat.api.network;

import static java.util.Objects.requireNonNull;

import io.fullnat.api.IpAddress;
import io.fullnat.api.IpPrefix;
import java.util.Optional;

/// A static route. The longest matching prefix wins; connected networks need no route. Immutable
/// and thread-safe.
///
/// @param destination the network, `0.0.0.0/0` for the default route; bits beyond the length are
///   cleared
/// @param gateway the next hop, empty if the destination is on the link
/// @param device the port, or `port.vlan`, to send on
public record Route(IpPrefix destination, Optional<IpAddress> gateway, String device) {
    /// Clears the bits beyond the prefix length.
    public Route {
        requireNonNull(destination, "destination");
        requireNonNull(gateway, "gateway");
        requireNonNull(device, "device");
        destination = destination.network();
    }

    /// A route through a gateway.
    ///
    /// @param destination for example `0.0.0.0/0`
    /// @param gateway the next hop in text form
    /// @param device the port, or `port.vlan`
    /// @return the route
    public static Route via(String destination, String gateway, String device) {
        return new Route(
                IpPrefix.parse(destination), Optional.of(IpAddress.parse(gateway)), device);
    }

    /// A route to a network on the link.
    ///
    /// @param destination the network
    /// @param device the port, or `port.vlan`
    /// @return the route
    public static Route onLink(String destination, String device) {
        return new Route(IpPrefix.parse(destination), Optional.empty(), device);
    }

    @Override
    public String toString() {
        return destination + gateway.map(g -> " via " + g).orElse("") + " dev " + device;
    }
}
