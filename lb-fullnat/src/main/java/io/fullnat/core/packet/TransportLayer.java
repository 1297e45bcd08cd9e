// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.packet;

import io.fullnat.api.io.Memory;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.function.LongConsumer;

/// The TCP, UDP, ICMP or ICMPv6 part of a packet that a [PacketBuilder] makes.
final class TransportLayer {
    private static final int AS_IT_IS = -1;
    private static final int NONE = 0;

    private int protocol = NONE;
    private int sourcePort;
    private int destinationPort;
    private int icmpType;
    private int icmpCode;
    private int icmpRest;
    int flags = Tcp.ACK;
    int sequence;
    int acknowledgement;
    int window = 65535;
    byte[] options = {};
    int claimedLength = AS_IT_IS;
    boolean checksumLeftOut;
    boolean checksumDamaged;

    void ports(int protocolNumber, int from, int to) {
        protocol = protocolNumber;
        sourcePort = from;
        destinationPort = to;
    }

    /// Of ICMP or ICMPv6, by the protocol's number: the header is the same.
    void icmp(int protocolNumber, int type, int code, int rest) {
        protocol = protocolNumber;
        icmpType = type;
        icmpCode = code;
        icmpRest = rest;
    }

    int headerLength() {
        return switch (protocol) {
            case Ipv4.PROTOCOL_TCP -> Tcp.MIN_HEADER_LENGTH + options.length;
            case Ipv4.PROTOCOL_UDP -> Udp.HEADER_LENGTH;
            case Ipv4.PROTOCOL_ICMP, Ipv6.NEXT_HEADER_ICMP -> Icmp.HEADER_LENGTH;
            default -> 0;
        };
    }

    /// Writes the header; the payload is there already, the IP header is as it should be.
    void write(long ip, long l4, int length) {
        switch (protocol) {
            case Ipv4.PROTOCOL_TCP -> writeTcp(l4);
            case Ipv4.PROTOCOL_UDP -> writeUdp(l4, length);
            case Ipv4.PROTOCOL_ICMP, Ipv6.NEXT_HEADER_ICMP ->
                    Icmp.writeHeader(l4, icmpType, icmpCode, icmpRest);
            default -> {
                return;
            }
        }
        finish(ip, l4, length);
    }

    private void writeTcp(long l4) {
        Tcp.writeHeader(l4, sourcePort, destinationPort, sequence, acknowledgement, flags, window);
        Tcp.headerLength(l4, claimedLength == AS_IT_IS ? headerLength() : claimedLength);
        Memory.fromBytes(options, l4 + Tcp.MIN_HEADER_LENGTH);
    }

    private void writeUdp(long l4, int length) {
        int written = claimedLength == AS_IT_IS ? length : claimedLength;
        Udp.writeHeader(l4, sourcePort, destinationPort, written);
    }

    /// Puts the checksum in, over the bytes that are there even if a length claims otherwise.
    private void finish(long ip, long l4, int length) {
        boolean udp = protocol == Ipv4.PROTOCOL_UDP;
        if (udp && checksumLeftOut) {
            return;
        }
        long sum = pseudoHeader(ip, length) + Checksum.sum(l4, length);
        int checksum = ~Checksum.fold(sum) & 0xFFFF;
        long field =
                l4
                        + switch (protocol) {
                            case Ipv4.PROTOCOL_TCP -> Tcp.CHECKSUM_OFFSET;
                            case Ipv4.PROTOCOL_UDP -> Udp.CHECKSUM_OFFSET;
                            default -> Icmp.CHECKSUM_OFFSET;
                        };
        Memory.putNetworkShort(field, udp ? Checksum.avoidZero(checksum) : checksum);
        if (checksumDamaged) {
            FrameLayer.damage(field);
        }
    }

    private long pseudoHeader(long ip, int length) {
        if (Ipv4.version(ip) == 6) {
            return Checksum.pseudoHeader6(ip, protocol, length);
        }
        return protocol == Ipv4.PROTOCOL_ICMP ? 0 : Checksum.pseudoHeader(ip, length);
    }

    static byte[] padded(byte[] options) {
        return Arrays.copyOf(options, (options.length + 3) & ~3);
    }

    static byte[] written(int length, LongConsumer writer) {
        try (Arena arena = Arena.ofConfined()) {
            long address = arena.allocate(length, 8).address();
            writer.accept(address);
            return Memory.toBytes(address, length);
        }
    }
}
