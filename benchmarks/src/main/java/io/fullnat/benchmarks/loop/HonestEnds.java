// SPDX-License-Identifier: Apache-2.0
package io.fullnat.benchmarks.loop;

import io.fullnat.api.Endpoint;
import io.fullnat.api.io.BufferPool;
import io.fullnat.api.io.Memory;
import io.fullnat.core.packet.Checksum;
import io.fullnat.core.packet.Ethernet;
import io.fullnat.core.packet.Ipv4;
import io.fullnat.core.packet.PacketBuilder;
import io.fullnat.core.packet.Tcp;
import io.fullnat.core.translate.TcpOptions;
import java.lang.foreign.Arena;

/// Both ends of TCP connections over IPv4 as they begin: a handshake with the usual options, six
/// bytes of either end, and an acknowledgement of all that comes. What they say follows from what
/// they get, so that numbers may be moved on their way and other bytes put in front: that is how
/// connections become those whose segments are measured then. Nothing of it is measured.
///
/// Each end's first number is 0, as it sends it.
final class HonestEnds {
    /// Bytes of each frame.
    static final int LENGTH = 80;

    private static final int IP = 14;
    private static final int L4 = 34;
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

    private final long template;
    private final int serverPort;

    /// @param arena of the template
    /// @param service to which clients talk
    /// @param serverPort of all real servers
    HonestEnds(Arena arena, Endpoint service, int serverPort) {
        byte[] bytes =
                PacketBuilder.ethernet("02:00:00:00:00:c1", OnePort.MAC)
                        .ipv4("10.0.0.0", service.address().toString())
                        .tcp(0, service.port())
                        .flags(Tcp.SYN)
                        .sequence(0)
                        .acknowledgement(0)
                        .window(WINDOW)
                        .tcpOptions(OPTIONS)
                        .padding(LENGTH - L4 - Tcp.MIN_HEADER_LENGTH - OPTIONS.length)
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
        Ipv4.source(data + IP, 10 << 24 | 1 + flow / FrameMaker.FLOW_PORTS);
        Tcp.sourcePort(data + L4, FrameMaker.FIRST_PORT + flow % FrameMaker.FLOW_PORTS);
        sumUp(data);
    }

    private static void sumUp(long data) {
        Ipv4.checksum(data + IP, Checksum.ipv4Header(data + IP));
        Tcp.checksum(data + L4, Checksum.transport(data + IP));
    }

    /// Makes what the receiver of a frame answers.
    ///
    /// @param data the frame's first byte
    /// @param buffer its buffer, where the answer begins at [BufferPool#HEADROOM]
    /// @return false if it answers nothing
    /// @throws IllegalStateException if it is told that the connection has ended
    boolean answer(long data, long buffer) {
        long l4 = data + L4;
        if (Ethernet.type(data) != Ethernet.TYPE_IPV4
                || Ipv4.protocol(data + IP) != Ipv4.PROTOCOL_TCP) {
            return false;
        }
        int flags = Tcp.flags(l4);
        if ((flags & Tcp.RST) != 0) {
            throw new IllegalStateException("a reset to port " + Tcp.destinationPort(l4));
        }
        int received = Ipv4.totalLength(data + IP) - L4 + IP - Tcp.headerLength(l4);
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
        long header = to + L4;
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
        int source = Ipv4.source(data + IP);
        int destination = Ipv4.destination(data + IP);
        int ports = Memory.getInt(data + L4);
        Memory.putLong(to, macs);
        Memory.putInt(to + Long.BYTES, more);
        FrameMaker.swapMacs(to);
        Ethernet.type(to, Ethernet.TYPE_IPV4);
        Ipv4.writeHeader(
                to + IP,
                Ipv4.MIN_HEADER_LENGTH + length,
                Ipv4.DEFAULT_TIME_TO_LIVE,
                Ipv4.PROTOCOL_TCP,
                /* source= */ destination,
                /* destination= */ source);
        Memory.putInt(to + L4, Integer.rotateLeft(ports, Short.SIZE));
    }

    private void writeOptions(long l4, int length, int echo) {
        long options = l4 + Tcp.MIN_HEADER_LENGTH;
        if (length == OPTIONS.length) {
            Memory.copy(template + L4 + Tcp.MIN_HEADER_LENGTH, options, length);
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
