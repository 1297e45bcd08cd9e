// SPDX-License-Identifier: Apache-2.0
package io.fullnat.api;

/// An IP address, of IPv4 or of IPv6. Each has one form: an IPv6 address that maps one of IPv4 is
/// none here, see [Ipv6Address].
///
/// Immutable and thread-safe.
public sealed interface IpAddress extends Comparable<IpAddress> permits Ipv4Address, Ipv6Address {

    /// Reads an address in its usual text form: a dotted quad (RFC 791) or, if there is a colon,
    /// one of IPv6 (RFC 4291 §2.2), without brackets and without a zone.
    ///
    /// @param text for example `192.168.1.9` or `2001:db8::9`
    /// @return the address
    /// @throws BalancerException [ErrorCode#INVALID_ARGUMENT] naming the text when it is no address
    static IpAddress parse(String text) {
        return text.indexOf(':') >= 0 ? Ipv6Address.parse(text) : Ipv4Address.parse(text);
    }

    /// The address of 128 bits, as two numbers.
    ///
    /// @param high its first 64 bits
    /// @param low its last 64 bits
    /// @return an IPv4 address if it is a mapped one, as in `::ffff:192.0.2.1` (RFC 4291 §2.5.5.2),
    ///   else one of IPv6
    static IpAddress of(long high, long low) {
        return isMapped(high, low) ? new Ipv4Address((int) low) : new Ipv6Address(high, low);
    }

    /// Whether two numbers are a mapped IPv4 address.
    ///
    /// @param high the first 64 bits of an address
    /// @param low its last 64 bits
    /// @return true for `::ffff:0.0.0.0/96`
    static boolean isMapped(long high, long low) {
        return high == 0 && low >>> 32 == Ipv4Address.MAPPED >>> 32;
    }

    /// The lower half of a mapped IPv4 address; the upper one is 0.
    ///
    /// @param bits an IPv4 address in host order
    /// @return its last 64 bits
    static long mapped(int bits) {
        return Ipv4Address.MAPPED | (bits & 0xFFFF_FFFFL);
    }

    /// The upper half of the address as one of 128 bits, in which IPv4 is mapped: how all code
    /// above the data path handles addresses, whatever their family.
    ///
    /// @return its first 64 bits, 0 for IPv4
    long high();

    /// The lower half.
    ///
    /// @return its last 64 bits
    long low();

    /// The family, as messages call it.
    ///
    /// @return `IPv4` or `IPv6`
    default String family() {
        return switch (this) {
            case Ipv4Address _ -> "IPv4";
            case Ipv6Address _ -> "IPv6";
        };
    }

    /// The length of an address of this family.
    ///
    /// @return 32 for IPv4, 128 for IPv6
    int bitLength();
}
