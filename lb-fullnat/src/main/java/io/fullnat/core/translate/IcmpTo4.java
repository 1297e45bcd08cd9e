// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.translate;

import static io.fullnat.core.connection.ConnectionLayout.NEW_ADDRESSES;

import io.fullnat.api.io.Memory;
import io.fullnat.core.packet.Checksum;
import io.fullnat.core.packet.Icmp;
import io.fullnat.core.packet.Icmpv6;
import io.fullnat.core.packet.Ipv4;
import io.fullnat.core.packet.Ipv6;

/// Makes ICMP errors of ICMPv6 errors about packets that were IPv4 when they came (RFC 7915 §5.2,
/// §5.3); as [IcmpTo6] the other way round. Packets become shorter. Stateless.
public final class IcmpTo4 {
    /// An error quotes the packet as far as it fits into this (RFC 1812 §4.3.2.3).
    private static final int MAX_ERROR = 576;

    private static final int HEADERS = Ipv4.MIN_HEADER_LENGTH + Icmp.HEADER_LENGTH;
    private static final int IDENTIFICATION_OFFSET = 4;

    /// Of the quoted transport header: the ports and the word behind (RFC 792).
    private static final int LEAST_TRANSPORT = 8;

    private static final int POINTER_SHIFT = 24;
    private static final int LENGTH_SHIFT = 16;

    private IcmpTo4() {}

    /// Translates an error where it lies.
    ///
    /// @param ip address of the IPv6 header
    /// @param icmp address of the ICMPv6 error
    /// @param length bytes of it
    /// @param l4 address of the quoted transport header
    /// @param fragment address of the quoted fragment header; 0 if there is none
    /// @param flow of the direction that the error belongs to
    /// @param identification of what it becomes, as [Identifications#of]
    /// @param link4 MTU towards the receiver
    /// @param link6 MTU towards the sender
    /// @return where the IPv4 header begins; 0, with nothing done, if ICMP has no such error
    public static long translate(
            long ip,
            long icmp,
            int length,
            long l4,
            long fragment,
            long flow,
            int identification,
            int link4,
            int link6) {
        int message = IcmpFamilies.to4(Icmpv6.type(icmp), Icmpv6.code(icmp));
        if (message == IcmpFamilies.NONE) {
            return 0;
        }
        int rest = rest(icmp, fragment != 0, link4, link6);
        if (rest == IcmpFamilies.NONE) {
            return 0;
        }
        int hops = Ipv6.hopLimit(ip) - 1;
        int trafficClass = Ipv6.trafficClass(ip);
        long quoted = icmp + Icmpv6.HEADER_LENGTH;
        int available = length - Icmpv6.HEADER_LENGTH;
        long tail = quoted + available;
        long end = quoted + ErrorExtension.quoted6(icmp, available);
        if (end < l4 + LEAST_TRANSPORT) { // a length that ends among extension headers is wrong
            end = tail;
        }
        int quotation = Ipv4.MIN_HEADER_LENGTH + (int) (end - l4);
        int padding = ErrorExtension.padding(quotation, ErrorExtension.UNIT_4);
        boolean extended = end < tail && HEADERS + quotation + padding + (tail - end) <= MAX_ERROR;
        if (extended) {
            rest |= ((quotation + padding) / ErrorExtension.UNIT_4) << LENGTH_SHIFT;
        } else {
            padding = 0;
            end = Math.min(end, l4 + MAX_ERROR - HEADERS - Ipv4.MIN_HEADER_LENGTH);
            tail = end;
        }
        long inner = QuotedPacket.to4(quoted, l4, end, padding, fragment, flow);
        long to = inner - HEADERS;
        write(to, (int) (tail - to), trafficClass, hops, identification, flow);
        Icmp.writeHeader(to + Ipv4.MIN_HEADER_LENGTH, message >>> 8, message & 0xFF, rest);
        Icmp.checksum(to + Ipv4.MIN_HEADER_LENGTH, Checksum.icmp(to));
        return to;
    }

    private static int rest(long icmp, boolean fragmented, int link4, int link6) {
        if (Icmpv6.type(icmp) == Icmpv6.TYPE_PACKET_TOO_BIG) {
            int mtu = FamilyMtu.to4(Icmpv6.mtu(icmp), fragmented, link4, link6);
            return mtu == FamilyMtu.IGNORED ? IcmpFamilies.NONE : mtu;
        }
        if (Icmpv6.type(icmp) != Icmpv6.TYPE_PARAMETER_PROBLEM
                || Icmpv6.code(icmp) != Icmpv6.CODE_ERRONEOUS_FIELD) {
            return 0;
        }
        int pointer = IcmpFamilies.pointerTo4(Icmpv6.restOfHeader(icmp));
        return pointer == IcmpFamilies.NONE ? IcmpFamilies.NONE : pointer << POINTER_SHIFT;
    }

    private static void write(
            long ip, int total, int serviceType, int hops, int identification, long flow) {
        Ipv4.headerLength(ip, Ipv4.MIN_HEADER_LENGTH);
        Ipv4.typeOfService(ip, serviceType);
        Ipv4.totalLength(ip, total);
        Memory.putShort(ip + IDENTIFICATION_OFFSET, identification);
        Ipv4.flagsAndFragment(ip, 0); // it is so short that it may be fragmented (RFC 7915 §5.1)
        Ipv4.timeToLive(ip, hops);
        Ipv4.protocol(ip, Ipv4.PROTOCOL_ICMP);
        Memory.putLong(ip + Rewrite.ADDRESSES_OFFSET, Memory.getLong(flow + NEW_ADDRESSES));
        Ipv4.checksum(ip, Checksum.ipv4Header(ip));
    }
}
