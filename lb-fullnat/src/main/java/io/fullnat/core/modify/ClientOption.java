// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.modify;

import static io.fullnat.core.connection.ConnectionLayout.ADDRESSES;
import static io.fullnat.core.connection.ConnectionLayout.INBOUND;
import static io.fullnat.core.connection.ConnectionLayout.PORTS;
import static io.fullnat.core.connection.ConnectionLayout.WIDE_ADDRESSES;

import io.fullnat.api.io.Memory;
import io.fullnat.core.connection.ConnectionLayout;

/// A client's address and port as an option, the same in TCP and in IP:
///
/// ```
///   0      1        2             4                    8 or 20
///  +------+--------+-------------+---------------------+
///  | kind | length | client port | client address      |
///  +------+--------+-------------+---------------------+
/// ```
///
/// All in network order. The address is of the family that the client speaks, whichever the packet
/// is of. Stateless.
final class ClientOption {
    /// Bytes of the option with an address of IPv4.
    static final int LENGTH_IPV4 = 8;

    /// Bytes of the option with an address of IPv6.
    static final int LENGTH_IPV6 = 20;

    private static final int LENGTH_OFFSET = 1;
    private static final int PORT_OFFSET = 2;
    private static final int ADDRESS_OFFSET = 4;

    private ClientOption() {}

    /// Writes the option of a connection's client.
    ///
    /// @param at where
    /// @param kind of the option
    /// @param entry of the connection
    static void write(long at, int kind, long entry) {
        boolean ipv6 = ConnectionLayout.hasWideKey(entry, INBOUND);
        int length = ipv6 ? LENGTH_IPV6 : LENGTH_IPV4;
        Memory.putByte(at, kind);
        Memory.putByte(at + LENGTH_OFFSET, length);
        Memory.putShort(at + PORT_OFFSET, Memory.getUnsignedShort(entry + PORTS));
        Memory.copy(
                entry + (ipv6 ? WIDE_ADDRESSES : ADDRESSES),
                at + ADDRESS_OFFSET,
                length - ADDRESS_OFFSET);
    }

    /// The length of an option that is written.
    ///
    /// @param at where
    /// @return [#LENGTH_IPV4] or [#LENGTH_IPV6]
    static int length(long at) {
        return Memory.getUnsignedByte(at + LENGTH_OFFSET);
    }
}
