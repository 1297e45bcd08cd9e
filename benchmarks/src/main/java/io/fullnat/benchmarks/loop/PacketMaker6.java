// SPDX-License-Identifier: Apache-2.0
package io.fullnat.benchmarks.loop;

import io.fullnat.api.Endpoint;
import io.fullnat.api.Protocol;
import io.fullnat.api.io.Memory;
import io.fullnat.core.packet.Checksum;
import io.fullnat.core.packet.Ipv6;
import io.fullnat.core.packet.PacketBuilder;
import io.fullnat.core.packet.Tcp;
import java.lang.foreign.Arena;

/// Frames of IPv6, of 80 bytes but for those with timestamps, from clients in `2001:db8:c::/96`:
/// the payload is that of [PacketMaker].
public final class PacketMaker6 extends FrameMaker {
    /// Bytes of a frame.
    public static final int LENGTH = 80;

    private static final int STAMPED_LENGTH = 92;
    private static final int LONGEST = 96;

    private static final int IP = 14;
    private static final int ADDRESSES = 22;

    /// Where the number of a client is in a frame: the last four bytes of its address.
    static final int CLIENT = 34;

    private static final int L4 = 54;

    private final long template;
    private final int l4SumAt;
    private final boolean tcp;
    private final int length;
    private final int l4Sum;
    private final int serverPort;

    private PacketMaker6(Arena arena, PacketBuilder packet, Protocol protocol, int serverPort) {
        byte[] bytes = packet.toBytes();
        length = bytes.length;
        if (length != LENGTH && length != STAMPED_LENGTH) {
            throw new IllegalStateException(length + " bytes");
        }
        template = arena.allocate(LONGEST, 64).address();
        Memory.fromBytes(bytes, template);
        tcp = protocol == Protocol.TCP;
        l4SumAt = L4 + (tcp ? 16 : 6);
        l4Sum = ~Memory.getNetworkShort(template + l4SumAt) & 0xFFFF;
        this.serverPort = Short.reverseBytes((short) serverPort);
    }

    /// Datagrams.
    ///
    /// @param arena of the template
    /// @param service to which they go
    /// @param serverPort of all real servers
    public static PacketMaker6 udp(Arena arena, Endpoint service, int serverPort) {
        return new PacketMaker6(
                arena,
                frame(service).udp(0, service.port()).payload(new byte[18]),
                Protocol.UDP,
                serverPort);
    }

    /// Segments with some flags, numbered as those of [PacketMaker#tcp].
    ///
    /// @param arena of the template
    /// @param service to which they go
    /// @param serverPort of all real servers
    /// @param flags of [Tcp]
    public static PacketMaker6 tcp(Arena arena, Endpoint service, int serverPort, int flags) {
        return new PacketMaker6(
                arena,
                PacketMaker.segment(frame(service), service, flags),
                Protocol.TCP,
                serverPort);
    }

    /// Segments with data and timestamps.
    ///
    /// @param arena of the template
    /// @param service to which they go
    /// @param serverPort of all real servers
    static PacketMaker6 stamped(Arena arena, Endpoint service, int serverPort) {
        return new PacketMaker6(
                arena,
                PacketMaker.segment(frame(service), service, Tcp.ACK | Tcp.PSH)
                        .tcpOptions(PacketMaker.STAMPS),
                Protocol.TCP,
                serverPort);
    }

    static PacketBuilder frame(Endpoint service) {
        return PacketBuilder.ethernet("02:00:00:00:00:c1", OnePort.MAC)
                .ipv6("2001:db8:c::", service.address().toString());
    }

    @Override
    public int length() {
        return length;
    }

    @Override
    public void make(int flow, long data) {
        for (int i = 0; i < LENGTH; i += Long.BYTES) {
            Memory.putLong(data + i, Memory.getLong(template + i));
        }
        if (length > LENGTH) {
            Memory.putLong(data + LENGTH, Memory.getLong(template + LENGTH));
            Memory.putLong(data + LENGTH + 8, Memory.getLong(template + LENGTH + 8));
        }
        int client = 1 + flow / FLOW_PORTS;
        int port = FIRST_PORT + flow % FLOW_PORTS;
        int added = (client >>> 16) + (client & 0xFFFF);
        Memory.putNetworkInt(data + CLIENT, client);
        Memory.putNetworkShort(data + L4, port);
        Memory.putNetworkShort(data + l4SumAt, ~folded(l4Sum + added + port));
    }

    @Override
    public boolean isToServer(long data) {
        return Memory.getShort(data + L4 + 2) == (short) serverPort;
    }

    /// Swapping source and destination leaves the sum as it is.
    @Override
    public void answer(long data) {
        swapMacs(data);
        long addresses = data + ADDRESSES;
        long high = Memory.getLong(addresses);
        long low = Memory.getLong(addresses + 8);
        Memory.putLong(addresses, Memory.getLong(addresses + 16));
        Memory.putLong(addresses + 8, Memory.getLong(addresses + 24));
        Memory.putLong(addresses + 16, high);
        Memory.putLong(addresses + 24, low);
        Memory.putInt(data + L4, Integer.rotateLeft(Memory.getInt(data + L4), 16));
        if (tcp) {
            acknowledge(data + L4, data + l4SumAt);
        }
    }

    /// Checks the checksum of a frame of IPv6 that the balancer sent.
    static void verify(long data) {
        long ip = data + IP;
        long l4 = ip + Ipv6.HEADER_LENGTH;
        boolean plain = Ipv6.nextHeader(ip) != Ipv6.NEXT_HEADER_HOP_BY_HOP; // not MLD's
        if (plain
                && !Checksum.isTransport6Valid(
                        ip, Ipv6.nextHeader(ip), l4, Ipv6.payloadLength(ip))) {
            throw new IllegalStateException(
                    "a wrong checksum in a packet to …"
                            + Long.toHexString(Ipv6.destinationLow(ip)));
        }
    }
}
