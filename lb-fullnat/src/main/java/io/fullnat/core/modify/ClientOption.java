// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.modify;

import static io.fullnat.core.connection.ConnectionLayout.ADDRESSES;
import static io.fullnat.core.connection.ConnectionLayout.INBOUND;
import static io.fullnat.core.connection.ConnectionLayout.PORTS;
import static io.fullnat.core.connection.ConnectionLayout.WIDE_ADDRESSES;

import io.fullnat.api.io.Memory;
import io.fullnat.core.connection.ConnectionLayout;
import io.fullnat.core.packet.ClientOptionForm;

/// A client's address and port as an option ([ClientOptionForm]), the same in TCP and in IP.
/// Stateless.
final class ClientOption {
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
        int length = ipv6 ? ClientOptionForm.LENGTH_IPV6 : ClientOptionForm.LENGTH_IPV4;
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
    /// @return 8 or 20
    static int length(long at) {
        return Memory.getUnsignedByte(at + LENGTH_OFFSET);
    }
}
