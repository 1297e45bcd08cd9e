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

    /// The length of an address of this family.
    ///
    /// @return 32 for IPv4
    int bitLength();
}
