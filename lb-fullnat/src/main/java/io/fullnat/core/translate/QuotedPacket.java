// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.translate;

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

/// The packet that an ICMP error quotes, made what its sender sent in the other family (RFC 7915
/// §4.3, §5.3): as a packet's header is translated, but for the hops, which stay as they are. Of
/// the connection's flow that the error belongs to, both addresses and both ports change places.
///
/// What is quoted may end anywhere behind the ports; lengths tell of the whole packet. Stateless.
final class QuotedPacket {
    private static final int TCP_SUM_OFFSET = 16;
    private static final int UDP_SUM_OFFSET = 6;

    private QuotedPacket() {}

    /// Writes the IPv6 header in front of the quoted transport header, and corrects that.
    ///
    /// @param quoted address of the IPv4 header, which is overwritten
    /// @param end behind what is quoted
    /// @param padding how many zeros to put between that and an extension, by moving the packet
    /// @param fragment whether it is the first of several fragments
    /// @param flow of the direction that the error belongs to
    /// @return where the IPv6 header begins
    static long to6(long quoted, long end, int padding, boolean fragment, long flow) {
        long before = Checksum.sum(quoted + Rewrite.ADDRESSES_OFFSET, 8);
        int length = Ipv4.payloadLength(quoted);
        int hops = Ipv4.timeToLive(quoted);
        int serviceType = Ipv4.typeOfService(quoted);
        int identification = Ipv4.identification(quoted);
        int protocol = Memory.getUnsignedByte(flow + PROTOCOL);
        int fragmentHeader = fragment ? Ipv6Fragment.HEADER_LENGTH : 0;
        long from = Ipv4.payload(quoted);
        int available = (int) (end - from);
        long l4 = move(from, available, padding);
        long to = l4 - fragmentHeader - Ipv6.HEADER_LENGTH;
        Memory.putNetworkInt(to, 6 << 28 | serviceType << 20);
        Ipv6.payloadLength(to, length + fragmentHeader);
        Ipv6.nextHeader(to, fragment ? Ipv6.NEXT_HEADER_FRAGMENT : protocol);
        Ipv6.hopLimit(to, hops);
        long addresses = to + Ipv6.ADDRESSES_OFFSET;
        Memory.copy(flow + NEW_WIDE_ADDRESSES, addresses + 16, 16);
        Memory.copy(flow + NEW_WIDE_ADDRESSES + 16, addresses, 16);
        if (fragment) {
            long header = to + Ipv6.HEADER_LENGTH;
            Ipv6Fragment.write(header, protocol, 0, true, identification);
        }
        transport(l4, available, protocol, before, Checksum.sum(addresses, 32), flow);
        return to;
    }

    /// Writes the IPv4 header in front of the quoted transport header, and corrects that.
    ///
    /// @param quoted address of the IPv6 header, which is overwritten
    /// @param from address of the transport header
    /// @param end behind what is quoted
    /// @param padding how many zeros to put between that and an extension, by moving the packet
    /// @param fragment address of the fragment header; 0 if there is none
    /// @param flow of the direction that the error belongs to
    /// @return where the IPv4 header begins
    static long to4(long quoted, long from, long end, int padding, long fragment, long flow) {
        long before = Checksum.sum(quoted + Ipv6.ADDRESSES_OFFSET, 32);
        int protocol = Memory.getUnsignedByte(flow + PROTOCOL);
        int total = Ipv6.totalLength(quoted) - (int) (from - quoted) + Ipv4.MIN_HEADER_LENGTH;
        int trafficClass = Ipv6.trafficClass(quoted);
        int hops = Ipv6.hopLimit(quoted);
        int identification = 0;
        int flags = total > FamilyMtu.MAY_BE_FRAGMENTED ? Ipv4.FLAG_DONT_FRAGMENT : 0;
        if (fragment != 0) {
            boolean more = Ipv6Fragment.hasMore(fragment);
            flags = more ? Ipv4.FLAG_MORE_FRAGMENTS : 0;
            identification = Ipv6Fragment.identification(fragment) & 0xFFFF;
        }
        int available = (int) (end - from);
        long l4 = move(from, available, padding);
        long to = l4 - Ipv4.MIN_HEADER_LENGTH;
        Ipv4.headerLength(to, Ipv4.MIN_HEADER_LENGTH);
        Ipv4.typeOfService(to, trafficClass);
        Ipv4.totalLength(to, total);
        Ipv4.identification(to, identification);
        Ipv4.flagsAndFragment(to, flags);
        Ipv4.timeToLive(to, hops);
        Ipv4.protocol(to, protocol);
        long addresses = to + Rewrite.ADDRESSES_OFFSET;
        Memory.putLong(addresses, Long.rotateLeft(Memory.getLong(flow + NEW_ADDRESSES), 32));
        Ipv4.checksum(to, Checksum.ipv4Header(to));
        transport(l4, available, protocol, before, Checksum.sum(addresses, 8), flow);
        return to;
    }

    private static long move(long l4, int length, int padding) {
        if (padding != 0) {
            Memory.copy(l4, l4 - padding, length);
            Memory.zero(l4 + length - padding, padding);
        }
        return l4 - padding;
    }

    private static void transport(
            long l4, int available, int protocol, long before, long after, long flow) {
        int ports = Integer.rotateLeft(Memory.getInt(flow + NEW_PORTS), 16);
        long delta = (~Checksum.fold(before + Checksum.sum(l4, 4)) & 0xFFFF) + after;
        Memory.putInt(l4, ports);
        delta += Checksum.sum(l4, 4);
        boolean tcp = protocol == Ipv4.PROTOCOL_TCP;
        long at = l4 + (tcp ? TCP_SUM_OFFSET : UDP_SUM_OFFSET);
        if (at + 2 > l4 + available) {
            return;
        }
        int sum = Memory.getNetworkShort(at);
        if (tcp || sum != Udp.NO_CHECKSUM) {
            int corrected = Checksum.apply(sum, delta);
            Memory.putNetworkShort(at, tcp ? corrected : Checksum.avoidZero(corrected));
        }
    }
}
