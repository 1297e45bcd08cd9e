// SPDX-License-Identifier: Apache-2.0
package io.fullnat.api.service;

import static java.util.Objects.requireNonNull;

import io.fullnat.api.IpAddress;

/// A LocalIP (laddr): a source address under which the balancer talks to the real servers of a
/// service. It is answered for (ARP or neighbour discovery) on its device as long as a service
/// lists it or a connection uses it. Immutable and thread-safe.
///
/// @param address the address
/// @param device the port, or `port.vlan`, on which real servers reach it
public record LocalAddress(IpAddress address, String device) {
    /// Refuses null.
    public LocalAddress {
        requireNonNull(address, "address");
        requireNonNull(device, "device");
    }

    /// Shorthand for text.
    ///
    /// @param address the address in text form
    /// @param device the port, or `port.vlan`
    /// @return the local address
    public static LocalAddress of(String address, String device) {
        return new LocalAddress(IpAddress.parse(address), device);
    }

    @Override
    public String toString() {
        return address + " dev " + device;
    }
}
