// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.modify;

import io.fullnat.api.io.Memory;
import io.fullnat.core.open.ModifiedPacket;
import io.fullnat.core.packet.Checksum;
import io.fullnat.core.packet.Ipv4;
import io.fullnat.core.packet.Ipv6;
import io.fullnat.core.packet.Tcp;
import io.fullnat.core.translate.TcpOptions;

/// What is done to packets for a PROXY header. Checksums are corrected by what has changed (RFC
/// 1624), so what came damaged leaves damaged. Stateless.
final class ProxySegments {
    private static final int PADDING = 2; // in front of them, as is usual (RFC 7323 appendix A)

    private ProxySegments() {}

    /// Takes data and the FIN out of a segment, and the urgent pointer, by which receivers would
    /// take a byte out of what is put in their place.
    static void cut(ModifiedPacket packet) {
        long l4 = packet.transport();
        int header = Tcp.headerLength(l4);
        int length = packet.transportLength() - header;
        int flags = Tcp.flags(l4);
        int kept = flags & ~(Tcp.FIN | Tcp.URG);
        if (length == 0 && kept == flags) {
            return;
        }
        long before = Checksum.sum(l4 + header, length) + flags + length;
        Tcp.flags(l4, kept);
        Memory.zero(l4 + header, length); // a short frame is padded by what was there
        TcpOptions.lengthen(packet.ip(), -length);
        TcpOptions.correct(l4, before, kept);
    }

    /// Takes the first bytes of a segment's data out.
    ///
    /// @param bytes how many, fewer than there are
    static void trim(ModifiedPacket packet, int bytes) {
        long l4 = packet.transport();
        long data = l4 + Tcp.headerLength(l4);
        int length = packet.transportLength() - Tcp.headerLength(l4);
        int rest = length - bytes;
        long before = Checksum.sum(data, length) + length + halves(Tcp.sequence(l4));
        Memory.copy(data + bytes, data, rest);
        Memory.zero(data + rest, bytes);
        Tcp.sequence(l4, Tcp.sequence(l4) + bytes);
        TcpOptions.lengthen(packet.ip(), -bytes);
        TcpOptions.correct(l4, before, Checksum.sum(data, rest) + rest + halves(Tcp.sequence(l4)));
    }

    /// Gives a segment another sequence number.
    static void renumber(long l4, int number) {
        long before = halves(Tcp.sequence(l4));
        Tcp.sequence(l4, number);
        TcpOptions.correct(l4, before, halves(number));
    }

    /// Lets a segment acknowledge something else.
    static void acknowledge(long l4, int number) {
        long before = halves(Tcp.acknowledgement(l4));
        Tcp.acknowledgement(l4, number);
        TcpOptions.correct(l4, before, halves(number));
    }

    /// Gives a segment without data a payload.
    ///
    /// @param packet with the segment, which ends with its header
    /// @param number of its first byte
    /// @param data what it is to carry
    /// @param length of that
    static void append(ModifiedPacket packet, int number, long data, int length) {
        long l4 = packet.transport();
        long at = l4 + Tcp.headerLength(l4);
        Memory.copy(data, at, length);
        if ((length & 1) != 0) {
            Memory.putByte(at + length, 0);
        }
        renumber(l4, number);
        long before = Tcp.flags(l4);
        Tcp.flags(l4, Tcp.flags(l4) | Tcp.PSH);
        TcpOptions.correct(l4, before, Tcp.flags(l4) + (long) length + Checksum.sum(at, length));
        TcpOptions.lengthen(packet.ip(), length);
    }

    /// Sends a segment of its own in front of one. Of its options it has the timestamps, without
    /// which receivers may drop it (RFC 7323 §3.2), unless they make it longer than a link takes;
    /// others are about that segment itself.
    ///
    /// @param packet of the same connection
    /// @param number of its first byte
    /// @param data what it is to carry
    /// @param length of that
    /// @return false if there is no buffer
    static boolean sendAhead(ModifiedPacket packet, int number, long data, int length) {
        boolean ipv6 = packet.isIpv6();
        int front = ipv6 ? Ipv6.HEADER_LENGTH : Ipv4.MIN_HEADER_LENGTH;
        int times = TcpOptions.timestamps(packet.transport());
        int header = Tcp.MIN_HEADER_LENGTH;
        if (times != 0
                && front + header + PADDING + Tcp.TIMESTAMPS_LENGTH + length <= packet.mtu()) {
            header += PADDING + Tcp.TIMESTAMPS_LENGTH;
        }
        int total = front + header + length;
        long ip = packet.ahead(total);
        if (ip == 0) {
            return false;
        }
        long from = packet.ip();
        long segment = packet.transport();
        long l4 = ip + front;
        Memory.copy(segment, l4, Tcp.MIN_HEADER_LENGTH);
        if (header > Tcp.MIN_HEADER_LENGTH) {
            int at = header - Tcp.TIMESTAMPS_LENGTH;
            Memory.putByte(l4 + at - 2, Tcp.OPTION_NO_OPERATION);
            Memory.putByte(l4 + at - 1, Tcp.OPTION_NO_OPERATION);
            Memory.copy(segment + times, l4 + at, Tcp.TIMESTAMPS_LENGTH);
        }
        Tcp.headerLength(l4, header);
        Tcp.flags(l4, Tcp.ACK | Tcp.PSH);
        Tcp.sequence(l4, number);
        Tcp.urgentPointer(l4, 0);
        Memory.copy(data, l4 + header, length);
        if (ipv6) {
            Memory.copy(from, ip, Ipv6.HEADER_LENGTH);
            Ipv6.payloadLength(ip, total - front);
            Ipv6.nextHeader(ip, Ipv4.PROTOCOL_TCP);
            Tcp.checksum(l4, Checksum.transport6(ip, Ipv4.PROTOCOL_TCP, l4, total - front));
            return true;
        }
        Ipv4.writeHeader(
                ip,
                total,
                Ipv4.timeToLive(from),
                Ipv4.PROTOCOL_TCP,
                Ipv4.source(from),
                Ipv4.destination(from));
        Ipv4.typeOfService(ip, Ipv4.typeOfService(from));
        Ipv4.checksum(ip, Checksum.ipv4Header(ip));
        Tcp.checksum(l4, Checksum.transport(ip));
        return true;
    }

    private static long halves(int word) {
        return (word >>> 16) + (word & 0xFFFFL);
    }
}
