// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.address;

import io.fullnat.api.IpAddress;

/// What kind of address two numbers are.
public final class Addresses {
    private Addresses() {}

    /// Whether it is a mapped address of IPv4.
    ///
    /// @param high first half of the address
    /// @param low last half
    /// @return true for `::ffff:0.0.0.0/96`
    public static boolean isIpv4(long high, long low) {
        return high == 0 && low >>> 32 == IpAddress.mapped(0) >>> 32;
    }

    /// An address of IPv4 as it lies in a packet.
    ///
    /// @param high first half of the address
    /// @param low last half
    /// @return its four bytes, read as one word; 0 for an address of IPv6
    public static int word(long high, long low) {
        return isIpv4(high, low) ? Integer.reverseBytes((int) low) : 0;
    }

    /// Whether it can be one host's, as others see it: of IPv4 not 0/8, 127/8, multicast and 240/4
    /// (RFC 1122 §3.2.1.3); of IPv6 neither unspecified, nor loopback, nor multicast (RFC 4291
    /// §2.5, §2.7).
    ///
    /// @param high first half of the address
    /// @param low last half
    /// @return false if no packet of another host can have it
    public static boolean isUnicast(long high, long low) {
        if (isIpv4(high, low)) {
            int first = (int) (low >>> 24) & 0xFF;
            return first != 0 && first != 127 && first < 224;
        }
        boolean unspecifiedOrLoopback = high == 0 && (low & ~1L) == 0;
        return !unspecifiedOrLoopback && !isGroup(high);
    }

    /// Whether it is a group's: `ff00::/8` (RFC 4291 §2.7).
    ///
    /// @param high first half of an address of IPv6
    /// @return true if it has no one host
    public static boolean isGroup(long high) {
        return high >>> 56 == 0xFF;
    }

    /// Whether it is good on one link alone: `fe80::/10` (RFC 4291 §2.5.6).
    ///
    /// @param high first half of an address of IPv6
    /// @return true if no router forwards it
    public static boolean isLinkLocal(long high) {
        return high >>> 54 == 0xFE80 >>> 6;
    }

    /// Whether it is none: `::`.
    ///
    /// @param high first half of the address
    /// @param low last half
    /// @return true if all bits are 0
    public static boolean isUnspecified(long high, long low) {
        return (high | low) == 0;
    }
}
