// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.connection;

import static io.fullnat.core.connection.ConnectionLayout.ADDRESSES;
import static io.fullnat.core.connection.ConnectionLayout.DIRECTION;
import static io.fullnat.core.connection.ConnectionLayout.KEY_MASK;
import static io.fullnat.core.connection.ConnectionLayout.LINE_LENGTH;
import static io.fullnat.core.connection.ConnectionLayout.PORTS;

import io.fullnat.api.io.Memory;

/// What a direction of a connection is found by: two words as they lie in a packet. `addresses` is
/// the eight bytes of source and destination address, `portsAndProtocol` the four bytes of source
/// and destination port with the protocol number above them.
public final class ConnectionKey {
    private ConnectionKey() {}

    /// The second word of a key.
    ///
    /// @param ports the four bytes of source and destination port, read as one word
    /// @param protocol the protocol number
    /// @return the word
    public static long portsAndProtocol(int ports, int protocol) {
        return (ports & 0xFFFF_FFFFL) | ((long) protocol << 32);
    }

    /// Whether a line has a key.
    ///
    /// @param line a line, of a free record too
    /// @param addresses first word
    /// @param portsAndProtocol second word
    /// @return true if it is in use by that key
    public static boolean matches(long line, long addresses, long portsAndProtocol) {
        return addresses(line) == addresses && portsAndProtocol(line) == portsAndProtocol;
    }

    /// The destination port of a connection's outbound key: for FullNAT its local port.
    ///
    /// @param record the connection
    /// @return 0 to 65535
    public static int outboundDestinationPort(long record) {
        return Memory.getNetworkShort(record + LINE_LENGTH + PORTS + 2);
    }

    static long addresses(long line) {
        return Memory.getLong(line + ADDRESSES);
    }

    static long portsAndProtocol(long line) {
        return Memory.getLong(line + PORTS) & KEY_MASK;
    }

    static void write(long line, long addresses, long portsAndProtocol, int direction) {
        Memory.putLong(line + ADDRESSES, addresses);
        Memory.putLong(line + PORTS, portsAndProtocol);
        Memory.putByte(line + DIRECTION, direction);
    }
}
