// SPDX-License-Identifier: Apache-2.0
package io.fullnat.api.network;

import static java.util.Objects.requireNonNull;

import io.fullnat.api.IpPrefix;

/// An address of the balancer on a device. It is answered for (ARP or neighbour discovery, pings),
/// announced when added, and makes its network directly reachable (a connected route). Immutable
/// and thread-safe.
///
/// @param prefix the address with the length of its network; 32 or, of IPv6, 128 for the address
///   alone
/// @param device the port, or `port.vlan`
public record InterfaceAddress(IpPrefix prefix, String device) {
    /// Refuses null.
    public InterfaceAddress {
        requireNonNull(prefix, "prefix");
        requireNonNull(device, "device");
    }

    /// Shorthand for text.
    ///
    /// @param prefix for example `10.0.0.1/24`
    /// @param device the port, or `port.vlan`
    /// @return the interface address
    public static InterfaceAddress of(String prefix, String device) {
        return new InterfaceAddress(IpPrefix.parse(prefix), device);
    }

    @Override
    public String toString() {
        return prefix + " dev " + device;
    }
}
