// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

import static io.fullnat.core.Rig.fromClient;
import static io.fullnat.core.Rig.fromServer;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.Endpoint;
import io.fullnat.api.control.Change;
import io.fullnat.api.counter.Counter;
import io.fullnat.api.counter.Outcome;
import io.fullnat.api.io.Memory;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.ServiceLimits;
import io.fullnat.api.service.ServicePolicy;
import io.fullnat.core.connection.ConnectionLayout;
import io.fullnat.core.memory.Region;
import io.fullnat.core.open.ModifiedPacket;
import io.fullnat.core.open.Modifiers;
import io.fullnat.core.open.PacketModifier;
import io.fullnat.core.packet.Ipv4;
import io.fullnat.core.packet.PacketBuilder;
import io.fullnat.core.packet.Tcp;
import io.fullnat.core.translate.TcpOptions;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// A packet modifier beside the fast path: it puts a TCP option into a client's SYN and first data
/// and takes one of that kind out of answers, until the server has acknowledged those data.
class ModifierTest {
    private static final byte[] OPTION = {(byte) 253, 8, 1, 2, 3, 4, 5, 6};
    private static final byte[] NO_OPERATION = {1, 1, 1, 1};
    private static final int FIRST = 5; // bytes of "first"

    private final Region memory = Region.allocate(OPTION.length, "test");
    private final Stamp stamp = new Stamp(memory.address());
    private Rig rig = new Rig();
    private Modifiers table = new Modifiers(1, entry -> null);

    ModifierTest() {
        Memory.fromBytes(OPTION, memory.address());
        table.close();
    }

    @AfterEach
    void allBuffersAreBackAndAllPacketsCounted() {
        rig.close();
        memory.close();
    }

    /// The record: the sequence number behind the first data, and whether there have been any.
    private static final class Stamp implements PacketModifier {
        final long option;
        int begun;
        int seen;
        int ended;
        boolean fails;
        boolean failsAtBegin;

        Stamp(long option) {
            this.option = option;
        }

        @Override
        public void begin(long entry, long record) {
            assertThat(Memory.getLong(record)).as("record").isZero();
            begun++;
            if (failsAtBegin) {
                throw new IllegalStateException("a modifier that fails at once");
            }
        }

        @Override
        public void modify(ModifiedPacket packet) {
            seen++;
            if (fails) {
                throw new IllegalStateException("a modifier that fails");
            }
            if (packet.direction() == ConnectionLayout.INBOUND) {
                request(packet);
            } else {
                answer(packet);
            }
        }

        private void request(ModifiedPacket packet) {
            long ip = packet.ip();
            long l4 = Ipv4.payload(ip);
            int data = Ipv4.payloadLength(ip) - Tcp.headerLength(l4);
            int end = Tcp.sequence(l4) + data;
            if (data > 0 && Memory.getInt(packet.record() + 4) == 0) {
                Memory.putInt(packet.record(), end);
                Memory.putInt(packet.record() + 4, 1);
            }
            boolean first = data > 0 && end - Memory.getInt(packet.record()) <= 0;
            boolean wanted = first || (Tcp.flags(l4) & Tcp.SYN) != 0;
            boolean fits =
                    TcpOptions.room(ip) >= OPTION.length
                            && Ipv4.totalLength(ip) + OPTION.length <= packet.mtu();
            if (wanted && fits) {
                packet.ip(TcpOptions.insert(ip, option, OPTION.length));
            }
        }

        private static void answer(ModifiedPacket packet) {
            int at = TcpOptions.find(packet.ip(), OPTION[0] & 0xFF);
            if (at > 0) {
                packet.ip(TcpOptions.remove(packet.ip(), at, OPTION.length));
            }
            int acknowledged = Tcp.acknowledgement(Ipv4.payload(packet.ip()));
            boolean first = Memory.getInt(packet.record() + 4) != 0;
            if (first && acknowledged - Memory.getInt(packet.record()) >= 0) {
                packet.done();
            }
        }

        @Override
        public void ended(long record) {
            ended++;
        }
    }

    private void configured(Rig fresh, int capacity) {
        rig.close();
        rig = fresh.configured();
        modified(capacity);
    }

    private void modified(int capacity) {
        table =
                new Modifiers(
                        capacity,
                        entry ->
                                Memory.getByte(entry + ConnectionLayout.PROTOCOL)
                                                == Ipv4.PROTOCOL_TCP
                                        ? stamp
                                        : null);
        rig.balancer.workersThemselves().getFirst().modifiers(table);
    }

    private void configured() {
        configured(new Rig(), 16);
    }

    private static PacketBuilder syn(int port) {
        return fromClient().tcp(port, 80).flags(Tcp.SYN).sequence(7);
    }

    private static PacketBuilder first() {
        return fromClient().tcp(40000, 80).sequence(8).acknowledgement(101).payload("first");
    }

    private static PacketBuilder toServer(int port) {
        return PacketBuilder.ethernet(Rig.LAN_MAC, Rig.SERVER_MAC)
                .ipv4(Rig.LOCAL, Rig.SERVER)
                .timeToLive(63)
                .tcp(port, 8080);
    }

    private static PacketBuilder toClient() {
        return PacketBuilder.ethernet(Rig.WAN_MAC, Rig.CLIENT_MAC)
                .ipv4(Rig.VIP, Rig.CLIENT)
                .timeToLive(63)
                .tcp(80, 40000);
    }

    private static PacketBuilder answer(int port, int flags, int sequence, int acknowledgement) {
        return fromServer()
                .tcp(8080, port)
                .flags(flags)
                .sequence(sequence)
                .acknowledgement(acknowledgement);
    }

    @Test
    void packetsOfIpv6AreNotModified() {
        rig.close();
        rig = Rig6.configured(new Rig().configured());
        modified(16);

        List<byte[]> syn = rig.clientSends(Rig6.fromClient().tcp(40000, 80).flags(Tcp.SYN));
        List<byte[]> again =
                rig.clientSends(Rig6.fromClient().tcp(40000, 80).flags(Tcp.SYN).payload("x"));

        assertThat(syn).hasSize(1);
        assertThat(again).hasSize(1);
        assertThat(stamp.begun).isZero();
        assertThat(stamp.seen).isZero();
        rig.clientSends(syn(40000));
        assertThat(stamp.begun).as("of IPv4").isOne();
    }

    /// Sends a SYN and gets it answered; returns the local port.
    private int open() {
        int port = localPort(rig.clientSends(syn(40000)));
        rig.serverSends(answer(port, Tcp.SYN | Tcp.ACK, 100, 8));
        rig.clientSends(fromClient().tcp(40000, 80).sequence(8).acknowledgement(101));
        return port;
    }

    private static int localPort(List<byte[]> sent) {
        byte[] frame = sent.getFirst();
        return (frame[34] & 0xFF) << 8 | (frame[35] & 0xFF);
    }

    @Test
    void aSynThatOpensAConnectionGetsTheOption() {
        configured();

        List<byte[]> out = rig.clientSends(syn(40000));

        assertThat(out)
                .containsExactly(
                        toServer(localPort(out))
                                .flags(Tcp.SYN)
                                .sequence(7)
                                .tcpOptions(OPTION)
                                .toBytes());
        assertThat(table.size()).isOne();
    }

    @Test
    void firstDataGetItAndSoDoTheirRetransmissions() {
        configured();
        int port = open();
        byte[] expected =
                toServer(port)
                        .sequence(8)
                        .acknowledgement(101)
                        .tcpOptions(OPTION)
                        .payload("first")
                        .toBytes();

        assertThat(rig.clientSends(first())).containsExactly(expected);
        assertThat(rig.clientSends(first())).containsExactly(expected);
    }

    @Test
    void theOptionIsTakenOutOfAnswers() {
        configured();
        int port = localPort(rig.clientSends(syn(40000)));

        List<byte[]> out =
                rig.serverSends(answer(port, Tcp.SYN | Tcp.ACK, 100, 8).tcpOptions(OPTION));

        assertThat(out)
                .containsExactly(
                        toClient()
                                .flags(Tcp.SYN | Tcp.ACK)
                                .sequence(100)
                                .acknowledgement(8)
                                .toBytes());
    }

    @Test
    void aModifierThatIsDoneLeavesThePlainConnection() {
        configured();
        int port = open();
        rig.clientSends(first());
        rig.serverSends(answer(port, Tcp.ACK, 101, 8 + FIRST));
        int seen = stamp.seen;

        List<byte[]> out =
                rig.clientSends(
                        fromClient()
                                .tcp(40000, 80)
                                .sequence(8 + FIRST)
                                .acknowledgement(101)
                                .payload("later"));

        assertThat(out)
                .containsExactly(
                        toServer(port)
                                .sequence(8 + FIRST)
                                .acknowledgement(101)
                                .payload("later")
                                .toBytes());
        assertThat(stamp.seen).as("packets seen by the modifier").isEqualTo(seen);
        assertThat(stamp.ended).as("ends with the modifier in place").isZero();
        assertThat(table.size()).isZero();
    }

    @Test
    void packetsKeepTheirOrderInTheBurst() {
        configured();
        open();
        rig.clientSends(fromClient().udp(40001, 53).payload("opens"));
        for (int i = 0; i < 4; i++) {
            rig.client.send(fromClient().udp(40001, 53).payload("plain " + i));
            rig.client.send(first().identification(i));
        }
        rig.run();

        List<byte[]> out = rig.out();

        assertThat(out).hasSize(8);
        for (int i = 0; i < 8; i++) {
            assertThat(out.get(i)[23]).as("protocol").isEqualTo((byte) (i % 2 == 0 ? 17 : 6));
            assertThat(out.get(i)[i % 2 == 0 ? out.get(i).length - 1 : 19])
                    .as("number %d", i / 2)
                    .isEqualTo((byte) (i % 2 == 0 ? '0' + i / 2 : i / 2));
        }
    }

    @Test
    void whatFitsExactlyGetsItAndWhatDoesNotGoesWithout() {
        configured();
        int port = open();

        for (int length : new int[] {1452, 1453, 1460}) {
            List<byte[]> out =
                    rig.clientSends(
                            fromClient()
                                    .dontFragment()
                                    .tcp(40000, 80)
                                    .sequence(8)
                                    .acknowledgement(101)
                                    .payload(new byte[length]));
            PacketBuilder expected =
                    PacketBuilder.ethernet(Rig.LAN_MAC, Rig.SERVER_MAC)
                            .ipv4(Rig.LOCAL, Rig.SERVER)
                            .dontFragment()
                            .timeToLive(63)
                            .tcp(port, 8080)
                            .sequence(8)
                            .acknowledgement(101)
                            .payload(new byte[length]);
            assertThat(out)
                    .as("%d bytes", length)
                    .containsExactly(
                            (length == 1452 ? expected.tcpOptions(OPTION) : expected).toBytes());
        }
    }

    @Test
    void whatIsFragmentedGoesWithout() {
        configured(Rig.withMtus(1500, 576), 16);
        open();

        List<byte[]> out =
                rig.clientSends(
                        fromClient()
                                .tcp(40000, 80)
                                .sequence(8)
                                .acknowledgement(101)
                                .payload(new byte[1000]));

        assertThat(out).hasSize(2);
        assertThat(out.getFirst()[14 + 20 + 12]).as("header length").isEqualTo((byte) 0x50);
    }

    @Test
    void withoutRoomAmongTheOptionsAPacketGoesWithout() {
        configured();
        byte[] full = new byte[36];
        Arrays.fill(full, (byte) 1);

        List<byte[]> out = rig.clientSends(syn(40000).tcpOptions(full));

        assertThat(out)
                .containsExactly(
                        toServer(localPort(out))
                                .flags(Tcp.SYN)
                                .sequence(7)
                                .tcpOptions(full)
                                .toBytes());
    }

    @Test
    void aPacketOfTheWholeSlowPathIsModifiedToo() {
        configured();

        byte[] out = rig.clientSends(syn(40000).ipOptions(NO_OPERATION)).getFirst();

        int port = (out[38] & 0xFF) << 8 | (out[39] & 0xFF);
        assertThat(out)
                .isEqualTo(
                        toServer(port)
                                .ipOptions(NO_OPERATION)
                                .flags(Tcp.SYN)
                                .sequence(7)
                                .tcpOptions(OPTION)
                                .toBytes());
    }

    @Test
    void aPacketThatWaitsForItsNeighbourIsModifiedOnce() {
        rig.configureWithoutNeighbours();
        modified(16);
        rig.clientSends(syn(40000));
        assertThat(stamp.seen).as("while it waits").isZero();

        rig.server.send(
                PacketBuilder.ethernet(Rig.SERVER_MAC, Rig.LAN_MAC)
                        .arp(2, Rig.SERVER_MAC, Rig.SERVER, Rig.LAN_MAC, "10.0.1.1"));
        rig.run();

        List<byte[]> out = rig.out();
        assertThat(out)
                .contains(
                        toServer(localPort(out))
                                .flags(Tcp.SYN)
                                .sequence(7)
                                .tcpOptions(OPTION)
                                .toBytes());
        assertThat(stamp.seen).isOne();
    }

    @Test
    void aDamagedSegmentStaysDamaged() {
        configured();
        int port = open();

        assertThat(rig.clientSends(first().badTransportChecksum()))
                .containsExactly(
                        toServer(port)
                                .sequence(8)
                                .acknowledgement(101)
                                .tcpOptions(OPTION)
                                .payload("first")
                                .badTransportChecksum()
                                .toBytes());
    }

    @Test
    void aFullTableLeavesConnectionsPlain() {
        configured(new Rig(), 1);
        rig.clientSends(syn(40000));

        List<byte[]> second = rig.clientSends(syn(40001));

        assertThat(second)
                .containsExactly(toServer(localPort(second)).flags(Tcp.SYN).sequence(7).toBytes());
        assertThat(table.refused()).isOne();
        assertThat(table.size()).isOne();
    }

    @Test
    void aConnectionThatEndsGivesItsPlaceBack() {
        configured(new Rig(), 1);
        rig.clientSends(syn(40000));
        rig.apply(
                new Change.RemoveRealServer(Rig.TCP, Endpoint.of(Rig.SERVER, 8080), true),
                new Change.AddRealServer(Rig.TCP, RealServer.of(Rig.SERVER, 8080)));
        assertThat(stamp.ended).isOne();
        assertThat(table.size()).isZero();

        rig.clientSends(syn(40001));
        assertThat(table.size()).isOne();
        rig.pass(Duration.ofHours(1));

        assertThat(stamp.begun).isEqualTo(2);
        assertThat(stamp.ended).isEqualTo(2);
        assertThat(table.size()).isZero();
    }

    @Test
    void aConnectionThatBeginsAnewIsANewOne() {
        configured();
        int port = open();
        rig.clientSends(first());
        rig.serverSends(answer(port, Tcp.RST | Tcp.ACK, 101, 8 + FIRST));

        List<byte[]> out = rig.clientSends(syn(40000));

        assertThat(out)
                .containsExactly(
                        toServer(port).flags(Tcp.SYN).sequence(7).tcpOptions(OPTION).toBytes());
        assertThat(stamp.begun).isEqualTo(2);
        assertThat(table.size()).isOne();
    }

    @Test
    void aModifierThatThrowsCostsThePacketAndIsGone() {
        configured();
        int port = open();
        stamp.fails = true;
        try (LogCapture log = new LogCapture()) {
            assertThat(rig.clientSends(first())).isEmpty();
            assertThat(log.with("handling a packet")).isNotEmpty();
        }
        assertThat(rig.count(Outcome.FAULT)).isOne();
        assertThat(table.size()).isZero();

        assertThat(rig.clientSends(first()))
                .containsExactly(
                        toServer(port).sequence(8).acknowledgement(101).payload("first").toBytes());
    }

    @Test
    void otherConnectionsAreNotSeen() {
        configured();

        rig.clientSends(fromClient().udp(40001, 53).payload("question"));

        assertThat(stamp.seen).isZero();
        assertThat(table.size()).isZero();
    }

    /// All that was claimed for the connection is given back.
    @Test
    void aConnectionWhoseModifierFailsAtOnceLeavesNothing() {
        configured();
        rig.apply(
                new Change.SetPolicy(
                        Rig.TCP,
                        ServicePolicy.DEFAULT.withLimits(
                                ServiceLimits.NONE
                                        .withConnections(1)
                                        .withPerClient(1)
                                        .withPerNetwork(1))),
                new Change.EditRealServer(
                        Rig.TCP,
                        RealServer.builder(Endpoint.of(Rig.SERVER, 8080))
                                .maxConnections(1)
                                .build()));
        stamp.failsAtBegin = true;
        for (int i = 0; i < 3; i++) {
            assertThat(rig.clientSends(syn(40000 + i))).isEmpty();
        }
        assertThat(rig.count(Outcome.FAULT)).isEqualTo(3);
        assertThat(rig.count(Counter.CONNECTIONS)).isZero();
        assertThat(table.size()).isZero();

        stamp.failsAtBegin = false;
        assertThat(rig.clientSends(syn(40005))).hasSize(1);
        assertThat(stamp.begun).isEqualTo(4);
    }
}
