// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.service;

import io.fullnat.core.address.Addresses;

/// A local address as a worker sees it.
///
/// @param high first half of the address
/// @param low last half
/// @param address of IPv4 as four bytes of a packet, read as one word; 0 of IPv6
/// @param slot of its counters
public record LocalEntry(long high, long low, int address, int slot) {
    /// A local address of either family.
    ///
    /// @param high first half of the address
    /// @param low last half
    /// @param slot of its counters
    /// @return the entry
    public static LocalEntry of(long high, long low, int slot) {
        return new LocalEntry(high, low, Addresses.word(high, low), slot);
    }

    /// Its family.
    ///
    /// @return false for IPv4
    public boolean isIpv6() {
        return !Addresses.isIpv4(high, low);
    }
}
