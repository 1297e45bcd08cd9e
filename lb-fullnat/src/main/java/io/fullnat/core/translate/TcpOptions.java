// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.translate;

import io.fullnat.api.io.Memory;
import io.fullnat.core.packet.Checksum;
import io.fullnat.core.packet.Ipv4;
import io.fullnat.core.packet.Tcp;

/// Puts TCP options (RFC 9293 §3.1) into a packet where it lies, and takes them out: the headers
/// move, the payload stays. Both checksums are corrected by what has changed, so that a packet that
/// came damaged leaves damaged.
///
/// All packets are well-formed IPv4 with TCP, not fragments. Stateless.
public final class TcpOptions {
    private static final int UNIT = 4;
    private static final int LENGTH_OFFSET = 2;

    private TcpOptions() {}

    /// How many bytes of options there is room for.
    ///
    /// @param ip address of the IP header
    /// @return 0 to 40
    public static int room(long ip) {
        return Tcp.MAX_HEADER_LENGTH - Tcp.headerLength(Ipv4.payload(ip));
    }

    /// Where an option stands.
    ///
    /// @param ip address of the IP header
    /// @param kind of the option, 2 to 255
    /// @return bytes from the TCP header on, or 0 if it is not there, or behind something malformed
    public static int find(long ip, int kind) {
        long l4 = Ipv4.payload(ip);
        int end = Tcp.headerLength(l4);
        int at = Tcp.MIN_HEADER_LENGTH;
        while (at < end) {
            int found = Memory.getUnsignedByte(l4 + at);
            if (found == Tcp.OPTION_END) {
                return 0;
            }
            if (found == Tcp.OPTION_NO_OPERATION) {
                at++;
                continue;
            }
            int length = at + 1 < end ? Memory.getUnsignedByte(l4 + at + 1) : 0;
            if (length < 2 || length > end - at) {
                return 0;
            }
            if (found == kind) {
                return at;
            }
            at += length;
        }
        return 0;
    }

    /// Puts options in front of those that are there.
    ///
    /// @param ip address of the IP header, with room in front
    /// @param options address of their bytes
    /// @param length of them, a multiple of four, at most [#room(long)]
    /// @return where the IP header begins now
    public static long insert(long ip, long options, int length) {
        requireWords(length);
        if (length > room(ip)) {
            throw new IllegalArgumentException(length + " bytes, room for " + room(ip));
        }
        long before = sum(ip);
        long moved = ip - length;
        int front = Ipv4.headerLength(ip) + Tcp.MIN_HEADER_LENGTH;
        Memory.copy(ip, moved, front);
        Memory.copy(options, moved + front, length);
        resize(moved, length, before);
        return moved;
    }

    /// Takes bytes of options out.
    ///
    /// @param ip address of the IP header
    /// @param offset of the first byte, from the TCP header on
    /// @param length of them, a multiple of four, within the header
    /// @return where the IP header begins now
    public static long remove(long ip, int offset, int length) {
        requireWords(length);
        int header = Tcp.headerLength(Ipv4.payload(ip));
        if (offset < Tcp.MIN_HEADER_LENGTH || offset + length > header) {
            throw new IllegalArgumentException(
                    length + " bytes at " + offset + " of a header of " + header);
        }
        long before = sum(ip);
        long moved = ip + length;
        Memory.copy(ip, moved, Ipv4.headerLength(ip) + offset);
        resize(moved, -length, before);
        return moved;
    }

    private static void requireWords(int length) {
        if (length <= 0 || length % UNIT != 0) {
            throw new IllegalArgumentException(length + " is not a multiple of " + UNIT);
        }
    }

    /// What the TCP checksum covers and a change of options changes: header and length.
    private static long sum(long ip) {
        long l4 = Ipv4.payload(ip);
        return Checksum.sum(l4, Tcp.headerLength(l4)) + Ipv4.payloadLength(ip);
    }

    private static void resize(long ip, int more, long sumBefore) {
        int total = Ipv4.totalLength(ip);
        Ipv4.checksum(ip, Checksum.update(Ipv4.checksum(ip), total, total + more));
        Memory.putNetworkShort(ip + LENGTH_OFFSET, total + more);
        long l4 = Ipv4.payload(ip);
        Tcp.headerLength(l4, Tcp.headerLength(l4) + more);
        // The checksum is a part of both sums and cancels itself out.
        long delta = (~Checksum.fold(sumBefore) & 0xFFFF) + sum(ip);
        Tcp.checksum(l4, Checksum.apply(Tcp.checksum(l4), delta));
    }
}
