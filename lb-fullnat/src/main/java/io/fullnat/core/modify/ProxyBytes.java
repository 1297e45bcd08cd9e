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
    /// Of the binary form: signature, command, family, length.
    static final int FIXED = 16;

    /// The longest header: addresses of IPv6, and all that can stand behind them.
    static final int LONGEST = FIXED + 2 * 16 + 4 + ProxyTlvs.LONGEST;

    /// Version 2, a connection of the sender's own.
    static final int LOCAL = 0x20;

    /// Version 2, a connection of somebody else.
    static final int PROXY = 0x21;

    /// Of the transport protocols the largest.
    static final int DATAGRAM = 2;

    private static final int INET = 0x10;
    private static final int INET6 = 0x20;
    private static final int STREAM = 1;

    /// What the text form begins with.
    static final byte[] TEXT = {'P', 'R', 'O', 'X', 'Y', ' '};

    /// What the binary form begins with.
    static final byte[] SIGNATURE = {
        0x0D, 0x0A, 0x0D, 0x0A, 0x00, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A
    };

    private ProxyBytes() {}

    /// Whether data begin so, or are a part of such a beginning.
    ///
    /// @param data where
    /// @param length of them, 1 or more
    /// @param with [#TEXT] or [#SIGNATURE]
    static boolean begins(long data, int length, byte[] with) {
        int compared = Math.min(length, with.length);
        for (int i = 0; i < compared; i++) {
            if (Memory.getByte(data + i) != with[i]) {
                return false;
            }
        }
        return true;
    }

    /// Writes the header of a connection.
    ///
    /// @param at where, with room for [#LONGEST] bytes
    /// @param version 1 or 2
    /// @param entry of the connection
    /// @param tlvs where lies what the binary form says beside
    /// @param more bytes of that
    /// @return its length
    static int write(long at, int version, long entry, long tlvs, int more) {
        boolean ipv6 = ConnectionLayout.hasWideKey(entry, INBOUND);
        long addresses = entry + (ipv6 ? WIDE_ADDRESSES : ADDRESSES);
        if (version == 1) {
            return ProxyText.write(at, ipv6, addresses, entry + PORTS);
        }
        boolean stream = Memory.getByte(entry + PROTOCOL) == Ipv4.PROTOCOL_TCP;
        return write(at, ipv6, stream, addresses, entry + PORTS, tlvs, more);
    }

    /// Writes a header of a stream with addresses that the client has said.
    ///
    /// @param at where, with room for [#LONGEST] bytes
    /// @param version 1 or 2
    /// @param ipv6 of which family they are
    /// @param addresses where they lie, and behind them the ports
    /// @param tlvs where lies what the binary form says beside
    /// @param more bytes of that
    /// @return its length
    static int writeSaid(long at, int version, boolean ipv6, long addresses, long tlvs, int more) {
        long ports = addresses + (ipv6 ? 32 : 8);
        return version == 1
                ? ProxyText.write(at, ipv6, addresses, ports)
                : write(at, ipv6, true, addresses, ports, tlvs, more);
    }

    private static int write(
            long at,
            boolean ipv6,
            boolean stream,
            long addresses,
            long ports,
            long tlvs,
            int more) {
        int length = ipv6 ? 32 : 8;
        int behind = FIXED + length + 4;
        for (int i = 0; i < SIGNATURE.length; i++) {
            Memory.putByte(at + i, SIGNATURE[i]);
        }
        Memory.putByte(at + 12, PROXY);
        Memory.putByte(at + 13, (ipv6 ? INET6 : INET) | (stream ? STREAM : DATAGRAM));
        Memory.putNetworkShort(at + 14, length + 4 + more);
        Memory.copy(addresses, at + FIXED, length);
        Memory.copy(ports, at + FIXED + length, 4);
        Memory.copy(tlvs, at + behind, more);
        ProxyTlvs.seal(at, behind + more, more);
        return behind + more;
    }
}
