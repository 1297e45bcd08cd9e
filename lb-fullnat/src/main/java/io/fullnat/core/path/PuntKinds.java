// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.path;

import io.fullnat.api.io.Memory;
import io.fullnat.core.address.Addresses;
import io.fullnat.core.packet.Ethernet;
import io.fullnat.core.packet.Icmp;
import io.fullnat.core.packet.Icmpv6;
import io.fullnat.core.packet.Ipv4;
import io.fullnat.core.packet.Ipv6;
import io.fullnat.core.packet.Ipv6Fragment;
import io.fullnat.core.packet.Tcp;
import io.fullnat.core.packet.Vlan;
import io.fullnat.core.punt.PuntKind;
import org.jspecify.annotations.Nullable;

/// Reads of a frame for the kernel whom it is for, whether a routing protocol speaks, and whether
/// it can only have come from a station of the link. The kernel checks all else, so no more is read
/// than that, and none of it is believed further. For the worker's thread.
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

    private static final int MOST_HEADERS = 4;

    /// What no router has counted down (RFC 5082).
    private static final int UNFORWARDED = 255;

    /// `224.0.0.0/24` (RFC 5771 §4), which no router forwards.
    private static final long LINK_GROUPS = 0xE000_00L;

    private static final long ALL_OF_LINK = 0xFFFF_FFFFL;

    /// Groups of IPv6 of an interface or a link (RFC 4291 §2.7).
    private static final int LINK_SCOPE = 2;

    private boolean ip;
    private boolean group;
    private boolean link;
    private boolean ping;
    private int transport;
    private int port;
    private @Nullable PuntKind protocol;
    private long sourceHigh;
    private long sourceLow;
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
        link = true;
        ping = false;
        transport = 0;
        port = 0;
        protocol = null;
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
                protocol = PuntKind.ARP;
                yield true;
            }
            default -> {
                long mac = Ethernet.destination(l2);
                protocol = mac == ISIS_1 || mac == ISIS_2 ? PuntKind.ISIS : null;
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
        sourceHigh = 0;
        sourceLow = Ipv4.sourceLow(l3);
        high = 0;
        low = Ipv4.destinationLow(l3);
        long address = low & ALL_OF_LINK;
        group = address >>> 28 >= 0xE; // multicast, and all of this link
        link =
                Ipv4.timeToLive(l3) == UNFORWARDED
                        || address >>> 8 == LINK_GROUPS
                        || address == ALL_OF_LINK;
        boolean first = Ipv4.fragmentOffset(l3) == 0;
        int number = Ipv4.protocol(l3);
        int left = first ? available - Ipv4.headerLength(l3) : 0;
        if (number == Ipv4.PROTOCOL_ICMP) {
            ping = left > 0 && Icmp.type(Ipv4.payload(l3)) == Icmp.TYPE_ECHO_REQUEST;
        } else if (number != Ipv6.NEXT_HEADER_ICMP) { // which is of IPv6 alone
            protocol = routing(number, Ipv4.payload(l3), left);
        }
        readPort(number, Ipv4.payload(l3), left);
        return true;
    }

    private boolean readIpv6(long l3, int available) {
        if (available < Ipv6.HEADER_LENGTH) {
            return false;
        }
        ip = true;
        sourceHigh = Ipv6.sourceHigh(l3);
        sourceLow = Ipv6.sourceLow(l3);
        high = Ipv6.destinationHigh(l3);
        low = Ipv6.destinationLow(l3);
        group = Addresses.isGroup(high);
        link =
                Ipv6.hopLimit(l3) == UNFORWARDED
                        || Addresses.isLinkLocal(sourceHigh)
                        || (group && (high >>> 48 & 0xF) <= LINK_SCOPE);
        int next = Ipv6.nextHeader(l3);
        int at = Ipv6.HEADER_LENGTH;
        for (int headers = 0; headers < MOST_HEADERS && isOption(next); headers++) {
            if (available < at + Ipv6Fragment.HEADER_LENGTH) {
                return true;
            }
            boolean fragment = next == Ipv6.NEXT_HEADER_FRAGMENT;
            if (fragment && Ipv6Fragment.offset(l3 + at) != 0) {
                available = 0;
            }
            next = Memory.getUnsignedByte(l3 + at);
            at +=
                    fragment
                            ? Ipv6Fragment.HEADER_LENGTH
                            : 8 * (1 + Memory.getUnsignedByte(l3 + at + 1));
        }
        int left = available - at;
        ping =
                next == Ipv6.NEXT_HEADER_ICMP
                        && left > 0
                        && Icmpv6.type(l3 + at) == Icmpv6.TYPE_ECHO_REQUEST;
        protocol = routing(next, l3 + at, left);
        readPort(next, l3 + at, left);
        return true;
    }

    private void readPort(int number, long l4, int left) {
        transport = number;
        boolean hasPorts = number == Ipv4.PROTOCOL_TCP || number == Ipv4.PROTOCOL_UDP;
        port = hasPorts && left >= Integer.BYTES ? Tcp.destinationPort(l4) : 0;
    }

    private static boolean isOption(int header) {
        return header == Ipv6.NEXT_HEADER_HOP_BY_HOP
                || header == Ipv6.NEXT_HEADER_FRAGMENT
                || header == Ipv6.NEXT_HEADER_DESTINATION;
    }

    private static @Nullable PuntKind routing(int protocol, long l4, int left) {
        return switch (protocol) {
            case IGMP -> PuntKind.IGMP;
            case EIGRP -> PuntKind.EIGRP;
            case OSPF -> PuntKind.OSPF;
            case PIM -> PuntKind.PIM;
            case VRRP -> PuntKind.VRRP;
            case Ipv6.NEXT_HEADER_ICMP ->
                    left >= Icmpv6.HEADER_LENGTH && isDiscovery(Icmpv6.type(l4))
                            ? PuntKind.DISCOVERY
                            : null;
            case Ipv4.PROTOCOL_TCP -> {
                PuntKind asked = left < Integer.BYTES ? null : session(Tcp.destinationPort(l4));
                yield asked != null || left < Integer.BYTES ? asked : session(Tcp.sourcePort(l4));
            }
            case Ipv4.PROTOCOL_UDP ->
                    left < Integer.BYTES ? null : datagram(Tcp.destinationPort(l4));
            default -> null;
        };
    }

    private static @Nullable PuntKind session(int port) {
        return switch (port) {
            case BGP -> PuntKind.BGP;
            case LDP -> PuntKind.LDP;
            default -> null;
        };
    }

    private static @Nullable PuntKind datagram(int port) {
        return switch (port) {
            case RIP, RIPNG -> PuntKind.RIP;
            case LDP -> PuntKind.LDP;
            case BFD, BFD_ECHO, BFD_MULTIHOP -> PuntKind.BFD;
            default -> null;
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

    /// Which routing protocol speaks, ARP and neighbour discovery among them.
    ///
    /// @return null if none does
    @Nullable PuntKind protocol() {
        return protocol;
    }

    /// Whether the frame itself shows that no router has forwarded what is in it: it is no packet
    /// of IP, or one to a group of the link, from a link-local address, or with a hop limit that
    /// nobody has counted down. One of 1 shows nothing: who is some hops away can have it arrive
    /// so.
    boolean isOfLink() {
        return link;
    }

    /// Whether it is a ping, or the first part of one.
    boolean isPing() {
        return ping;
    }

    /// The number of the protocol that a packet of IP carries.
    int transport() {
        return transport;
    }

    /// The port to which TCP or UDP goes.
    ///
    /// @return 0 if it is neither, or a part that does not say
    int port() {
        return port;
    }

    /// First half of the source of a packet of IP.
    long sourceHigh() {
        return sourceHigh;
    }

    /// Last half.
    long sourceLow() {
        return sourceLow;
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
