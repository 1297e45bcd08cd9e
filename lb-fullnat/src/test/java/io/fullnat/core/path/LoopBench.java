// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.path;

import static io.fullnat.core.connection.ConnectionLayout.FLOW_LENGTH;
import static io.fullnat.core.connection.ConnectionLayout.INBOUND;
import static io.fullnat.core.connection.ConnectionLayout.OUTBOUND;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.io.Memory;
import io.fullnat.api.io.PacketBurst;
import io.fullnat.api.network.ReversePath;
import io.fullnat.core.connection.ConnectionKey;
import io.fullnat.core.connection.ConnectionLayout;
import io.fullnat.core.connection.ConnectionState;
import io.fullnat.core.memory.Region;
import io.fullnat.core.open.FlowContext;
import io.fullnat.core.open.OpenBench;
import io.fullnat.core.open.OpenBench.Families;
import io.fullnat.core.packet.PacketBuilder;
import io.fullnat.core.service.TrafficTable;
import io.fullnat.core.stack.Device;
import io.fullnat.core.stack.TestHops;
import io.fullnat.core.translate.Identifications;
import io.fullnat.testing.Seed;
import java.util.Arrays;
import java.util.function.LongSupplier;

/// One established connection and bursts of its packets with their metadata, as the fast path hands
/// them to the loops beside its own: these can be run alone. What leaves is built here once more.
final class LoopBench implements AutoCloseable {
    static final int GENERATION = 7;
    static final int DEVICE = 3;
    static final int NOW = 99;
    static final int IP = FastPath.IP;
    static final int METADATA = FastPath.METADATA;

    private static final String OURS = "02:00:00:00:00:02";
    private static final String NEIGHBOUR = "02:00:00:00:00:0f";
    private static final int MTU = 1400;
    private static final int CLIENT = 7;
    private static final int CLIENT_PORT = 30_007;

    final OpenBench bench = new OpenBench(Seed.value(), 64);
    final FlowContext context = bench.context;
    final Identifications identifications = new Identifications(0, 1);
    final PacketBurst burst = new PacketBurst(32);
    final long entry;
    private final boolean clientIpv6;
    private final boolean serverIpv6;
    private final int protocol;
    private final int localPort;
    private final Region metadata = Region.allocate(64 * 32, "metadata");

    /// A loop, as the fast path calls it.
    interface Loop {
        /// Has the loop look at a burst.
        ///
        /// @return as the loop does
        long run(PacketBurst burst, long first, int generation, int now);
    }

    LoopBench(Families families, int protocol) {
        clientIpv6 = families == Families.IPV6 || families == Families.IPV6_TO_IPV4;
        serverIpv6 = families == Families.IPV6 || families == Families.IPV4_TO_IPV6;
        this.protocol = protocol;
        entry = bench.open(families, protocol, CLIENT);
        localPort = ConnectionKey.destinationPort(entry, OUTBOUND);
        context.life()
                .move(
                        entry,
                        protocol == OpenBench.TCP
                                ? ConnectionState.ESTABLISHED
                                : ConnectionState.UDP_STREAM);
        Device device = new Device(0, "lan", 0, 0, 2L << 40 | 2, MTU, ReversePath.OFF);
        int toServer = hop(device, serverIpv6);
        int toClient = hop(device, clientIpv6);
        ready(entry, toServer);
        ready(entry + FLOW_LENGTH, toClient);
        Memory.zero(metadata.address(), metadata.size());
    }

    private int hop(Device device, boolean ipv6) {
        return TestHops.reachable(
                bench.adjacencies, device, ipv6 ? "2001:db8:0:1::f" : "10.0.1.254", NEIGHBOUR);
    }

    private static void ready(long flow, int next) {
        Memory.putShort(flow + ConnectionLayout.NEXT_HOP, next);
        Memory.putInt(flow + ConnectionLayout.GENERATION, GENERATION + DEVICE);
    }

    private static PacketBuilder packet(
            String mac, String toMac, boolean ipv6, String[] four, String[] six) {
        PacketBuilder frame = PacketBuilder.ethernet(mac, toMac);
        return ipv6 ? frame.ipv6(six[0], six[1]) : frame.ipv4(four[0], four[1]);
    }

    private PacketBuilder ports(PacketBuilder packet, int from, int to) {
        return protocol == OpenBench.TCP ? packet.tcp(from, to).flags(16) : packet.udp(from, to);
    }

    private static String[] clientSide(boolean back) {
        String[] ends = {"198.51.0.7", "192.0.2.1"};
        return back ? new String[] {ends[1], ends[0]} : ends;
    }

    private static String[] clientSide6(boolean back) {
        String[] ends = {"2001:db8:0:c1::7", "2001:db8:0:1::1"};
        return back ? new String[] {ends[1], ends[0]} : ends;
    }

    private static String[] serverSide(boolean back) {
        String[] ends = {"10.0.1.100", "10.0.1.11"};
        return back ? new String[] {ends[1], ends[0]} : ends;
    }

    private static String[] serverSide6(boolean back) {
        String[] ends = {"2001:db8:0:1::64", "2001:db8:0:1::b"};
        return back ? new String[] {ends[1], ends[0]} : ends;
    }

    /// A packet of a direction as it comes.
    PacketBuilder arriving(int direction) {
        if (direction == INBOUND) {
            return ports(
                    packet(NEIGHBOUR, OURS, clientIpv6, clientSide(false), clientSide6(false)),
                    CLIENT_PORT,
                    80);
        }
        return ports(
                packet(NEIGHBOUR, OURS, serverIpv6, serverSide(true), serverSide6(true)),
                8080,
                localPort);
    }

    /// The same packet as it leaves.
    PacketBuilder leaving(int direction) {
        PacketBuilder packet =
                direction == INBOUND
                        ? ports(
                                packet(
                                        OURS,
                                        NEIGHBOUR,
                                        serverIpv6,
                                        serverSide(false),
                                        serverSide6(false)),
                                localPort,
                                8080)
                        : ports(
                                packet(
                                        OURS,
                                        NEIGHBOUR,
                                        clientIpv6,
                                        clientSide(true),
                                        clientSide6(true)),
                                80,
                                CLIENT_PORT);
        return packet.timeToLive(63);
    }

    long flow(int direction) {
        return entry + (long) direction * FLOW_LENGTH;
    }

    boolean comesWide(int direction) {
        return direction == INBOUND ? clientIpv6 : serverIpv6;
    }

    /// Adds a packet of a direction to the burst.
    ///
    /// @return where its IP header is
    long add(int direction, PacketBuilder packet) {
        int i = burst.size();
        assertThat(packet.appendTo(bench.io.buffers(), burst)).isTrue();
        long ip = burst.data(i) + 14;
        boolean wide = comesWide(direction);
        long meta = meta(i, wide);
        long l4 = ip + (wide ? 40 : 20);
        Memory.putLong(meta + FastPath.IP, ip);
        Memory.putLong(meta + FastPath.FLOW, flow(direction));
        Memory.putLong(
                meta + FastPath.KEY,
                ConnectionKey.portsAndProtocol(Memory.getInt(l4), protocol)
                        | (long) DEVICE << FastPath.DEVICE_SHIFT);
        if (wide) {
            Memory.putInt(meta + Ipv6Path.PLACE, i);
        }
        return ip;
    }

    /// Metadata of a packet, which tests may spoil.
    long meta(int i, boolean wide) {
        return metadata.address()
                + ((long) i << (wide ? Ipv6Path.METADATA_SHIFT : FastPath.METADATA_SHIFT));
    }

    long run(Loop loop) {
        return loop.run(burst, metadata.address(), GENERATION, NOW);
    }

    /// Has a loop see a packet that is for others to handle: it changes and counts nothing.
    ///
    /// @param run looks at the burst and says for how many packets it did all
    void leaves(int direction, PacketBuilder packet, LongSupplier run) {
        byte[] before = packet.toBytes();
        add(direction, packet);
        assertThat(run.getAsLong()).isZero();
        assertThat(frame(0)).isEqualTo(before);
        assertThat(counted(direction, TrafficTable.IN_PACKETS)).isZero();
        clear();
    }

    /// Has a loop see packets that are of another connection or way than the one here, each of
    /// which it leaves, and then one that is its own.
    ///
    /// @param packet one of the direction
    /// @param run looks at the burst and says for how many packets it did all
    void leavesWhatIsOthers(int direction, PacketBuilder packet, LongSupplier run) {
        long flow = flow(direction);
        add(direction, packet);
        Memory.putInt(flow + ConnectionLayout.GENERATION, GENERATION);
        assertThat(run.getAsLong()).as("by another device").isZero();
        Memory.putInt(flow + ConnectionLayout.GENERATION, GENERATION + DEVICE);
        boolean wide = comesWide(direction);
        long meta = meta(0, wide);
        long ip = Memory.getLong(meta + IP);
        Memory.putLong(meta + IP, 0);
        assertThat(run.getAsLong()).as("not one of this loop").isZero();
        Memory.putLong(meta + IP, ip);
        long source = ip + (wide ? 23 : 15);
        int last = Memory.getByte(source);
        Memory.putByte(source, last + 1);
        assertThat(run.getAsLong()).as("somebody else's").isZero();
        Memory.putByte(source, last);
        assertThat(run.getAsLong()).isOne();
    }

    /// The frame of a packet as it is to be sent.
    byte[] frame(int i) {
        return Memory.toBytes(burst.data(i), burst.length(i));
    }

    /// What a builder makes, at least as long as Ethernet wants it.
    static byte[] padded(PacketBuilder packet) {
        byte[] bytes = packet.toBytes();
        return bytes.length < 60 ? Arrays.copyOf(bytes, 60) : bytes;
    }

    /// Packets and bytes of a direction's counters of the real server.
    long counted(int direction, int field) {
        long line = bench.traffic.server(serverIpv6 ? 1 : 0);
        return Memory.getLong(line + field + (long) direction * TrafficTable.DIRECTION_STEP);
    }

    void clear() {
        bench.io.buffers().freeAll(burst);
        burst.clear();
        Memory.zero(metadata.address(), metadata.size());
    }

    @Override
    public void close() {
        clear();
        metadata.close();
        bench.close();
    }
}
