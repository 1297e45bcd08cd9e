// SPDX-License-Identifier: Apache-2.0
package io.fullnat.benchmarks.loop;

import io.fullnat.api.Endpoint;
import io.fullnat.api.Ipv6Address;
import io.fullnat.api.io.BufferPool;
import io.fullnat.api.io.Memory;
import io.fullnat.core.packet.Checksum;
import io.fullnat.core.packet.Ethernet;
import io.fullnat.core.packet.Ipv4;
import io.fullnat.core.packet.Ipv6;
import io.fullnat.core.packet.Tcp;
import io.fullnat.core.translate.TcpOptions;
import java.lang.foreign.Arena;

/// Both ends of TCP connections as they begin, each of its own family: a handshake with the usual
/// options, six bytes of either end, and an acknowledgement of all that comes. What they say
/// follows from what they get, so that numbers may be moved on their way and other bytes put in
/// front: that is how connections become those whose segments are measured then. Nothing of it is
/// measured.
///
/// Each server's first number is 0, as it sends it; a client's follows from its flow, for by that
/// and 19 bits of its cookie it is told from clients whose cookies are spent.
final class HonestEnds {
    /// Bytes of each frame.
    static final int LENGTH = 100;

    private static final int IP = 14;
    private static final int L4 = IP + Ipv4.MIN_HEADER_LENGTH;
    private static final int L4_OF_IPV6 = IP + Ipv6.HEADER_LENGTH;
    private static final int DATA = 6;
    private static final int WINDOW = 20_000;
    private static final int STAMPS = 8;
    private static final int STAMP = 5000;
    private static final byte[] OPTIONS = {
        2, 4, 5, (byte) 0xB4, 4, 2, 8, 10, 0, 0, 0x13, (byte) 0x88, 0, 0, 0, 0, 1, 3, 3, 7
    };

    /// Where timestamps are in the options of a SYN.
    private static final int SYN_STAMPS = Tcp.MIN_HEADER_LENGTH + 6;

    private static final int SERVER_SCALE = 9;
    private static final int SPREAD = 0x9E37_79B1;

    private final long template;
    private final int serverPort;

    /// @param arena of the template
    /// @param service to which clients talk
    /// @param serverPort of all real servers
    HonestEnds(Arena arena, Endpoint service, int serverPort) {
        boolean ipv6 = service.address() instanceof Ipv6Address;
        int used = (ipv6 ? L4_OF_IPV6 : L4) + Tcp.MIN_HEADER_LENGTH + OPTIONS.length;
        byte[] bytes =
                (ipv6 ? PacketMaker6.frame(service) : PacketMaker.frame(service))
                        .tcp(0, service.port())
                        .flags(Tcp.SYN)
                        .sequence(0)
                        .acknowledgement(0)
                        .window(WINDOW)
                        .tcpOptions(OPTIONS)
                        .padding(LENGTH - used)
                        .toBytes();
        if (bytes.length != LENGTH) {
            throw new IllegalStateException(bytes.length + " bytes");
        }
        template = arena.allocate(LENGTH, 64).address();
        Memory.fromBytes(bytes, template);
        this.serverPort = serverPort;
    }

    /// Writes the SYN of a flow.
    ///
    /// @param flow its number, as a [FrameMaker] takes it
    /// @param data where
    void make(int flow, long data) {
        Memory.copy(template, data, LENGTH);
        int client = 1 + flow / FrameMaker.FLOW_PORTS;
        if (isIpv6(data)) {
            Memory.putNetworkInt(data + PacketMaker6.CLIENT, client);
        } else {
            Ipv4.source(data + IP, 10 << 24 | client);
        }
        Tcp.sourcePort(l4(data), FrameMaker.FIRST_PORT + flow % FrameMaker.FLOW_PORTS);
        Tcp.sequence(l4(data), flow * SPREAD);
        sumUp(data);
    }

    private static boolean isIpv6(long data) {
        return Ethernet.type(data) == Ethernet.TYPE_IPV6;
    }

    private static long l4(long data) {
        return data + (isIpv6(data) ? L4_OF_IPV6 : L4);
    }

    private static void sumUp(long data) {
        long ip = data + IP;
        long l4 = l4(data);
        if (isIpv6(data)) {
            int length = Ipv6.payloadLength(ip);
            Tcp.checksum(l4, Checksum.transport6(ip, Ipv4.PROTOCOL_TCP, l4, length));
        } else {
            Ipv4.checksum(ip, Checksum.ipv4Header(ip));
            Tcp.checksum(l4, Checksum.transport(ip));
        }
    }

    private static boolean isSegment(long data) {
        return switch (Ethernet.type(data)) {
            case Ethernet.TYPE_IPV4 -> Ipv4.protocol(data + IP) == Ipv4.PROTOCOL_TCP;
            case Ethernet.TYPE_IPV6 -> Ipv6.nextHeader(data + IP) == Ipv4.PROTOCOL_TCP;
            default -> false;
        };
    }

    private static int end(long data) {
        return IP + (isIpv6(data) ? Ipv6.totalLength(data + IP) : Ipv4.totalLength(data + IP));
    }

    /// Makes what the receiver of a frame answers.
    ///
    /// @param data the frame's first byte
    /// @param buffer its buffer, where the answer begins at [BufferPool#HEADROOM]
    /// @return false if it answers nothing
    /// @throws IllegalStateException if it is told that the connection has ended
    boolean answer(long data, long buffer) {
        if (!isSegment(data)) {
            return false;
        }
        long l4 = l4(data);
        int flags = Tcp.flags(l4);
        if ((flags & Tcp.RST) != 0) {
            throw new IllegalStateException("a reset to port " + Tcp.destinationPort(l4));
        }
        int received = (int) (data + end(data) - l4) - Tcp.headerLength(l4);
        boolean syn = (flags & Tcp.SYN) != 0;
        boolean toServer = Tcp.destinationPort(l4) == serverPort;
        if (!syn && received == 0) {
            return false;
        }
        boolean first = syn && toServer;
        int sequence = first ? 0 : Tcp.acknowledgement(l4);
        int acknowledgement = Tcp.sequence(l4) + received + (syn ? 1 : 0);
        int stamps = TcpOptions.find(l4, STAMPS);
        int echo = stamps == 0 ? 0 : Memory.getNetworkInt(l4 + stamps + 2);
        int options = stamps == 0 ? 0 : first ? OPTIONS.length : 12;
        int payload = first || (!toServer && !syn) ? 0 : DATA;
        long to = buffer + BufferPool.HEADROOM;
        turn(data, to, Tcp.MIN_HEADER_LENGTH + options + payload);
        long header = l4(to);
        int said = first ? Tcp.SYN | Tcp.ACK : payload == 0 ? Tcp.ACK : Tcp.ACK | Tcp.PSH;
        Tcp.writeHeader(
                header,
                Tcp.sourcePort(header),
                Tcp.destinationPort(header),
                sequence,
                acknowledgement,
                said,
                WINDOW);
        writeOptions(header, options, echo);
        Memory.zero(header + Tcp.headerLength(header), payload);
        sumUp(to);
        return true;
    }

    /// Writes link header, IP header and ports of what goes back.
    private static void turn(long data, long to, int length) {
        long macs = Memory.getLong(data);
        int more = Memory.getInt(data + Long.BYTES);
        int type = Ethernet.type(data);
        int ports = Memory.getInt(l4(data));
        if (type == Ethernet.TYPE_IPV6) {
            turnIpv6(data + IP, to + IP, length);
        } else {
            turnIpv4(data + IP, to + IP, length);
        }
        Memory.putLong(to, macs);
        Memory.putInt(to + Long.BYTES, more);
        FrameMaker.swapMacs(to);
        Ethernet.type(to, type);
        Memory.putInt(l4(to), Integer.rotateLeft(ports, Short.SIZE));
    }

    private static void turnIpv4(long ip, long to, int length) {
        int source = Ipv4.source(ip);
        int destination = Ipv4.destination(ip);
        Ipv4.writeHeader(
                to,
                Ipv4.MIN_HEADER_LENGTH + length,
                Ipv4.DEFAULT_TIME_TO_LIVE,
                Ipv4.PROTOCOL_TCP,
                /* source= */ destination,
                /* destination= */ source);
    }

    private static void turnIpv6(long ip, long to, int length) {
        long sourceHigh = Ipv6.sourceHigh(ip);
        long sourceLow = Ipv6.sourceLow(ip);
        long destinationHigh = Ipv6.destinationHigh(ip);
        long destinationLow = Ipv6.destinationLow(ip);
        Ipv6.writeHeader(
                to,
                length,
                Ipv6.DEFAULT_HOP_LIMIT,
                Ipv4.PROTOCOL_TCP,
                /* sourceHigh= */ destinationHigh,
                /* sourceLow= */ destinationLow,
                /* destinationHigh= */ sourceHigh,
                /* destinationLow= */ sourceLow);
    }

    private void writeOptions(long l4, int length, int echo) {
        long options = l4 + Tcp.MIN_HEADER_LENGTH;
        if (length == OPTIONS.length) {
            Memory.copy(l4(template) + Tcp.MIN_HEADER_LENGTH, options, length);
            Memory.putNetworkInt(l4 + SYN_STAMPS + 6, echo);
            Memory.putByte(options + length - 1, SERVER_SCALE);
        } else if (length != 0) {
            Memory.putNetworkInt(options, 0x0101_080A);
            Memory.putNetworkInt(options + 4, STAMP);
            Memory.putNetworkInt(options + 8, echo);
        }
        Tcp.headerLength(l4, Tcp.MIN_HEADER_LENGTH + length);
    }
}
