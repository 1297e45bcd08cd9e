// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.modify;

import static io.fullnat.core.connection.ConnectionLayout.ADDRESSES;
import static io.fullnat.core.connection.ConnectionLayout.INBOUND;
import static io.fullnat.core.connection.ConnectionLayout.PORTS;
import static io.fullnat.core.connection.ConnectionLayout.PROTOCOL;
import static io.fullnat.core.connection.ConnectionLayout.WIDE_ADDRESSES;

import io.fullnat.api.io.Memory;
import io.fullnat.core.connection.ConnectionLayout;
import io.fullnat.core.packet.Ipv4;

/// Writes PROXY headers of a connection's client and virtual address, which are of one family
/// whatever the real server's is. Stateless.
final class ProxyBytes {
    /// The longest header.
    static final int LONGEST = 104;

    /// Of the binary form: signature, command, family, length.
    static final int FIXED = 16;

    static final long SIGNATURE_START = Long.reverseBytes(0x0D0A_0D0A_000D_0A51L);
    static final int SIGNATURE_END = Integer.reverseBytes(0x5549_540A);

    /// Version 2, a connection of somebody else.
    static final int PROXY = 0x21;

    static final int INET = 0x10;
    static final int INET6 = 0x20;
    static final int STREAM = 1;
    static final int DATAGRAM = 2;

    private ProxyBytes() {}

    /// Writes the header of a connection.
    ///
    /// @param at where, with room for [#LONGEST] bytes
    /// @param version 1 or 2
    /// @param entry of the connection
    /// @return its length
    static int write(long at, int version, long entry) {
        boolean ipv6 = ConnectionLayout.hasWideKey(entry, INBOUND);
        boolean stream = Memory.getByte(entry + PROTOCOL) == Ipv4.PROTOCOL_TCP;
        long addresses = entry + (ipv6 ? WIDE_ADDRESSES : ADDRESSES);
        return write(at, version, ipv6, stream, addresses, entry + PORTS);
    }

    /// Writes a header.
    ///
    /// @param at where, with room for [#LONGEST] bytes
    /// @param version 1 or 2
    /// @param ipv6 the family of both addresses
    /// @param stream whether it is of TCP
    /// @param addresses where source and destination lie
    /// @param ports where both ports lie
    /// @return its length
    static int write(
            long at, int version, boolean ipv6, boolean stream, long addresses, long ports) {
        if (version == 1) {
            return ProxyText.write(at, ipv6, addresses, ports);
        }
        int length = ipv6 ? 32 : 8;
        start(at, PROXY, (ipv6 ? INET6 : INET) | (stream ? STREAM : DATAGRAM), length + 4);
        Memory.copy(addresses, at + FIXED, length);
        Memory.copy(ports, at + FIXED + length, 4);
        return FIXED + length + 4;
    }

    private static void start(long at, int command, int family, int length) {
        Memory.putLong(at, SIGNATURE_START);
        Memory.putInt(at + 8, SIGNATURE_END);
        Memory.putByte(at + 12, command);
        Memory.putByte(at + 13, family);
        Memory.putNetworkShort(at + 14, length);
    }
}
