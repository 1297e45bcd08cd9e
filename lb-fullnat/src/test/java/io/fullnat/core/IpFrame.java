// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

import io.fullnat.api.IpAddress;
import io.fullnat.core.packet.Ethernet;
import io.fullnat.core.packet.Ipv4;
import java.nio.ByteBuffer;
import java.util.Arrays;

/// What stands in a frame without tag that carries TCP or UDP over IPv4 or IPv6, without options or
/// extension headers.
final class IpFrame {
    private static final int IP = 14;
    private static final int IPV4_LENGTH = 20;
    private static final int IPV6_LENGTH = 40;
    private static final int ICMPV6 = 58;
    private static final int SOLICITATION = 135;

    private IpFrame() {}

    static boolean isIpv6(byte[] frame) {
        return frame[IP] >>> 4 == 6;
    }

    static IpAddress source(byte[] frame) {
        return isIpv6(frame) ? ipv6(frame, IP + 8) : ipv4(frame, IP + 12);
    }

    static IpAddress destination(byte[] frame) {
        return isIpv6(frame) ? ipv6(frame, IP + 24) : ipv4(frame, IP + 16);
    }

    static int hopsLeft(byte[] frame) {
        return frame[IP + (isIpv6(frame) ? 7 : 8)] & 0xFF;
    }

    static boolean isTcp(byte[] frame) {
        int type = unsigned16(frame, 12);
        return (type == Ethernet.TYPE_IPV4 && frame[IP + 9] == Ipv4.PROTOCOL_TCP)
                || (type == Ethernet.TYPE_IPV6 && frame[IP + 6] == Ipv4.PROTOCOL_TCP);
    }

    /// Whether it is an ARP request or a neighbour solicitation for an address.
    static boolean asksFor(byte[] frame, String address) {
        IpAddress target = IpAddress.parse(address);
        return switch (unsigned16(frame, 12)) {
            case Ethernet.TYPE_ARP -> ipv4(frame, IP + 24).equals(target);
            case Ethernet.TYPE_IPV6 ->
                    frame[IP + 6] == ICMPV6
                            && frame[transport(frame)] == (byte) SOLICITATION
                            && ipv6(frame, transport(frame) + 8).equals(target);
            default -> false;
        };
    }

    static int sourcePort(byte[] frame) {
        return unsigned16(frame, transport(frame));
    }

    static int destinationPort(byte[] frame) {
        return unsigned16(frame, transport(frame) + 2);
    }

    static int tcpFlags(byte[] frame) {
        return frame[transport(frame) + 13] & 0xFF;
    }

    /// What a UDP datagram carries, without what pads the frame.
    static byte[] udpData(byte[] frame) {
        int udp = transport(frame);
        return Arrays.copyOfRange(frame, udp + 8, udp + unsigned16(frame, udp + 4));
    }

    /// Bytes from the transport header on, without what pads the frame.
    static int payloadLength(byte[] frame) {
        return isIpv6(frame) ? unsigned16(frame, IP + 4) : unsigned16(frame, IP + 2) - IPV4_LENGTH;
    }

    /// From the frame's first byte to the transport header.
    static int transport(byte[] frame) {
        return IP + (isIpv6(frame) ? IPV6_LENGTH : IPV4_LENGTH);
    }

    private static IpAddress ipv4(byte[] frame, int at) {
        return IpAddress.of(0, IpAddress.mapped(ByteBuffer.wrap(frame).getInt(at)));
    }

    private static IpAddress ipv6(byte[] frame, int at) {
        ByteBuffer bytes = ByteBuffer.wrap(frame);
        return IpAddress.of(bytes.getLong(at), bytes.getLong(at + Long.BYTES));
    }

    private static int unsigned16(byte[] frame, int at) {
        return ByteBuffer.wrap(frame).getShort(at) & 0xFFFF;
    }
}
