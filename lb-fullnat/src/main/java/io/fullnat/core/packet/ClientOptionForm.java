// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.packet;

/// Options of TCP and of IPv4 by which a real server is told a client's address and port:
///
/// ```
///   0      1        2             4                    8 or 20
///  +------+--------+-------------+---------------------+
///  | kind | length | client port | client address      |
///  +------+--------+-------------+---------------------+
/// ```
///
/// All in network order. The address is of the family that the client speaks, whichever the packet
/// is of.
public final class ClientOptionForm {
    /// Bytes of the option with an address of IPv4.
    public static final int LENGTH_IPV4 = 8;

    /// Bytes of the option with an address of IPv6.
    public static final int LENGTH_IPV6 = 20;

    /// The kind as an option of IPv4, not copied into fragments (RFC 791 §3.1). That of TCP is
    /// configured.
    public static final int IPV4_KIND = 31;

    private ClientOptionForm() {}

    /// Whether an option has a length that receivers take.
    ///
    /// @param length of an option
    /// @return true for that with an address of either family
    public static boolean isLength(int length) {
        return length == LENGTH_IPV4 || length == LENGTH_IPV6;
    }
}
