// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.modify;

import static io.fullnat.core.connection.ConnectionLayout.INBOUND;
import static io.fullnat.core.connection.ConnectionLayout.OUTBOUND;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.counter.Counter;
import io.fullnat.api.io.Memory;
import io.fullnat.api.io.PacketBurst;
import io.fullnat.api.service.Scheduler;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.ServicePolicy;
import io.fullnat.api.service.VirtualService;
import io.fullnat.core.connection.ConnectionKey;
import io.fullnat.core.connection.ConnectionLayout;
import io.fullnat.core.connection.ConnectionState;
import io.fullnat.core.connection.ConnectionTable;
import io.fullnat.core.connection.FlowKey;
import io.fullnat.core.connection.SequenceShifts;
import io.fullnat.core.memory.Region;
import io.fullnat.core.memoryio.InMemoryIo;
import io.fullnat.core.memoryio.PortSettings;
import io.fullnat.core.open.ModifiedPacket;
import io.fullnat.core.open.Modifiers;
import io.fullnat.core.open.PacketModifier;
import io.fullnat.core.packet.Ethernet;
import io.fullnat.core.packet.Ipv4;
import io.fullnat.core.packet.Ipv6;
import io.fullnat.core.packet.PacketBuilder;
import io.fullnat.core.service.HealthWords;
import io.fullnat.core.service.LocalEntry;
import io.fullnat.core.service.ServerEntry;
import io.fullnat.core.service.ServiceEntry;
import io.fullnat.core.service.TrafficTable;
import io.fullnat.core.stack.NetworkView;
import io.fullnat.core.stack.RouteTable;
import io.fullnat.core.stack.StackContext;
import io.fullnat.core.transmit.TestCounters;
import io.fullnat.core.transmit.Transmitter;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// One connection of either family, from port 40000 to port 80, whose packets a modifier sees as
/// bytes. There is one buffer for packets that go ahead.
final class ModifierBench implements AutoCloseable {
    private static final int HEADROOM = 128;
    private static final int ROOM = 2048;

    final TestCounters counters = new TestCounters();
    private final boolean ipv6;
    private final int protocol;
    private final InMemoryIo io =
            InMemoryIo.builder()
                    .buffers(1)
                    .wire(
                            PortSettings.of("lan", "02:00:00:00:00:01"),
                            PortSettings.of("far", "02:00:00:00:00:02"))
                    .open();
    private final ConnectionTable table = new ConnectionTable(4, 1, 0, (of, how) -> {}, 1, true);
    private final Region memory = Region.allocate(ROOM, "a packet");
    private final Modifiers modifiers;
    private final long entry;
    private @Nullable PacketModifier modifier;

    /// The longest packet that can be sent on.
    int mtu = 1500;

    ModifierBench(boolean ipv6, int protocol) {
        this.ipv6 = ipv6;
        this.protocol = protocol;
        NetworkView view =
                new NetworkView(
                        List.of(), Set.of(), List.of(), new RouteTable(List.of()), List.of(), 0);
        modifiers =
                new Modifiers(
                        table,
                        1,
                        new StackContext(
                                1, io.buffers(), new Transmitter[0], counters.counters, view),
                        (of, service) -> modifier);
        entry = open();
        table.start(entry, ConnectionState.ESTABLISHED, 60, 0);
    }

    private long open() {
        try (FlowKey in = new FlowKey();
                FlowKey out = new FlowKey()) {
            key(in, packet(1));
            key(out, packet(2));
            return ipv6
                    ? table.wide().open(in, out, 0)
                    : table.open(
                            in.addresses(),
                            in.portsAndProtocol(),
                            out.addresses(),
                            out.portsAndProtocol());
        }
    }

    private void key(FlowKey key, PacketBuilder of) {
        long ip = load(l3(of));
        long ports =
                ConnectionKey.portsAndProtocol(
                        Memory.getInt(ip + (ipv6 ? Ipv6.HEADER_LENGTH : Ipv4.MIN_HEADER_LENGTH)),
                        protocol);
        if (ipv6) {
            key.ipv6(ip + Ipv6.ADDRESSES_OFFSET, ports);
        } else {
            key.ipv4(Memory.getLong(ip + 12), ports);
        }
    }

    private PacketBuilder packet(int from) {
        PacketBuilder frame = PacketBuilder.ethernet("02:00:00:00:00:01", "02:00:00:00:00:02");
        PacketBuilder ip =
                ipv6
                        ? frame.ipv6("2001:db8::c:" + from, "2001:db8::80")
                        : frame.ipv4("198.51.100." + from, "192.0.2.80");
        return protocol == Ipv4.PROTOCOL_TCP ? ip.tcp(40_000, 80) : ip.udp(40_000, 80);
    }

    /// A packet of the client, or any other that is built like one.
    PacketBuilder packet() {
        return packet(1);
    }

    /// A segment that is built like one of the client, with a window of 1,000.
    PacketBuilder segment(int flags, int sequence, int acknowledgement) {
        return packet().flags(flags)
                .sequence(sequence)
                .acknowledgement(acknowledgement)
                .window(1000);
    }

    /// Bytes of the IP header.
    int front() {
        return ipv6 ? Ipv6.HEADER_LENGTH : Ipv4.MIN_HEADER_LENGTH;
    }

    /// What a packet has from its IP header on.
    static byte[] l3(PacketBuilder packet) {
        byte[] frame = packet.toBytes();
        return Arrays.copyOfRange(frame, Ethernet.HEADER_LENGTH, frame.length);
    }

    private long load(byte[] packet) {
        long ip = memory.address() + HEADROOM;
        Memory.fromBytes(packet, ip);
        return ip;
    }

    /// What lies behind a packet of so many bytes that was given in last, and begins where it did.
    byte[] behind(int packet, int bytes) {
        return Memory.toBytes(memory.address() + HEADROOM + packet, bytes);
    }

    private byte[] read(long ip) {
        return Memory.toBytes(ip, ipv6 ? Ipv6.totalLength(ip) : Ipv4.totalLength(ip));
    }

    private long transport(long ip) {
        if (!ipv6) {
            return Ipv4.payload(ip);
        }
        long at = ip + Ipv6.HEADER_LENGTH;
        for (int header = Ipv6.nextHeader(ip); header != protocol; ) {
            header = Memory.getUnsignedByte(at);
            at += 8L * (Memory.getUnsignedByte(at + 1) + 1);
        }
        return at;
    }

    long entry() {
        return entry;
    }

    SequenceShifts shifts() {
        return table.shifts();
    }

    long count(Counter counter) {
        return counters.counters.get(counter);
    }

    /// Gives the connection a modifier, instead of one that it has.
    void begin(PacketModifier its, ServicePolicy policy) {
        modifier = its;
        modifiers.begin(entry, service(policy));
    }

    private ServiceEntry service(ServicePolicy policy) {
        String address = "192.0.2.80";
        ServiceKey key =
                protocol == Ipv4.PROTOCOL_TCP
                        ? ServiceKey.tcp(address, 80)
                        : ServiceKey.udp(address, 80);
        return new ServiceEntry(
                VirtualService.of(key).withPolicy(policy),
                2,
                (request, loads) -> Scheduler.NONE,
                new ServerEntry[0],
                null,
                new LocalEntry[0],
                new TrafficTable[0],
                new HealthWords(1, 1),
                null);
    }

    /// What becomes of a packet of the client before it is translated.
    byte[] request(PacketBuilder packet) {
        return modify(INBOUND, packet);
    }

    /// The same of one of the real server.
    byte[] answer(PacketBuilder packet) {
        return modify(OUTBOUND, packet);
    }

    private byte[] modify(int direction, PacketBuilder packet) {
        long ip = load(l3(packet));
        return read(modifiers.modify(entry, direction, ip, transport(ip), mtu));
    }

    /// What becomes of a packet of the client that was translated.
    byte[] finish(PacketBuilder packet) {
        long ip = load(l3(packet));
        return read(modifiers.finish(entry, ip, transport(ip), mtu));
    }

    /// What goes ahead of the packet that was finished last; empty if nothing does.
    byte[] ahead() {
        PacketBurst ahead = modifiers.ahead();
        if (ahead.size() == 0) {
            return new byte[0];
        }
        byte[] bytes = read(ahead.data(0));
        assertThat(ahead.length(0)).as("its length").isEqualTo(bytes.length);
        io.buffers().free(ahead.buffer(0));
        ahead.clear();
        return bytes;
    }

    /// Whether all buffers are taken from now on.
    void exhaust() {
        assertThat(io.buffers().allocate(new PacketBurst(1))).isTrue();
    }

    void tooBig(int longest) {
        modifiers.tooBig(entry, longest);
    }

    /// What was said of the packet that was seen last.
    ModifiedPacket said() {
        return modifiers.packet();
    }

    /// Whether the connection is plain again.
    boolean isDone() {
        return !ConnectionLayout.isModified(entry);
    }

    @Override
    public void close() {
        modifiers.close();
        table.close();
        memory.close();
        counters.close();
        io.close();
    }
}
