// SPDX-License-Identifier: Apache-2.0
package io.fullnat.benchmarks.loop;

import io.fullnat.api.Endpoint;
import io.fullnat.api.Protocol;
import io.fullnat.api.io.Memory;
import io.fullnat.core.packet.Checksum;
import io.fullnat.core.packet.Ethernet;
import io.fullnat.core.packet.Ipv4;
import io.fullnat.core.packet.PacketBuilder;
import io.fullnat.core.packet.Tcp;
import java.lang.foreign.Arena;

/// Frames of IPv4, of 60 bytes, from clients in 10.0.0.0/8: making one costs eight words copied and
/// six written.
public final class PacketMaker extends FrameMaker {
    /// Bytes of a frame.
    public static final int LENGTH = 60;

    private static final int STAMPED_LENGTH = 72;
    private static final int SYN_LENGTH = 74;
    private static final int LONGEST = 80;
    private static final byte[] SYN_OPTIONS = {
        2, 4, 0x05, (byte) 0xB4, 4, 2, 8, 10, 1, 2, 3, 4, 0, 0, 0, 0, 1, 3, 3, 7
    };
    static final byte[] STAMPS = {1, 1, 8, 10, 0, 0, 0, 9, 0, 0, 0, 8};
    private static final int SOURCE = 26;
    private static final int IP_SUM = 24;
    private static final int IP = 14;
    private static final int L4 = 34;

    private final long template;
    private final int l4SumAt;
    private final boolean tcp;
    private final int length;
    private final int ipSum;
    private final int l4Sum;
    private final int serverPort;

    private PacketMaker(Arena arena, PacketBuilder packet, Protocol protocol, int serverPort) {
        byte[] bytes = packet.toBytes();
        length = bytes.length;
        if (length != LENGTH && length != STAMPED_LENGTH && length != SYN_LENGTH) {
            throw new IllegalStateException(length + " bytes");
        }
        template = arena.allocate(LONGEST, 64).address();
        Memory.fromBytes(bytes, template);
        tcp = protocol == Protocol.TCP;
        l4SumAt = L4 + (tcp ? 16 : 6);
        ipSum = ~Memory.getNetworkShort(template + IP_SUM) & 0xFFFF;
        l4Sum = ~Memory.getNetworkShort(template + l4SumAt) & 0xFFFF;
        this.serverPort = Short.reverseBytes((short) serverPort);
    }

    /// Datagrams.
    ///
    /// @param arena of the template
    /// @param service to which they go
    /// @param serverPort of all real servers
    public static PacketMaker udp(Arena arena, Endpoint service, int serverPort) {
        return udp(arena, service, serverPort, new byte[18]);
    }

    /// @param payload of each datagram
    static PacketMaker udp(Arena arena, Endpoint service, int serverPort, byte[] payload) {
        return new PacketMaker(
                arena,
                frame(service).udp(0, service.port()).payload(payload),
                Protocol.UDP,
                serverPort);
    }

    /// Segments with some flags. Of a SYN and of a FIN the next number is 1, which all acknowledge.
    ///
    /// @param arena of the template
    /// @param service to which they go
    /// @param serverPort of all real servers
    /// @param flags of [Tcp]
    public static PacketMaker tcp(Arena arena, Endpoint service, int serverPort, int flags) {
        return new PacketMaker(
                arena, segment(frame(service), service, flags), Protocol.TCP, serverPort);
    }

    /// Segments with data and timestamps.
    ///
    /// @param arena of the template
    /// @param service to which they go
    /// @param serverPort of all real servers
    static PacketMaker stamped(Arena arena, Endpoint service, int serverPort) {
        return new PacketMaker(
                arena,
                segment(frame(service), service, Tcp.ACK | Tcp.PSH).tcpOptions(STAMPS),
                Protocol.TCP,
                serverPort);
    }

    /// SYNs without data, with the options of Linux.
    ///
    /// @param arena of the template
    /// @param service to which they go
    /// @param serverPort of all real servers
    static PacketMaker syn(Arena arena, Endpoint service, int serverPort) {
        return new PacketMaker(
                arena,
                frame(service)
                        .tcp(0, service.port())
                        .flags(Tcp.SYN)
                        .sequence(1)
                        .tcpOptions(SYN_OPTIONS),
                Protocol.TCP,
                serverPort);
    }

    static PacketBuilder segment(PacketBuilder frame, Endpoint service, int flags) {
        byte[] payload = new byte[6];
        int sequence = (flags & Tcp.SYN) != 0 ? 0 : (flags & Tcp.FIN) != 0 ? -payload.length : 1;
        return frame.tcp(0, service.port())
                .flags(flags)
                .sequence(sequence)
                .acknowledgement(1)
                .payload(payload);
    }

    static PacketBuilder frame(Endpoint service) {
        return PacketBuilder.ethernet("02:00:00:00:00:c1", OnePort.MAC)
                .ipv4("10.0.0.0", service.address().toString());
    }

    @Override
    public int length() {
        return length;
    }

    @Override
    public void make(int flow, long data) {
        for (int i = 0; i < 64; i += Long.BYTES) {
            Memory.putLong(data + i, Memory.getLong(template + i));
        }
        if (length > 64) {
            Memory.putLong(data + 64, Memory.getLong(template + 64));
            Memory.putLong(data + 72, Memory.getLong(template + 72));
        }
        int client = 1 + flow / FLOW_PORTS;
        int port = FIRST_PORT + flow % FLOW_PORTS;
        int added = (client >>> 16) + (client & 0xFFFF);
        Memory.putNetworkInt(data + SOURCE, 10 << 24 | client);
        Memory.putNetworkShort(data + L4, port);
        Memory.putNetworkShort(data + IP_SUM, ~folded(ipSum + added));
        Memory.putNetworkShort(data + l4SumAt, ~folded(l4Sum + added + port));
    }

    @Override
    public boolean isToServer(long data) {
        return Memory.getShort(data + L4 + 2) == (short) serverPort;
    }

    /// Swapping source and destination leaves sums as they are.
    @Override
    public void answer(long data) {
        swapMacs(data);
        Memory.putLong(data + SOURCE, Long.rotateLeft(Memory.getLong(data + SOURCE), 32));
        Memory.putInt(data + L4, Integer.rotateLeft(Memory.getInt(data + L4), 16));
        if (tcp) {
            acknowledge(data + L4, data + l4SumAt);
        }
    }

    /// Checks the checksums of a frame that the balancer sent, if it is a packet, of either family:
    /// a new address is announced by ARP.
    ///
    /// @param data its first byte
    /// @throws IllegalStateException if one is wrong
    public static void verify(long data) {
        long ip = data + IP;
        if (Ethernet.type(data) == Ethernet.TYPE_IPV6) {
            PacketMaker6.verify(data);
            return;
        }
        if (Ethernet.type(data) != Ethernet.TYPE_IPV4) {
            return;
        }
        if (!Checksum.isIpv4HeaderValid(ip) || !Checksum.isTransportValid(ip)) {
            throw new IllegalStateException(
                    "a wrong checksum in a packet to " + Integer.toHexString(Ipv4.destination(ip)));
        }
    }
}
