// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.simulation;

import io.fullnat.api.IpAddress;
import io.fullnat.api.Ipv4Address;
import io.fullnat.api.Ipv6Address;
import io.fullnat.core.packet.Checksum;
import io.fullnat.core.packet.Ipv4;
import io.fullnat.core.packet.Ipv6;
import io.fullnat.core.packet.Ipv6Chain;

/// A received IP packet, whatever its family, viewed in place: its lengths are right, it is whole,
/// and its addresses are read.
///
/// @param source who sent it
/// @param destination an address of this host, or a group that it is in
/// @param protocol of what it carries
/// @param ip address of its header
/// @param length bytes of header and payload
/// @param transport address of what it carries
/// @param transportLength bytes of that
record IpPacket(
        IpAddress source,
        IpAddress destination,
        int protocol,
        long ip,
        int length,
        long transport,
        int transportLength) {

    static IpPacket ofIpv4(long ip) {
        return new IpPacket(
                new Ipv4Address(Ipv4.source(ip)),
                new Ipv4Address(Ipv4.destination(ip)),
                Ipv4.protocol(ip),
                ip,
                Ipv4.totalLength(ip),
                Ipv4.payload(ip),
                Ipv4.payloadLength(ip));
    }

    /// @param chain has walked along the packet's headers
    static IpPacket ofIpv6(long ip, Ipv6Chain chain) {
        return new IpPacket(
                IpAddress.of(Ipv6.sourceHigh(ip), Ipv6.sourceLow(ip)),
                IpAddress.of(Ipv6.destinationHigh(ip), Ipv6.destinationLow(ip)),
                chain.protocol(),
                ip,
                Ipv6.totalLength(ip),
                chain.transport(),
                chain.transportLength());
    }

    boolean isIpv6() {
        return source instanceof Ipv6Address;
    }

    /// Whether it carries ICMP or ICMPv6.
    boolean isIcmp() {
        return protocol == (isIpv6() ? Ipv6.NEXT_HEADER_ICMP : Ipv4.PROTOCOL_ICMP);
    }

    /// Whether the checksum of what it carries is right, which is TCP, UDP or ICMP.
    boolean isChecksumRight() {
        if (isIpv6()) {
            return Checksum.isTransport6Valid(ip, protocol, transport, transportLength);
        }
        return protocol == Ipv4.PROTOCOL_ICMP
                ? Checksum.isIcmpValid(ip)
                : Checksum.isTransportValid(ip);
    }
}
