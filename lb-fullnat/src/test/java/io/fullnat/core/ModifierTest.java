// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

import static io.fullnat.core.FamilyRig.assertSent;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

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
import io.fullnat.core.open.Modifiers;
import io.fullnat.core.packet.Ipv4;
import io.fullnat.core.packet.Ipv6Extension;
import io.fullnat.core.packet.NdFrames;
import io.fullnat.core.packet.NeighbourDiscovery;
import io.fullnat.core.packet.PacketBuilder;
import io.fullnat.core.packet.Tcp;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/// A packet modifier beside the fast path, in both families and across them: it puts a TCP option
/// into a client's SYN and first data and takes one of that kind out of answers, until the server
/// has acknowledged those data.
@ParameterizedClass
@EnumSource(FamilyPair.class)
class ModifierTest {
    private static final byte[] OPTION = Stamp.OPTION;
    private static final byte[] NO_OPERATION = {1, 1, 1, 1};
    private static final int FIRST = 5; // bytes of "first"

    private final Region memory = Region.allocate(OPTION.length, "test");
    private final Stamp stamp = new Stamp(memory.address());
    private final FamilyPair families;
    private final Rig rig;
    private Modifiers table;

    ModifierTest(FamilyPair families) {
        this.families = families;
        Memory.fromBytes(OPTION, memory.address());
        rig = Rig.of(families);
        table = modified(rig, 16);
    }

    @AfterEach
    void allBuffersAreBackAndAllPacketsCounted() {
        rig.close();
        memory.close();
    }

    private Modifiers modified(Rig where, int capacity) {
        return where.balancer
                .workersThemselves()
                .getFirst()
                .flows()
                .modify(
                        capacity,
                        (entry, service) ->
                                Memory.getByte(entry + ConnectionLayout.PROTOCOL)
                                                == Ipv4.PROTOCOL_TCP
                                        ? stamp
                                        : null);
    }

    private void configured() {
        rig.configured();
    }

    private PacketBuilder fromClient() {
        return rig.request();
    }

    private PacketBuilder syn(int port) {
        return fromClient().tcp(port, 80).flags(Tcp.SYN).sequence(7);
    }

    private PacketBuilder first() {
        return fromClient().tcp(40000, 80).sequence(8).acknowledgement(101).payload("first");
    }

    private PacketBuilder toServer(int port) {
        return rig.forwarded().tcp(port, 8080);
    }

    private PacketBuilder toClient() {
        return rig.answered().tcp(80, 40000);
    }

    private PacketBuilder answer(int port, int flags, int sequence, int acknowledgement) {
        return rig.answer()
                .tcp(8080, port)
                .flags(flags)
                .sequence(sequence)
                .acknowledgement(acknowledgement);
    }

    /// Where the header of TCP or UDP is in a frame without options of IP.
    private static int transport(byte[] frame) {
        return FamilyRig.ipv6(frame) ? 54 : 34;
    }

    /// Sends a SYN and gets it answered; returns the local port.
    private int open() {
        int port = localPort(rig.clientSends(syn(40000)));
        rig.serverSends(answer(port, Tcp.SYN | Tcp.ACK, 100, 8));
        rig.clientSends(fromClient().tcp(40000, 80).sequence(8).acknowledgement(101));
        return port;
    }

    private static int localPort(List<byte[]> sent) {
        return FamilyRig.sourcePort(sent.getFirst());
    }

    @Test
    void aSynThatOpensAConnectionGetsTheOption() {
        configured();

        List<byte[]> out = rig.clientSends(syn(40000));

        assertSent(out, toServer(localPort(out)).flags(Tcp.SYN).sequence(7).tcpOptions(OPTION));
        assertThat(table.size()).isOne();
    }

    @Test
    void firstDataGetItAndSoDoTheirRetransmissions() {
        configured();
        int port = open();
        PacketBuilder expected =
                toServer(port).sequence(8).acknowledgement(101).tcpOptions(OPTION).payload("first");

        assertSent(rig.clientSends(first()), expected);
        assertSent(rig.clientSends(first()), expected);
    }

    @Test
    void theOptionIsTakenOutOfAnswers() {
        configured();
        int port = localPort(rig.clientSends(syn(40000)));

        List<byte[]> out =
                rig.serverSends(answer(port, Tcp.SYN | Tcp.ACK, 100, 8).tcpOptions(OPTION));

        assertSent(out, toClient().flags(Tcp.SYN | Tcp.ACK).sequence(100).acknowledgement(8));
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

        assertSent(out, toServer(port).sequence(8 + FIRST).acknowledgement(101).payload("later"));
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
            rig.client.send(first().window(i));
        }
        rig.run();

        List<byte[]> out = rig.out();

        assertThat(out).hasSize(8);
        for (int i = 0; i < 8; i++) {
            byte[] frame = out.get(i);
            boolean tcp = i % 2 == 1;
            assertThat(frame[FamilyRig.ipv6(frame) ? 20 : 23])
                    .as("protocol")
                    .isEqualTo((byte) (tcp ? 6 : 17));
            int at = transport(frame);
            assertThat(tcp ? frame[at + 15] : frame[at + 14] - '0').as("number").isEqualTo(i / 2);
        }
    }

    /// What becomes longer on its way by the other family has less room, and what becomes shorter
    /// has more.
    @Test
    void whatFitsExactlyGetsItAndWhatDoesNotGoesWithout() {
        configured();
        int port = open();
        boolean servers4 = families.servers == FamilyPair.Side.V4;
        int longest = families == FamilyPair.V4_TO_V4 ? 1460 : 1440;
        int fits = (servers4 ? 1460 : 1440) - OPTION.length;

        for (int length : new int[] {Math.min(longest, fits), fits + 1, longest}) {
            int data = Math.min(longest, length);
            List<byte[]> out =
                    rig.clientSends(
                            fromClient()
                                    .dontFragment()
                                    .tcp(40000, 80)
                                    .sequence(8)
                                    .acknowledgement(101)
                                    .payload(new byte[data]));
            PacketBuilder expected =
                    rig.forwarded()
                            .dontFragment()
                            .tcp(port, 8080)
                            .sequence(8)
                            .acknowledgement(101)
                            .payload(new byte[data]);
            assertSent(out, data <= fits ? expected.tcpOptions(OPTION) : expected);
        }
    }

    @Test
    void whatIsFragmentedGoesWithout() {
        assumeTrue(families == FamilyPair.V4_TO_V4, "who sends IPv6 cuts itself");
        try (Rig narrow = Rig.withMtus(1500, 576)) {
            Modifiers there = modified(narrow, 16);
            narrow.configured();
            narrow.clientSends(syn(40000));

            List<byte[]> out =
                    narrow.clientSends(
                            fromClient()
                                    .tcp(40000, 80)
                                    .sequence(8)
                                    .acknowledgement(101)
                                    .payload(new byte[1000]));

            assertThat(there.size()).isOne();
            assertThat(out).hasSize(2);
            assertThat(out.getFirst()[14 + 20 + 12]).as("header length").isEqualTo((byte) 0x50);
        }
    }

    @Test
    void withoutRoomAmongTheOptionsAPacketGoesWithout() {
        configured();
        byte[] full = new byte[36];
        Arrays.fill(full, (byte) 1);

        List<byte[]> out = rig.clientSends(syn(40000).tcpOptions(full));

        assertSent(out, toServer(localPort(out)).flags(Tcp.SYN).sequence(7).tcpOptions(full));
    }

    /// Options of IPv4 stay, and go where the other family has none; so with extension headers.
    @Test
    void aPacketOfTheWholeSlowPathIsModifiedToo() {
        configured();
        boolean ipv6 = families.clients == FamilyPair.Side.V6;
        boolean same = families.clients == families.servers;
        Ipv6Extension extension = Ipv6Extension.destination(new byte[6]);
        PacketBuilder syn = ipv6 ? fromClient().extension(extension) : fromClient();
        syn.tcp(40000, 80).flags(Tcp.SYN).sequence(7);

        List<byte[]> out = rig.clientSends(ipv6 ? syn : syn.ipOptions(NO_OPERATION));

        byte[] frame = out.getFirst();
        int at = transport(frame) + (same ? (ipv6 ? 8 : 4) : 0);
        PacketBuilder expected = rig.forwarded();
        if (same && ipv6) {
            expected.extension(extension);
        } else if (same) {
            expected.ipOptions(NO_OPERATION);
        }
        assertSent(
                out,
                expected.tcp((frame[at] & 0xFF) << 8 | (frame[at + 1] & 0xFF), 8080)
                        .flags(Tcp.SYN)
                        .sequence(7)
                        .tcpOptions(OPTION));
    }

    @Test
    void aPacketThatWaitsForItsNeighbourIsModifiedOnce() {
        rig.configureWithoutNeighbours();
        rig.clientSends(syn(40000));
        assertThat(stamp.seen).as("while it waits").isZero();

        FamilyPair.Side side = families.servers;
        rig.server.send(
                side == FamilyPair.Side.V4
                        ? PacketBuilder.ethernet(Rig.SERVER_MAC, Rig.LAN_MAC)
                                .arp(2, Rig.SERVER_MAC, Rig.SERVER, Rig.LAN_MAC, side.lan())
                        : NdFrames.advertisement(
                                Rig.SERVER_MAC,
                                families.servers().getFirst(),
                                Rig.LAN_MAC,
                                families.servers.lan(),
                                NeighbourDiscovery.FLAG_SOLICITED,
                                families.servers().getFirst(),
                                NdFrames.option(2, Rig.SERVER_MAC)));
        rig.run();

        List<byte[]> out = rig.out();
        assertSent(out, toServer(localPort(out)).flags(Tcp.SYN).sequence(7).tcpOptions(OPTION));
        assertThat(stamp.seen).isOne();
    }

    @Test
    void aDamagedSegmentStaysDamaged() {
        configured();
        int port = open();

        byte[] sent = rig.clientSends(first().badTransportChecksum()).getFirst();

        PacketBuilder right =
                toServer(port).sequence(8).acknowledgement(101).tcpOptions(OPTION).payload("first");
        int checksum = transport(sent) + 16;
        byte[] bytes = right.toBytes();
        assertThat(Arrays.copyOfRange(sent, checksum, checksum + 2))
                .isNotEqualTo(Arrays.copyOfRange(bytes, checksum, checksum + 2));
        System.arraycopy(bytes, checksum, sent, checksum, 2);
        assertSent(List.of(sent), right);
    }

    @Test
    void aFullTableLeavesConnectionsPlain() {
        table = modified(rig, 1);
        configured();
        rig.clientSends(syn(40000));

        List<byte[]> second = rig.clientSends(syn(40001));

        assertSent(second, toServer(localPort(second)).flags(Tcp.SYN).sequence(7));
        assertThat(rig.count(Counter.MODIFIERS_REFUSED)).isOne();
        assertThat(table.size()).isOne();
    }

    @Test
    void aConnectionThatEndsGivesItsPlaceBack() {
        table = modified(rig, 1);
        configured();
        rig.clientSends(syn(40000));
        String server = families.servers().getFirst();
        rig.apply(
                new Change.RemoveRealServer(rig.tcp, Endpoint.of(server, 8080), true),
                new Change.AddRealServer(rig.tcp, RealServer.of(server, 8080)));
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

        assertSent(out, toServer(port).flags(Tcp.SYN).sequence(7).tcpOptions(OPTION));
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

        assertSent(
                rig.clientSends(first()),
                toServer(port).sequence(8).acknowledgement(101).payload("first"));
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
                        rig.tcp,
                        ServicePolicy.DEFAULT.withLimits(
                                ServiceLimits.NONE
                                        .withConnections(1)
                                        .withPerClient(1)
                                        .withPerNetwork(1))),
                new Change.EditRealServer(
                        rig.tcp,
                        RealServer.builder(Endpoint.of(families.servers().getFirst(), 8080))
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
