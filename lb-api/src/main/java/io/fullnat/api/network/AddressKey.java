// SPDX-License-Identifier: Apache-2.0
package io.fullnat.api.network;

import static java.util.Objects.requireNonNull;

import io.fullnat.api.IpAddress;
import io.fullnat.api.Ipv6Address;
import java.util.Comparator;

/// Which interface address is meant: an address, and of a link-local one (`fe80::/10`) the device
/// on whose link it is. A balancer has a link-local address on as many devices as it wants, any
/// other once. Ordered by address, then by device. Immutable and thread-safe.
///
/// @param address the address
/// @param link the device of a link-local address; empty for any other
public record AddressKey(IpAddress address, String link) implements Comparable<AddressKey> {
    private static final Comparator<AddressKey> ORDER =
            Comparator.comparing(AddressKey::address).thenComparing(AddressKey::link);

    /// Refuses null.
    public AddressKey {
        requireNonNull(address, "address");
        requireNonNull(link, "link");
    }

    /// The key of an address on a device.
    ///
    /// @param address the address
    /// @param device where it is
    /// @return with the device if that matters
    public static AddressKey of(IpAddress address, String device) {
        requireNonNull(device, "device");
        return new AddressKey(address, isLinkLocal(address) ? device : "");
    }

    /// The key of an address that is on one device, whichever.
    ///
    /// @param address one that is not link-local; no interface address has the key of another
    /// @return without a device
    public static AddressKey of(IpAddress address) {
        return new AddressKey(address, "");
    }

    /// Whether an address means something on its own link alone.
    ///
    /// @param address any
    /// @return true for one of `fe80::/10`
    public static boolean isLinkLocal(IpAddress address) {
        return requireNonNull(address, "address") instanceof Ipv6Address v6 && v6.isLinkLocal();
    }

    @Override
    public int compareTo(AddressKey other) {
        return ORDER.compare(this, other);
    }

    @Override
    public String toString() {
        return link.isEmpty() ? address.toString() : address + " dev " + link;
    }
}
