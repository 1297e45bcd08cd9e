// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.connection;

import static io.fullnat.core.connection.ConnectionLayout.ADDRESSES;
import static io.fullnat.core.connection.ConnectionLayout.DIRECTION;
import static io.fullnat.core.connection.ConnectionLayout.FLOW_LENGTH;
import static io.fullnat.core.connection.ConnectionLayout.KEY_MASK;
import static io.fullnat.core.connection.ConnectionLayout.PORTS;
import static io.fullnat.core.connection.ConnectionLayout.WIDE_ADDRESSES;
import static io.fullnat.core.connection.ConnectionLayout.hasWideKey;

import io.fullnat.api.IpAddress;
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

    /// The source port of a key's second word.
    ///
    /// @param portsAndProtocol the word
    /// @return two bytes of a packet, read as one word
    public static int sourcePort(long portsAndProtocol) {
        return (int) portsAndProtocol & 0xFFFF;
    }

    /// The protocol of a key's second word.
    ///
    /// @param portsAndProtocol the word
    /// @return its number
    public static int protocol(long portsAndProtocol) {
        return (int) (portsAndProtocol >>> 32);
    }

    /// Whether a flow has a key.
    ///
    /// @param flow a flow, of a free entry too
    /// @param addresses first word
    /// @param portsAndProtocol second word
    /// @return true if it is in use by that key
    public static boolean matches(long flow, long addresses, long portsAndProtocol) {
        return addresses(flow) == addresses && portsAndProtocol(flow) == portsAndProtocol;
    }

    /// The destination port of a connection's outbound key: for FullNAT its local port.
    ///
    /// @param entry the connection
    /// @return 0 to 65535
    public static int outboundDestinationPort(long entry) {
        return Memory.getNetworkShort(entry + FLOW_LENGTH + PORTS + 2);
    }

    /// The first half of the address from which a direction's packets come. IPv4 is mapped, as in
    /// `::ffff:192.0.2.1` (RFC 4291 §2.5.5.2).
    ///
    /// @param entry an entry in use, or a copy
    /// @param direction [ConnectionLayout#INBOUND] or [ConnectionLayout#OUTBOUND]
    /// @return its first 64 bits, 0 for IPv4
    public static long sourceHigh(long entry, int direction) {
        return hasWideKey(entry, direction)
                ? Memory.getNetworkLong(flow(entry, direction) + WIDE_ADDRESSES)
                : 0;
    }

    /// The last half.
    ///
    /// @param entry as above
    /// @param direction as above
    /// @return its last 64 bits
    public static long sourceLow(long entry, int direction) {
        return hasWideKey(entry, direction)
                ? Memory.getNetworkLong(flow(entry, direction) + WIDE_ADDRESSES + 8)
                : mapped(flow(entry, direction) + ADDRESSES);
    }

    /// The first half of the address to which a direction's packets go.
    ///
    /// @param entry as above
    /// @param direction as above
    /// @return its first 64 bits, 0 for IPv4
    public static long destinationHigh(long entry, int direction) {
        return hasWideKey(entry, direction)
                ? Memory.getNetworkLong(flow(entry, direction) + WIDE_ADDRESSES + 16)
                : 0;
    }

    /// The last half.
    ///
    /// @param entry as above
    /// @param direction as above
    /// @return its last 64 bits
    public static long destinationLow(long entry, int direction) {
        return hasWideKey(entry, direction)
                ? Memory.getNetworkLong(flow(entry, direction) + WIDE_ADDRESSES + 24)
                : mapped(flow(entry, direction) + ADDRESSES + 4);
    }

    /// The port from which a direction's packets come.
    ///
    /// @param entry as above
    /// @param direction as above
    /// @return 0 to 65535
    public static int sourcePort(long entry, int direction) {
        return Memory.getNetworkShort(flow(entry, direction) + PORTS);
    }

    /// The port to which a direction's packets go.
    ///
    /// @param entry as above
    /// @param direction as above
    /// @return 0 to 65535
    public static int destinationPort(long entry, int direction) {
        return Memory.getNetworkShort(flow(entry, direction) + PORTS + 2);
    }

    private static long flow(long entry, int direction) {
        return entry + (long) direction * FLOW_LENGTH;
    }

    private static long mapped(long address) {
        return IpAddress.mapped(Memory.getNetworkInt(address));
    }

    static long addresses(long flow) {
        return Memory.getLong(flow + ADDRESSES);
    }

    static long portsAndProtocol(long flow) {
        return Memory.getLong(flow + PORTS) & KEY_MASK;
    }

    static void write(long flow, long addresses, long portsAndProtocol, int direction) {
        Memory.putLong(flow + ADDRESSES, addresses);
        Memory.putLong(flow + PORTS, portsAndProtocol);
        Memory.putByte(flow + DIRECTION, direction);
    }
}
