// SPDX-License-Identifier: Apache-2.0
package io.fullnat.api;

/// An IPv6 address (RFC 4291). Ordered as an unsigned number, behind all of IPv4. Immutable and
/// thread-safe.
///
/// No mapped IPv4 address: `::ffff:192.0.2.1` is what sockets of IPv6 call `192.0.2.1`, it stands
/// in no packet (RFC 4291 §2.5.5.2), and an address shall have one form only. No zone either: what
/// has an address on a link names the device beside it.
///
/// @param high its first 64 bits
/// @param low its last 64 bits
public record Ipv6Address(long high, long low) implements IpAddress {
    /// `::`.
    public static final Ipv6Address ANY = new Ipv6Address(0, 0);

    /// `::1`.
    public static final Ipv6Address LOOPBACK = new Ipv6Address(0, 1);

    /// Refuses mapped IPv4 addresses.
    ///
    /// @throws BalancerException [ErrorCode#INVALID_ARGUMENT] for one of `::ffff:0.0.0.0/96`
    public Ipv6Address {
        if (IpAddress.isMapped(high, low)) {
            throw new BalancerException(
                    ErrorCode.INVALID_ARGUMENT,
                    "::ffff:"
                            + new Ipv4Address((int) low)
                            + " is an IPv4 address in IPv6's form, which no packet has; write "
                            + new Ipv4Address((int) low));
        }
    }

    /// Reads an address: eight groups of one to four hexadecimal digits, of which `::` stands for
    /// one or more that are zero; the last two may be written as an IPv4 address (RFC 4291 §2.2).
    ///
    /// @param text for example `2001:db8::1`
    /// @return the address
    /// @throws BalancerException [ErrorCode#INVALID_ARGUMENT] naming the text
    public static Ipv6Address parse(String text) {
        return Ipv6Text.parse(text);
    }

    @Override
    public int bitLength() {
        return 128;
    }

    /// Whether it is a multicast address, `ff00::/8` (RFC 4291 §2.7).
    ///
    /// @return true for the address of a group
    public boolean isMulticast() {
        return high >>> 56 == 0xFF;
    }

    /// Whether it holds on one link only, `fe80::/10` (RFC 4291 §2.5.6).
    ///
    /// @return true for a link-local unicast address
    public boolean isLinkLocal() {
        return high >>> 54 == 0xFE80 >>> 6;
    }

    /// Whether a host may have this address: neither the unspecified one nor a multicast address.
    /// The loopback address counts as unicast.
    ///
    /// @return true for a unicast address
    public boolean isUnicast() {
        return !isMulticast() && (high | low) != 0;
    }

    @Override
    public int compareTo(IpAddress other) {
        return switch (other) {
            case Ipv4Address _ -> 1;
            case Ipv6Address(long itsHigh, long itsLow) -> {
                int byHigh = Long.compareUnsigned(high, itsHigh);
                yield byHigh != 0 ? byHigh : Long.compareUnsigned(low, itsLow);
            }
        };
    }

    /// Spread, because addresses come in rows.
    @Override
    public int hashCode() {
        return Long.hashCode((high * 0xC2B2_AE3D_27D4_EB4FL ^ low) * 0x9E37_79B9_7F4A_7C15L);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Ipv6Address(long itsHigh, long itsLow)
                && high == itsHigh
                && low == itsLow;
    }

    /// The one recommended form of RFC 5952: lower case, no leading zeros, the first of the longest
    /// rows of two or more zero groups as `::`.
    @Override
    public String toString() {
        return Ipv6Text.format(high, low);
    }
}
