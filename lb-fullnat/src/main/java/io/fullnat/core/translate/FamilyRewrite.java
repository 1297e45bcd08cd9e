// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.translate;

import static io.fullnat.core.connection.ConnectionLayout.IP_STEP;
import static io.fullnat.core.connection.ConnectionLayout.NEW_ADDRESSES;
import static io.fullnat.core.connection.ConnectionLayout.NEW_PORTS;
import static io.fullnat.core.connection.ConnectionLayout.NEW_WIDE_ADDRESSES;
import static io.fullnat.core.connection.ConnectionLayout.PROTOCOL;

import io.fullnat.api.io.Memory;
import io.fullnat.core.packet.Checksum;
import io.fullnat.core.packet.Ipv4;
import io.fullnat.core.packet.Ipv6;
import io.fullnat.core.packet.Ipv6Fragment;
import io.fullnat.core.packet.Udp;

/// FullNAT of a packet into the other family (RFC 7915 §4.1, §5.1): a new header in front of the
/// transport header, which stays where it is; ports, time to live, checksums. What options or
/// extension headers there were in between is gone with the old header.
///
/// The sums of TCP and UDP cover addresses and ports, and in both families the same protocol and
/// length: so one delta that was summed up when the connection began corrects them (RFC 1624), and
/// a packet that came damaged leaves damaged. Words stay as they lie in the packet.
///
/// Of fragments behind the first ([#laterTo4], [#laterTo6]) only the header is written: where ports
/// would be, they have data. Stateless.
public final class FamilyRewrite {
    private static final long VERSION_4_NO_OPTIONS = 0x45;
    private static final long VERSION_6 = 0x60;

    /// The flag "don't fragment" where it lies in a header's first eight bytes.
    private static final long DONT_FRAGMENT = 0x40L << 48;

    private static final long LOW_32 = 0xFFFF_FFFFL;
    private static final int SOURCE_OFFSET = 12;
    private static final int DESTINATION_OFFSET = 16;
    private static final int UDP_SUM_OFFSET = 6;

    private FamilyRewrite() {}

    /// Makes IPv4 of an IPv6 packet. Up to [FamilyMtu#MAY_BE_FRAGMENTED] bytes it may be fragmented
    /// on its way, so it has an identification that no packet had lately.
    ///
    /// @param flow that writes IPv4, with the sum of the new addresses and the delta of the
    ///   transport checksum
    /// @param ip address of the IPv6 header
    /// @param l4 address of the transport header
    /// @param length bytes from there
    /// @param identifications of the worker
    /// @return where the IPv4 header begins
    public static long to4(
            long flow, long ip, long l4, int length, Identifications identifications) {
        return to4(flow, ip, l4, length, 0, identifications);
    }

    /// The same for a packet that may have a fragment header, as its own only part or as the first
    /// one: then it keeps its identification, and may be fragmented whatever its length (RFC 7915
    /// §5.1.1).
    ///
    /// @param flow as above
    /// @param ip as above
    /// @param l4 as above
    /// @param length as above
    /// @param fragment address of the fragment header; 0 if there is none
    /// @param identifications of the worker
    /// @return where the IPv4 header begins
    public static long to4(
            long flow,
            long ip,
            long l4,
            int length,
            long fragment,
            Identifications identifications) {
        int protocol = Memory.getUnsignedByte(flow + PROTOCOL);
        long to = startTo4(flow, ip, l4, length, protocol, fragment, identifications);
        putDestinationAndPorts(flow, to);
        Rewrite.correctTransport(flow, l4, protocol);
        return to;
    }

    /// The same for a fragment behind the first.
    ///
    /// @param flow as above
    /// @param ip as above
    /// @param data address of its payload
    /// @param length bytes from there
    /// @param fragment address of the fragment header
    /// @param identifications of the worker
    /// @return where the IPv4 header begins
    public static long laterTo4(
            long flow,
            long ip,
            long data,
            int length,
            long fragment,
            Identifications identifications) {
        int protocol = Memory.getUnsignedByte(flow + PROTOCOL);
        long to = startTo4(flow, ip, data, length, protocol, fragment, identifications);
        Memory.putInt(to + DESTINATION_OFFSET, Memory.getInt(flow + NEW_ADDRESSES + 4));
        return to;
    }

    /// The same for a segment without a fragment header whose numbers are moved, of those that
    /// [TcpNumbers#isCommon] is true for, with one correction of its checksum.
    ///
    /// @param flow as above
    /// @param ip as above
    /// @param l4 as above
    /// @param length as above
    /// @param kind of the flow
    /// @param numbers where its connection's lie, if it is far
    /// @param direction of the flow
    /// @param identifications of the worker
    /// @return where the IPv4 header begins
    public static long to4Moved(
            long flow,
            long ip,
            long l4,
            int length,
            int kind,
            long numbers,
            int direction,
            Identifications identifications) {
        long to = startTo4(flow, ip, l4, length, Ipv4.PROTOCOL_TCP, 0, identifications);
        putDestinationAndPorts(flow, to);
        Rewrite.moveNumbers(flow, l4, kind, numbers, direction);
        return to;
    }

    private static long startTo4(
            long flow,
            long ip,
            long l4,
            int length,
            int protocol,
            long fragment,
            Identifications identifications) {
        int trafficClass = Ipv6.trafficClass(ip);
        int hops = Ipv6.hopLimit(ip) - 1;
        int total = Ipv4.MIN_HEADER_LENGTH + length;
        long start =
                VERSION_4_NO_OPTIONS
                        | (long) trafficClass << 8
                        | swapped(total) << 16
                        | (identifications.of(fragment) & 0xFFFFL) << 32
                        | (fragment == 0 ? wholeFlags(total) : partFlags(fragment));
        int protocolAndHops = protocol << 8 | hops;
        long sum =
                (start & LOW_32)
                        + (start >>> 32)
                        + protocolAndHops
                        + (Memory.getInt(flow + IP_STEP) >>> 16);
        sum = (sum & 0xFFFF) + (sum >>> 16); // more than 17 bits
        sum = (sum & 0xFFFF) + (sum >>> 16); // 65,536 and 65,537 are possible
        long checksum = ~(sum + (sum >>> 16)) & 0xFFFF;
        long to = l4 - Ipv4.MIN_HEADER_LENGTH;
        Memory.putLong(to, start);
        Memory.putInt(to + 8, (int) (protocolAndHops | checksum << 16));
        Memory.putInt(to + SOURCE_OFFSET, Memory.getInt(flow + NEW_ADDRESSES));
        return to;
    }

    private static void putDestinationAndPorts(long flow, long to) {
        Memory.putLong(to + DESTINATION_OFFSET, Memory.getLong(flow + NEW_ADDRESSES + 4));
    }

    private static long wholeFlags(int total) {
        return total <= FamilyMtu.MAY_BE_FRAGMENTED ? 0 : DONT_FRAGMENT;
    }

    /// Place and "more fragments", which are zero in one that is its own only part.
    private static long partFlags(long fragment) {
        int more = Ipv6Fragment.hasMore(fragment) ? Ipv4.FLAG_MORE_FRAGMENTS : 0;
        return swapped(Ipv6Fragment.offset(fragment) >>> 3 | more) << 48;
    }

    /// Makes IPv6 of an IPv4 packet. A datagram without a checksum gets one, which IPv6 demands
    /// (RFC 7915 §4.5).
    ///
    /// @param flow that writes IPv6, with the delta of the transport checksum
    /// @param ip address of the IPv4 header
    /// @param l4 address of the transport header, with room in front
    /// @param length bytes from there
    /// @return where the IPv6 header begins
    public static long to6(long flow, long ip, long l4, int length) {
        int protocol = Memory.getUnsignedByte(flow + PROTOCOL);
        long to = startTo6(flow, ip, l4, length, protocol);
        if (protocol == Ipv4.PROTOCOL_UDP && Memory.getShort(l4 + UDP_SUM_OFFSET) == 0) {
            sumUp(to, l4);
        } else {
            Rewrite.correctTransport(flow, l4, protocol);
        }
        return to;
    }

    /// The same for the first of several fragments, which has a fragment header then (RFC 7915
    /// §4.1). A datagram must have a checksum: what it covers is not all here.
    ///
    /// @param flow as above
    /// @param ip as above
    /// @param l4 as above
    /// @param length as above
    /// @return where the IPv6 header begins
    public static long firstTo6(long flow, long ip, long l4, int length) {
        long to = partTo6(flow, ip, l4, length);
        Memory.putInt(l4, Memory.getInt(flow + NEW_PORTS));
        Rewrite.correctTransport(flow, l4, Memory.getUnsignedByte(flow + PROTOCOL));
        return to;
    }

    /// The same for a fragment behind the first.
    ///
    /// @param flow as above
    /// @param ip as above
    /// @param data address of its payload, with room in front
    /// @param length bytes from there
    /// @return where the IPv6 header begins
    public static long laterTo6(long flow, long ip, long data, int length) {
        return partTo6(flow, ip, data, length);
    }

    private static long partTo6(long flow, long ip, long payload, int length) {
        int offset = Ipv4.fragmentOffset(ip);
        boolean more = (Ipv4.flagsAndFragment(ip) & Ipv4.FLAG_MORE_FRAGMENTS) != 0;
        int identification = Ipv4.identification(ip);
        long header = payload - Ipv6Fragment.HEADER_LENGTH;
        long to = header - Ipv6.HEADER_LENGTH;
        int covered = length + Ipv6Fragment.HEADER_LENGTH;
        putHeader6(flow, ip, to, covered, Ipv6.NEXT_HEADER_FRAGMENT);
        int protocol = Memory.getUnsignedByte(flow + PROTOCOL);
        Ipv6Fragment.write(header, protocol, offset, more, identification);
        return to;
    }

    /// As [#to4Moved], of IPv6.
    ///
    /// @param flow as above
    /// @param ip as above
    /// @param l4 as above
    /// @param length as above
    /// @param kind of the flow
    /// @param numbers where its connection's lie, if it is far
    /// @param direction of the flow
    /// @return where the IPv6 header begins
    public static long to6Moved(
            long flow, long ip, long l4, int length, int kind, long numbers, int direction) {
        long to = startTo6(flow, ip, l4, length, Ipv4.PROTOCOL_TCP);
        Rewrite.moveNumbers(flow, l4, kind, numbers, direction);
        return to;
    }

    private static long startTo6(long flow, long ip, long l4, int length, int protocol) {
        long to = l4 - Ipv6.HEADER_LENGTH;
        putHeader6(flow, ip, to, length, protocol);
        Memory.putInt(l4, Memory.getInt(flow + NEW_PORTS));
        return to;
    }

    private static void putHeader6(long flow, long ip, long to, int length, int nextHeader) {
        long serviceType = Ipv4.typeOfService(ip);
        long hops = Ipv4.timeToLive(ip) - 1L;
        Memory.putLong(
                to,
                VERSION_6
                        | serviceType >>> 4
                        | (serviceType & 0xF) << 12
                        | swapped(length) << 32
                        | (long) nextHeader << 48
                        | hops << 56);
        long addresses = flow + NEW_WIDE_ADDRESSES;
        Memory.putLong(to + 8, Memory.getLong(addresses));
        Memory.putLong(to + 16, Memory.getLong(addresses + 8));
        Memory.putLong(to + 24, Memory.getLong(addresses + 16));
        Memory.putLong(to + 32, Memory.getLong(addresses + 24));
    }

    private static void sumUp(long ip, long l4) {
        int length = Udp.length(l4);
        int sum =
                Checksum.fold(
                        Checksum.sum(ip + Ipv6.ADDRESSES_OFFSET, 32)
                                + Ipv4.PROTOCOL_UDP
                                + length
                                + Checksum.sum(l4, length));
        Udp.checksum(l4, Checksum.avoidZero(~sum & 0xFFFF));
    }

    private static long swapped(int number) {
        return Short.reverseBytes((short) number) & 0xFFFFL;
    }
}
