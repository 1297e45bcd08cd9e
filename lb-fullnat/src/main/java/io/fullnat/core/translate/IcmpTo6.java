// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.translate;

import static io.fullnat.core.connection.ConnectionLayout.NEW_WIDE_ADDRESSES;

import io.fullnat.api.io.Memory;
import io.fullnat.core.packet.Checksum;
import io.fullnat.core.packet.Icmp;
import io.fullnat.core.packet.Icmpv6;
import io.fullnat.core.packet.Ipv4;
import io.fullnat.core.packet.Ipv6;
import io.fullnat.core.packet.Ipv6Fragment;

/// Makes ICMPv6 errors of ICMP errors about packets that were IPv6 when they came (RFC 7915 §4.2,
/// §4.3). The quoted packet becomes what its sender sent: addresses and ports are known from the
/// connection, all else is translated as a packet's header is. The error comes from the address
/// that its receiver speaks with, since the router that sent it has none in IPv6 (RFC 6791 §3).
///
/// The quoted transport header stays where it is, and all headers are written in front of it, so a
/// packet needs up to 56 bytes of room in front. Stateless.
public final class IcmpTo6 {
    /// The longest error (RFC 4443 §2.4(c)).
    private static final int MAX_ERROR = Ipv6.MIN_MTU;

    private static final int HEADERS = Ipv6.HEADER_LENGTH + Icmpv6.HEADER_LENGTH;
    private static final int POINTER_SHIFT = 24;

    private IcmpTo6() {}

    /// Translates an error where it lies.
    ///
    /// @param ip address of a well-formed ICMP error whose quotation is translatable
    /// @param flow of the direction that the error belongs to
    /// @param link6 MTU towards the receiver
    /// @param link4 MTU towards the sender
    /// @return where the IPv6 header begins; 0, with nothing done, if ICMPv6 has no such error
    public static long translate(long ip, long flow, int link6, int link4) {
        long icmp = Ipv4.payload(ip);
        int available = Ipv4.payloadLength(ip) - Icmp.HEADER_LENGTH;
        int message = IcmpFamilies.to6(Icmp.type(icmp), Icmp.code(icmp));
        if (message == IcmpFamilies.NONE) {
            return 0;
        }
        int type = message >>> 8;
        long quoted = icmp + Icmp.HEADER_LENGTH;
        int rest = rest(type, icmp, Ipv4.totalLength(quoted), link6, link4);
        if (rest == IcmpFamilies.NONE) {
            return 0;
        }
        int hops = Ipv4.timeToLive(ip) - 1;
        int serviceType = Ipv4.typeOfService(ip);
        boolean fragment = Ipv4.isFragment(quoted);
        int header = Ipv6.HEADER_LENGTH + (fragment ? Ipv6Fragment.HEADER_LENGTH : 0);
        long l4 = Ipv4.payload(quoted);
        long end = quoted + ErrorExtension.quoted4(icmp, available);
        long tail = quoted + available;
        int quotation = header + (int) (end - l4);
        int padding = ErrorExtension.padding(quotation, ErrorExtension.UNIT_6);
        boolean extended =
                end < tail
                        && ErrorExtension.hasLength6(type)
                        && HEADERS + quotation + padding + (tail - end) <= MAX_ERROR;
        if (extended) {
            rest = ((quotation + padding) / ErrorExtension.UNIT_6) << POINTER_SHIFT;
        } else {
            padding = 0;
            end = Math.min(end, l4 + MAX_ERROR - HEADERS - header);
            tail = end;
        }
        long inner = QuotedPacket.to6(quoted, end, padding, fragment, flow);
        long to = inner - HEADERS;
        write(to, (int) (tail - inner) + Icmpv6.HEADER_LENGTH, serviceType, hops, flow);
        Icmpv6.writeHeader(to + Ipv6.HEADER_LENGTH, type, message & 0xFF, rest);
        sumUp(to);
        return to;
    }

    private static int rest(int type, long icmp, int quotedLength, int link6, int link4) {
        if (type == Icmpv6.TYPE_PACKET_TOO_BIG) {
            return FamilyMtu.to6(Icmp.nextHopMtu(icmp), quotedLength, link6, link4);
        }
        if (type != Icmpv6.TYPE_PARAMETER_PROBLEM) {
            return 0;
        }
        return Icmp.type(icmp) == Icmp.TYPE_DESTINATION_UNREACHABLE
                ? IcmpFamilies.NEXT_HEADER
                : IcmpFamilies.pointerTo6(Icmp.restOfHeader(icmp) >>> POINTER_SHIFT);
    }

    private static void write(long ip, int length, int trafficClass, int hops, long flow) {
        Memory.putNetworkInt(ip, 6 << 28 | trafficClass << 20);
        Ipv6.payloadLength(ip, length);
        Ipv6.nextHeader(ip, Ipv6.NEXT_HEADER_ICMP);
        Ipv6.hopLimit(ip, hops);
        Memory.copy(flow + NEW_WIDE_ADDRESSES, ip + Ipv6.ADDRESSES_OFFSET, 32);
    }

    /// The checksum of ICMPv6 covers a pseudo header (RFC 4443 §2.3).
    private static void sumUp(long ip) {
        long icmp = ip + Ipv6.HEADER_LENGTH;
        int length = Ipv6.payloadLength(ip);
        long sum =
                Checksum.sum(ip + Ipv6.ADDRESSES_OFFSET, 32)
                        + Ipv6.NEXT_HEADER_ICMP
                        + length
                        + Checksum.sum(icmp, length);
        Icmpv6.checksum(icmp, ~Checksum.fold(sum) & 0xFFFF);
    }
}
