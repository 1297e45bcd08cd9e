// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.path;

import io.fullnat.api.io.Memory;
import io.fullnat.core.address.Addresses;
import io.fullnat.core.packet.Ethernet;
import io.fullnat.core.packet.Icmpv6;
import io.fullnat.core.packet.Ipv4;
import io.fullnat.core.packet.Ipv6;
import io.fullnat.core.packet.Tcp;
import io.fullnat.core.packet.Vlan;

/// Reads of a frame for the kernel whom it is for and whether a routing protocol speaks. The kernel
/// checks all else, so no more is read than that, and none of it is believed further. For the
/// worker's thread.
final class PuntKinds {
    private static final int IGMP = 2;
    private static final int EIGRP = 88;
    private static final int OSPF = 89;
    private static final int PIM = 103;
    private static final int VRRP = 112;

    private static final int BGP = 179;
    private static final int RIP = 520;
    private static final int RIPNG = 521;
    private static final int LDP = 646;
    private static final int BFD = 3784;
    private static final int BFD_ECHO = 3785;
    private static final int BFD_MULTIHOP = 4784;

    /// Groups of IS-IS (ISO 10589, RFC 1195): all level 1 and level 2 systems.
    private static final long ISIS_1 = 0x0180_C200_0014L;

    private static final long ISIS_2 = 0x0180_C200_0015L;

    private static final int FRAGMENT_HEADER = 8;
    private static final int FRAGMENT_OFFSET = 0xFFF8;
    private static final int MOST_HEADERS = 4;

    private boolean ip;
    private boolean group;
    private boolean routing;
    private long high;
    private long low;

    /// Reads a frame.
    ///
    /// @param l2 its first byte
    /// @param length bytes
    /// @return false if it is shorter than its headers
    boolean read(long l2, int length) {
        ip = false;
        group = Ethernet.isGroup(l2);
        routing = false;
        int type = Ethernet.type(l2);
        int header = Ethernet.HEADER_LENGTH;
        if (type == Ethernet.TYPE_VLAN) {
            header += Vlan.TAG_LENGTH;
            if (length < header) {
                return false;
            }
            type = Vlan.type(l2);
        }
        long l3 = l2 + header;
        int available = length - header;
        return switch (type) {
            case Ethernet.TYPE_IPV4 -> readIpv4(l3, available);
            case Ethernet.TYPE_IPV6 -> readIpv6(l3, available);
            case Ethernet.TYPE_ARP -> {
                routing = true;
                yield true;
            }
            default -> {
                long mac = Ethernet.destination(l2);
                routing = mac == ISIS_1 || mac == ISIS_2;
                yield true;
            }
        };
    }

    private boolean readIpv4(long l3, int available) {
        if (available < Ipv4.MIN_HEADER_LENGTH
                || Ipv4.headerLength(l3) < Ipv4.MIN_HEADER_LENGTH
                || available < Ipv4.headerLength(l3)) {
            return false;
        }
        ip = true;
        high = 0;
        low = Ipv4.destinationLow(l3);
        group = (low >>> 28 & 0xF) >= 0xE; // multicast, and all of this link
        boolean first = Ipv4.fragmentOffset(l3) == 0;
        int protocol = Ipv4.protocol(l3);
        int left = first ? available - Ipv4.headerLength(l3) : 0;
        routing =
                protocol != Ipv6.NEXT_HEADER_ICMP // which is of IPv6 alone
                        && isRouting(protocol, Ipv4.payload(l3), left);
        return true;
    }

    private boolean readIpv6(long l3, int available) {
        if (available < Ipv6.HEADER_LENGTH) {
            return false;
        }
        ip = true;
        high = Ipv6.destinationHigh(l3);
        low = Ipv6.destinationLow(l3);
        group = Addresses.isGroup(high);
        int next = Ipv6.nextHeader(l3);
        int at = Ipv6.HEADER_LENGTH;
        for (int headers = 0; headers < MOST_HEADERS && isOption(next); headers++) {
            if (available < at + FRAGMENT_HEADER) {
                return true;
            }
            boolean fragment = next == Ipv6.NEXT_HEADER_FRAGMENT;
            if (fragment && (Memory.getNetworkShort(l3 + at + 2) & FRAGMENT_OFFSET) != 0) {
                available = 0;
            }
            next = Memory.getUnsignedByte(l3 + at);
            at += fragment ? FRAGMENT_HEADER : 8 * (1 + Memory.getUnsignedByte(l3 + at + 1));
        }
        routing = isRouting(next, l3 + at, available - at);
        return true;
    }

    private static boolean isOption(int header) {
        return header == Ipv6.NEXT_HEADER_HOP_BY_HOP
                || header == Ipv6.NEXT_HEADER_FRAGMENT
                || header == Ipv6.NEXT_HEADER_DESTINATION;
    }

    private static boolean isRouting(int protocol, long l4, int left) {
        return switch (protocol) {
            case IGMP, EIGRP, OSPF, PIM, VRRP -> true;
            case Ipv6.NEXT_HEADER_ICMP ->
                    left >= Icmpv6.HEADER_LENGTH && isDiscovery(Icmpv6.type(l4));
            case Ipv4.PROTOCOL_TCP -> {
                int source = left < Integer.BYTES ? 0 : Tcp.sourcePort(l4);
                int destination = left < Integer.BYTES ? 0 : Tcp.destinationPort(l4);
                yield source == BGP || destination == BGP || source == LDP || destination == LDP;
            }
            case Ipv4.PROTOCOL_UDP ->
                    left >= Integer.BYTES
                            && switch (Tcp.destinationPort(l4)) {
                                case RIP, RIPNG, LDP, BFD, BFD_ECHO, BFD_MULTIHOP -> true;
                                default -> false;
                            };
            default -> false;
        };
    }

    private static boolean isDiscovery(int type) {
        return (type >= Icmpv6.TYPE_LISTENER_QUERY && type <= Icmpv6.TYPE_REDIRECT)
                || type == Icmpv6.TYPE_LISTENER_REPORT_2;
    }

    /// Whether it is a packet of IP.
    boolean isIp() {
        return ip;
    }

    /// Whether it is for a group, of IP if it is a packet of that, else of Ethernet.
    boolean isGroup() {
        return group;
    }

    /// Whether it is one of a routing protocol, ARP or neighbour discovery.
    boolean isRouting() {
        return routing;
    }

    /// First half of the destination of a packet of IP.
    long high() {
        return high;
    }

    /// Last half.
    long low() {
        return low;
    }
}
