// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.memoryio;

import io.fullnat.core.packet.Ethernet;
import io.fullnat.core.packet.Ipv4;
import io.fullnat.core.packet.Ipv6;
import io.fullnat.core.packet.Tcp;
import io.fullnat.core.packet.Vlan;

/// The headers by which a NIC spreads packets: those of whole TCP and UDP packets over IPv4 or
/// IPv6, tagged or not. Behind extension headers of IPv6 it does not look, as few NICs do.
/// Stateless, so thread-safe.
final class HashedHeaders {
    /// Bytes of both ports.
    private static final int PORTS_LENGTH = 4;

    private HashedHeaders() {}

    /// The IP header of a frame whose addresses and ports can be hashed, else 0.
    static long ip(long l2, int length) {
        int headerLength = Ethernet.HEADER_LENGTH;
        int type = Ethernet.type(l2);
        if (type == Ethernet.TYPE_VLAN && length >= Ethernet.HEADER_LENGTH + Vlan.TAG_LENGTH) {
            headerLength += Vlan.TAG_LENGTH;
            type = Vlan.type(l2);
        }
        long ip = l2 + headerLength;
        int available = length - headerLength;
        boolean whole =
                switch (type) {
                    case Ethernet.TYPE_IPV4 ->
                            Ipv4.isWellFormed(ip, available)
                                    && !Ipv4.isFragment(ip)
                                    && hasPorts(Ipv4.protocol(ip), Ipv4.payloadLength(ip));
                    case Ethernet.TYPE_IPV6 ->
                            Ipv6.isWellFormed(ip, available)
                                    && hasPorts(Ipv6.nextHeader(ip), Ipv6.payloadLength(ip));
                    default -> false;
                };
        return whole ? ip : 0;
    }

    private static boolean hasPorts(int protocol, int payloadLength) {
        return (protocol == Ipv4.PROTOCOL_TCP || protocol == Ipv4.PROTOCOL_UDP)
                && payloadLength >= PORTS_LENGTH;
    }

    /// Whether such a header is of IPv6.
    static boolean isIpv6(long ip) {
        return Ipv6.version(ip) == 6;
    }

    static int protocol(long ip) {
        return isIpv6(ip) ? Ipv6.nextHeader(ip) : Ipv4.protocol(ip);
    }

    /// Where the ports are.
    static long transport(long ip) {
        return isIpv6(ip) ? ip + Ipv6.HEADER_LENGTH : Ipv4.payload(ip);
    }

    /// The first half of the destination address, 0 of IPv4.
    static long destinationHigh(long ip) {
        return isIpv6(ip) ? Ipv6.destinationHigh(ip) : 0;
    }

    /// The last half, IPv4 mapped.
    static long destinationLow(long ip) {
        return isIpv6(ip) ? Ipv6.destinationLow(ip) : Ipv4.destinationLow(ip);
    }

    static int destinationPort(long ip) {
        return Tcp.destinationPort(transport(ip));
    }
}
