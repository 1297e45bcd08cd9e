// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.modify;

import io.fullnat.api.io.Memory;
import io.fullnat.core.open.ModifiedPacket;
import io.fullnat.core.packet.Checksum;
import io.fullnat.core.packet.ClientOptionForm;
import io.fullnat.core.packet.Ipv4;
import io.fullnat.core.packet.Ipv6;

/// How a datagram carries its client ([ClientOption]): in an option of IPv4, right behind the fixed
/// header, or in a header of its own between IP and UDP, whose protocol number is 248:
///
/// ```
///   0         1          2          4
///  +----+----+----------+----------+-----------------+
///  | fam| 0  | protocol |  length  | option          |
///  +----+----+----------+----------+-----------------+
/// ```
///
/// `fam` is 1 for a client of IPv4, 2 for one of IPv6, whichever the packet is of; `protocol` that
/// of what follows; `length` that of this header. The checksum of UDP stays what it was: it covers
/// no other header, and its receiver sees it when this one is gone. Stateless.
final class UoaForm {
    /// The number of the header's protocol.
    static final int PROTOCOL = 248;

    private static final int FIXED = 4;
    private static final int FAMILY_IPV4 = 1 << 4;
    private static final int FAMILY_IPV6 = 2 << 4;

    private UoaForm() {}

    /// Bytes that a packet becomes longer.
    ///
    /// @param header whether it is a header of its own
    /// @param option that is written
    static int length(boolean header, long option) {
        return ClientOption.length(option) + (header ? FIXED : 0);
    }

    /// Bytes of the IP header of a packet without options.
    static int headerLength(ModifiedPacket packet) {
        return packet.isIpv6() ? Ipv6.HEADER_LENGTH : Ipv4.MIN_HEADER_LENGTH;
    }

    /// Whether a packet has room. One of IPv6 with extension headers has not: what stands behind
    /// them is not looked for.
    ///
    /// @param packet that is translated
    /// @param header whether it is a header of its own
    /// @param option that is written
    static boolean fits(ModifiedPacket packet, boolean header, long option) {
        long ip = packet.ip();
        int before = (int) (packet.transport() - ip);
        int more = length(header, option);
        boolean placed =
                packet.isIpv6()
                        ? before == Ipv6.HEADER_LENGTH
                        : header || before + more <= Ipv4.MAX_HEADER_LENGTH;
        return placed && before + packet.transportLength() + more <= packet.mtu();
    }

    /// Puts it into a packet that has room.
    ///
    /// @param ip address of the IP header, with room in front
    /// @param l4 address of the UDP header
    /// @param header whether it is a header of its own
    /// @param option that is written
    /// @return where the IP header begins now
    static long insert(long ip, long l4, boolean header, long option) {
        int more = length(header, option);
        long moved = ip - more;
        int front = header ? (int) (l4 - ip) : Ipv4.MIN_HEADER_LENGTH;
        Memory.copy(ip, moved, front);
        long at = moved + front;
        int optionLength = ClientOption.length(option);
        if (header) {
            Memory.putByte(
                    at, optionLength == ClientOptionForm.LENGTH_IPV4 ? FAMILY_IPV4 : FAMILY_IPV6);
            Memory.putByte(at + 1, Ipv4.PROTOCOL_UDP);
            Memory.putNetworkShort(at + 2, more);
            at += FIXED;
        }
        Memory.copy(option, at, optionLength);
        resize(moved, more, header);
        return moved;
    }

    private static void resize(long ip, int more, boolean header) {
        if (Ipv6.version(ip) == 6) {
            Ipv6.payloadLength(ip, Ipv6.payloadLength(ip) + more);
            Ipv6.nextHeader(ip, PROTOCOL);
            return;
        }
        if (header) {
            Ipv4.protocol(ip, PROTOCOL);
        } else {
            Ipv4.headerLength(ip, Ipv4.headerLength(ip) + more);
        }
        Ipv4.totalLength(ip, Ipv4.totalLength(ip) + more);
        Ipv4.checksum(ip, Checksum.ipv4Header(ip));
    }
}
