// SPDX-License-Identifier: Apache-2.0
package io.fullnat.api.network;

import static java.util.Objects.requireNonNull;

import io.fullnat.api.IpPrefix;

/// An address of the balancer on a device. It is answered for (ARP or neighbour discovery, pings),
/// announced when added, and makes its network directly reachable (a connected route). Immutable
/// and thread-safe.
///
/// One that is the kernel's alone is none of that: the balancer leaves it to the interface beside
/// the port ([io.fullnat.api.io.PuntPort]), gives that all that is sent to it, and neither answers
/// for it nor speaks from it; nor does it make a network reachable.
///
/// @param prefix the address with the length of its network; 32 or, of IPv6, 128 for the address
///   alone
/// @param device the port, or `port.vlan`
/// @param kernel whether it is the kernel's alone
/// @param lifetime how long it is there; the kernel's alone are without end
public record InterfaceAddress(
        IpPrefix prefix, String device, boolean kernel, AddressLifetime lifetime) {
    /// Refuses null.
    public InterfaceAddress {
        requireNonNull(prefix, "prefix");
        requireNonNull(device, "device");
        requireNonNull(lifetime, "lifetime");
    }

    /// An address without end.
    ///
    /// @param prefix the address with the length of its network
    /// @param device the port, or `port.vlan`
    /// @param kernel whether it is the kernel's alone
    public InterfaceAddress(IpPrefix prefix, String device, boolean kernel) {
        this(prefix, device, kernel, AddressLifetime.FOREVER);
    }

    /// An address of the balancer.
    ///
    /// @param prefix the address with the length of its network
    /// @param device the port, or `port.vlan`
    public InterfaceAddress(IpPrefix prefix, String device) {
        this(prefix, device, false);
    }

    /// Shorthand for text.
    ///
    /// @param prefix for example `10.0.0.1/24`
    /// @param device the port, or `port.vlan`
    /// @return the interface address
    public static InterfaceAddress of(String prefix, String device) {
        return new InterfaceAddress(IpPrefix.parse(prefix), device);
    }

    /// Which one it is.
    ///
    /// @return its address, and its device if it is link-local
    public AddressKey key() {
        return AddressKey.of(prefix.address(), device);
    }

    /// The same as an address of the kernel alone.
    ///
    /// @return a copy
    public InterfaceAddress ofKernel() {
        return new InterfaceAddress(prefix, device, true, lifetime);
    }

    /// The same with another lifetime.
    ///
    /// @param other how long it is there
    /// @return a copy
    public InterfaceAddress withLifetime(AddressLifetime other) {
        return new InterfaceAddress(prefix, device, kernel, other);
    }

    /// Whether another is this one but for its lifetime.
    ///
    /// @param other the other
    /// @return true if so
    public boolean isSame(InterfaceAddress other) {
        return equals(requireNonNull(other, "other").withLifetime(lifetime));
    }

    @Override
    public String toString() {
        return prefix
                + " dev "
                + device
                + (kernel ? " kernel" : "")
                + (lifetime.isForever() ? "" : " " + lifetime);
    }
}
