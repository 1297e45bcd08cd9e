// SPDX-License-Identifier: Apache-2.0
package io.fullnat.api;

/// An IP address. Only IPv4 is forwarded so far; code that takes an `IpAddress` and switches over
/// its permitted types is told by the compiler when a family is added.
///
/// Immutable and thread-safe.
public sealed interface IpAddress extends Comparable<IpAddress> permits Ipv4Address {

    /// Reads an address in its usual text form (RFC 791 dotted quad).
    ///
    /// @param text for example `192.168.1.9`
    /// @return the address
    /// @throws BalancerException [ErrorCode#INVALID_ARGUMENT] naming the text when it is no
    ///   address, [ErrorCode#UNSUPPORTED] when it is an IPv6 address
    static IpAddress parse(String text) {
        if (text.indexOf(':') >= 0) {
            throw new BalancerException(
                    ErrorCode.UNSUPPORTED,
                    "\"" + text + "\" is an IPv6 address; only IPv4 is supported");
        }
        return Ipv4Address.parse(text);
    }

    /// The address of 128 bits, as two numbers.
    ///
    /// @param high its first 64 bits
    /// @param low its last 64 bits
    /// @return an IPv4 address if it is a mapped one, as in `::ffff:192.0.2.1` (RFC 4291 §2.5.5.2)
    /// @throws BalancerException [ErrorCode#UNSUPPORTED] for any other
    static IpAddress of(long high, long low) {
        if (high != 0 || low >>> 32 != Ipv4Address.MAPPED >>> 32) {
            throw new BalancerException(
                    ErrorCode.UNSUPPORTED,
                    "%016x%016x is an IPv6 address; only IPv4 is supported".formatted(high, low));
        }
        return new Ipv4Address((int) low);
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

    /// The length of an address of this family.
    ///
    /// @return 32 for IPv4
    int bitLength();
}
