// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.path;

import static io.fullnat.core.connection.ConnectionLayout.BYTES;
import static io.fullnat.core.connection.ConnectionLayout.GENERATION;
import static io.fullnat.core.connection.ConnectionLayout.INBOUND;
import static io.fullnat.core.connection.ConnectionLayout.LAST_SEEN;
import static io.fullnat.core.connection.ConnectionLayout.OUTBOUND;
import static io.fullnat.core.connection.ConnectionLayout.PACKETS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import io.fullnat.api.IpAddress;
import io.fullnat.api.counter.Counter;
import io.fullnat.api.counter.Outcome;
import io.fullnat.api.io.Memory;
import io.fullnat.core.connection.ConnectionLayout;
import io.fullnat.core.connection.ConnectionState;
import io.fullnat.core.connection.TcpMoves;
import io.fullnat.core.open.OpenBench;
import io.fullnat.core.open.OpenBench.Families;
import io.fullnat.core.packet.PacketBuilder;
import io.fullnat.core.packet.Tcp;
import io.fullnat.core.service.TrafficTable;
import io.fullnat.core.stack.AdjacencyTable;
import io.fullnat.core.stack.Frame;
import io.fullnat.core.stack.Neighbours;
import io.fullnat.core.stack.StackContext;
import io.fullnat.core.stack.TestHops;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.CsvSource;

/// What stands in the way of a packet of a known connection, who is told of it, and what is counted
/// of one that is sent: of each pair of families in both directions.
@ParameterizedClass
@CsvSource({
    "IPV4, 0",
    "IPV4, 1",
    "IPV6, 0",
    "IPV6, 1",
    "IPV6_TO_IPV4, 0",
    "IPV6_TO_IPV4, 1",
    "IPV4_TO_IPV6, 0",
    "IPV4_TO_IPV6, 1"
})
class ForwarderTest {
    private static final String DATA = "some more data";
    private static final int TCP_HEADER = 20;
    private static final int NOW = 9;

    private final PathBench bench;
    private final int direction;
    private final boolean wide;
    private final boolean leavesWide;
    private final Forwarder forwarder;
    private final long flow;
    private final int mtu;

    ForwarderTest(Families families, int direction) {
        bench = new PathBench(families, OpenBench.TCP);
        this.direction = direction;
        wide = bench.comesWide(direction);
        leavesWide = wide != bench.isAcross();
        forwarder = bench.forwarder(direction);
        flow = bench.flow(direction);
        mtu = direction == INBOUND ? PathBench.LAN_MTU : PathBench.WAN_MTU;
        bench.context.stack().time(NOW * 1_000_000_000L);
    }

    @AfterEach
    void close() {
        bench.close();
    }

    private PacketBuilder arriving() {
        return bench.arriving(direction).payload(DATA);
    }

    /// A packet as it leaves, with the first identification of the balancer's if it needs one.
    private byte[] leaving(PacketBuilder packet) {
        return (wide && !leavesWide ? packet.identification(0x0100) : packet).toBytes();
    }

    private byte[] leaving() {
        return leaving(bench.leaving(direction).payload(DATA));
    }

    private Frame receive(PacketBuilder packet) {
        return bench.receive(direction, packet);
    }

    private @Nullable Outcome forward(PacketBuilder packet) {
        return forwarder.forward(receive(packet), flow);
    }

    /// Sees that a packet is not sent, but is as it came.
    private void isRefused(Frame frame, PacketBuilder packet, Outcome outcome, String... told) {
        assertThat(forwarder.forward(frame, flow)).isEqualTo(outcome);
        assertThat(bench.received()).isEqualTo(packet.toBytes());
        bench.free();
        assertThat(bench.told).containsExactly(told);
        bench.told.clear();
        assertThat(bench.counted(direction, TrafficTable.IN_PACKETS)).isZero();
    }

    private void isRefused(PacketBuilder packet, Outcome outcome, String... told) {
        isRefused(receive(packet), packet, outcome, told);
    }

    private int device() {
        return direction == INBOUND ? PathBench.WAN : PathBench.LAN;
    }

    /// The next hop of the direction.
    private int hop() {
        if (direction == INBOUND) {
            return bench.serverHop();
        }
        IpAddress ip = IpAddress.parse(leavesWide ? "2001:db8:0:c1::7" : "198.51.0.7");
        return bench.bench.adjacencies.find(PathBench.WAN, ip.high(), ip.low());
    }

    private Neighbours neighbours() {
        return bench.bench.neighbourhood.arp().neighbours();
    }

    @Test
    void aPacketIsTranslatedSentAndCounted() {
        int total = arriving().toBytes().length - (direction == INBOUND ? 14 : 18);
        assertThat(forward(arriving())).isNull();
        assertThat(bench.sent()).containsExactly(leaving());
        assertThat(bench.counted(direction, TrafficTable.IN_PACKETS)).isOne();
        assertThat(bench.counted(direction, TrafficTable.IN_BYTES)).isEqualTo(total);
        assertThat(bench.counted(1 - direction, TrafficTable.IN_PACKETS)).isZero();
        assertThat(Memory.getInt(flow + PACKETS)).isOne();
        assertThat(Memory.getLong(flow + BYTES)).isEqualTo(total);
        assertThat(Memory.getInt(flow + LAST_SEEN)).isEqualTo(NOW);
        assertThat(bench.count(Outcome.FORWARDED_IN)).isEqualTo(1 - direction);
        assertThat(bench.count(Outcome.FORWARDED_OUT)).isEqualTo(direction);
        assertThat(bench.told).isEmpty();
        assertThat(forwarder.mtu()).isEqualTo(mtu);
        assertThat(forwarder.isUsable()).isTrue();
    }

    @Test
    void onlyAPacketThatWasReceivedIsCountedAsForwarded() {
        assertThat(forwarder.forwardOwn(receive(arriving()), flow)).isNull();
        assertThat(bench.sent()).containsExactly(leaving());
        assertThat(bench.counted(direction, TrafficTable.IN_PACKETS)).isOne();
        assertThat(bench.count(Outcome.FORWARDED_IN)).isZero();
        assertThat(bench.count(Outcome.FORWARDED_OUT)).isZero();
    }

    @Test
    void itsConnectionsStateMovesOn() {
        TcpMoves.begin(bench.entry, 99);
        Memory.putByte(bench.entry + ConnectionLayout.STATE, ConnectionState.SYN_RECV.ordinal());
        PacketBuilder packet = bench.arriving(direction).acknowledgement(100).sequence(99);
        assertThat(forward(packet.flags(Tcp.SYN | Tcp.ACK))).isNull();
        assertThat(TcpMoves.isAnswered(bench.entry)).isEqualTo(direction == OUTBOUND);
        bench.sent();
    }

    @Test
    void whoseHopsEndHereIsTold() {
        isRefused(arriving().timeToLive(1), Outcome.TTL_EXPIRED, "time exceeded");
        isRefused(arriving().timeToLive(0), Outcome.TTL_EXPIRED, "time exceeded");
        assertThat(forward(arriving().timeToLive(2))).isNull();
        assertThat(bench.sent())
                .containsExactly(leaving(bench.leaving(direction).payload(DATA).timeToLive(1)));
    }

    /// What comes by a wrong way is nobody's, whatever else it is.
    @Test
    void whatComesByAnotherDeviceIsDropped() {
        PacketBuilder packet = arriving().timeToLive(1);
        Frame frame = bench.receive(packet, 1 - device());
        boolean inbound = direction == INBOUND;
        isRefused(frame, packet, inbound ? Outcome.REVERSE_PATH : Outcome.NOT_LOCAL);
    }

    /// By that device the present routes lead to the server: nothing more would be asked. Under
    /// other routes, and of other packets, it is.
    @Test
    void anAnswerMayComeWhereItIsDue() {
        assumeFalse(direction == INBOUND, "a client's packet is the first");
        StackContext stack = bench.context.stack();
        Memory.putInt(flow + GENERATION, stack.due(PathBench.WAN));
        assertThat(forwarder.forward(bench.receive(arriving(), PathBench.WAN), flow)).isNull();
        assertThat(bench.sent()).containsExactly(leaving());
        assertThat(Memory.getInt(flow + GENERATION)).isEqualTo(stack.generation(PathBench.WAN));

        Memory.putInt(flow + GENERATION, stack.due(PathBench.LAN));
        assertThat(forwarder.forward(bench.receive(arriving(), PathBench.WAN), flow))
                .isEqualTo(Outcome.NOT_LOCAL);
        bench.free();
        Memory.putInt(flow + GENERATION, stack.due(PathBench.WAN));
        stack.forgetAdjacencies();
        assertThat(forwarder.forward(bench.receive(arriving(), PathBench.WAN), flow))
                .isEqualTo(Outcome.NOT_LOCAL);
        bench.free();
    }

    @Test
    void withoutARouteToTheClientTheServerIsTold() {
        bench.context.stack().view(PathBench.view());
        if (direction == INBOUND) {
            isRefused(arriving(), Outcome.REVERSE_PATH);
            return;
        }
        isRefused(arriving(), Outcome.NO_ROUTE, "unreachable ROUTE");
        isRefused(arriving().timeToLive(1), Outcome.TTL_EXPIRED, "time exceeded");
    }

    /// As long as nothing has changed it is not looked for again.
    @Test
    void theWayIsRememberedUntilRoutesChange() {
        int generation = bench.context.stack().generation(device());
        assertThat(Memory.getInt(flow + GENERATION)).isNotEqualTo(generation);
        assertThat(forward(arriving())).isNull();
        assertThat(Memory.getInt(flow + GENERATION)).isEqualTo(generation);
        assertThat(Memory.getUnsignedShort(flow + ConnectionLayout.NEXT_HOP)).isEqualTo(hop());
        Memory.putShort(flow + ConnectionLayout.NEXT_HOP, hopOfStranger());
        assertThat(forward(arriving())).isNull();
        List<byte[]> sent = bench.sent();
        assertThat(sent).hasSize(2);
        assertThat(sent.get(1)[5]).as("its MAC address").isEqualTo((byte) 0x77);
        bench.context.stack().forgetAdjacencies();
        assertThat(forward(arriving())).isNull();
        assertThat(bench.sent().getFirst()[5]).isEqualTo(sent.getFirst()[5]);
    }

    private int hopOfStranger() {
        String address = leavesWide ? "2001:db8:0:1::77" : "10.0.1.77";
        return TestHops.reachable(
                bench.bench.adjacencies,
                bench.context.stack().view().device(PathBench.LAN),
                address,
                "02:00:00:00:00:77");
    }

    @Test
    void aWayThatIsGoneIsNotTaken() {
        Memory.putShort(flow + ConnectionLayout.NEXT_HOP, AdjacencyTable.CAPACITY - 1);
        Memory.putInt(flow + GENERATION, bench.context.stack().generation(device()));
        assertThat(forward(arriving())).isNull();
        assertThat(bench.sent()).containsExactly(leaving());
    }

    /// Where the balancer has no address of the family it cannot ask.
    private int requests() {
        return direction == OUTBOUND && leavesWide ? 0 : 1;
    }

    /// It is as it came, for it comes again from its start.
    @Test
    void aPacketWaitsForItsNeighbour() {
        TestHops.forget(bench.bench.adjacencies, hop());
        assertThat(forward(arriving())).isNull();
        assertThat(bench.received()).isEqualTo(arriving().toBytes());
        assertThat(neighbours().waitingPackets()).isOne();
        assertThat(forwarder.isUsable()).isFalse();
        assertThat(Memory.getInt(flow + GENERATION))
                .as("a way that nobody keeps")
                .isNotEqualTo(bench.context.stack().generation(device()));
        assertThat(bench.sent()).as("a request").hasSize(requests());
        assertThat(bench.counted(direction, TrafficTable.IN_PACKETS)).isZero();
        assertThat(bench.told).isEmpty();
        assertThat(bench.context.table().size()).isOne();
    }

    @Test
    void oneOfTheBalancersOwnDoesNot() {
        TestHops.forget(bench.bench.adjacencies, hop());
        assertThat(forwarder.forwardOwn(receive(arriving()), flow))
                .isEqualTo(Outcome.NEIGHBOUR_UNREACHABLE);
        bench.free();
        assertThat(neighbours().waitingPackets()).isZero();
        assertThat(bench.sent()).as("a request").hasSize(requests());
        assertThat(bench.told).isEmpty();
    }

    @Test
    void notAllCanWait() {
        TestHops.forget(bench.bench.adjacencies, hop());
        Outcome outcome = forward(arriving());
        while (outcome == null) {
            outcome = forward(arriving());
        }
        assertThat(outcome).isEqualTo(Outcome.NEIGHBOUR_QUEUE_FULL);
        bench.free();
        assertThat(bench.told).isEmpty();
        bench.sent();
    }

    @Test
    void whoSendsToANeighbourThatIsSilentIsTold() {
        TestHops.forget(bench.bench.adjacencies, hop());
        assertThat(forward(arriving())).isNull();
        for (int second = NOW + 1; neighbours().waitingPackets() > 0; second++) {
            bench.context.stack().time(second * 1_000_000_000L);
            assertThat(bench.bench.links.poll()).isNotNegative();
        }
        bench.free();
        bench.sent();
        isRefused(arriving(), Outcome.NEIGHBOUR_UNREACHABLE, "unreachable HOST");
    }

    @Test
    void aNeighbourThatIsNotKnownNeedsRoom() {
        assumeFalse(direction == INBOUND, "servers are known ahead");
        long stranger = bench.openOfStranger() + ConnectionLayout.FLOW_LENGTH;
        bench.context.stack().forgetAdjacencies();
        bench.fillNeighbours();
        Frame frame = receive(arriving());
        assertThat(forwarder.forward(frame, stranger)).isEqualTo(Outcome.NEIGHBOUR_TABLE_FULL);
        bench.free();
        assertThat(bench.told).isEmpty();
    }

    /// Bytes of the longest payload that leaves as it came.
    private int longest() {
        return mtu - TCP_HEADER - (leavesWide ? 40 : 20);
    }

    private PacketBuilder whole(int payload) {
        PacketBuilder packet = bench.arriving(direction).payload(new byte[payload]);
        return wide ? packet : packet.dontFragment();
    }

    @Test
    void aPacketMayBeAsLongAsItsLink() {
        assertThat(forward(whole(longest()))).isNull();
        List<byte[]> sent = bench.sent();
        assertThat(sent).hasSize(1);
        assertThat(sent.getFirst()).hasSize(mtu + (direction == INBOUND ? 18 : 14));
    }

    /// RFC 1191 §3, RFC 8201 §4, RFC 7915 §4.2 and §5.2: in the sizes of the family that hears it.
    @Test
    void whoSendsALongerOneIsToldHowLongItMayBe() {
        int told = mtu + (wide == leavesWide ? 0 : wide ? 20 : -20);
        isRefused(whole(longest() + 1), Outcome.TOO_BIG, "too big " + told);
    }

    @Test
    void ofIpv4ItMayBeCut() {
        assumeFalse(wide, "IPv6 is not cut");
        PacketBuilder packet = bench.arriving(direction).payload(new byte[longest() + 1]);
        int total = packet.toBytes().length - (direction == INBOUND ? 14 : 18);
        assertThat(forward(packet.identification(0x7777))).isNull();
        List<byte[]> sent = bench.sent();
        assertThat(sent).hasSize(2);
        assertThat(bench.count(Counter.FRAGMENTED)).isOne();
        assertThat(bench.counted(direction, TrafficTable.IN_PACKETS)).isOne();
        assertThat(bench.counted(direction, TrafficTable.IN_BYTES)).isEqualTo(total);
        int at = (direction == INBOUND ? 18 : 14) + (leavesWide ? 46 : 4);
        for (byte[] part : sent) {
            assertThat(part[at] << 8 | part[at + 1])
                    .as("an identification of our own")
                    .isEqualTo(0x0100);
        }
        assertThat(bench.count(Outcome.FORWARDED_IN) + bench.count(Outcome.FORWARDED_OUT)).isOne();
    }

    @Test
    void whatIsNotCutKeepsItsIdentification() {
        assumeFalse(wide || leavesWide, "of IPv4 alone");
        assertThat(forward(arriving().identification(0x7777))).isNull();
        byte[] sent = bench.sent().getFirst();
        int at = (direction == INBOUND ? 18 : 14) + 4;
        assertThat(sent[at] << 8 | sent[at + 1]).isEqualTo(0x7777);
    }

    @Test
    void aPacketOfAServerThatGoesNoFurtherIsCountedAsIfItDid() {
        assumeFalse(direction == INBOUND, "of a server");
        TcpMoves.begin(bench.entry, 99);
        PacketBuilder answer =
                bench.arriving(OUTBOUND).flags(Tcp.SYN | Tcp.ACK).acknowledgement(100);
        long ip = receive(answer).l3();
        forwarder.absorb(flow, ip, PathBench.LAN);
        bench.free();
        assertThat(TcpMoves.isAnswered(bench.entry)).isTrue();
        assertThat(bench.counted(OUTBOUND, TrafficTable.IN_PACKETS)).isOne();
        assertThat(bench.counted(OUTBOUND, TrafficTable.IN_BYTES)).isEqualTo(wide ? 60 : 40);
        assertThat(Memory.getInt(flow + LAST_SEEN)).isEqualTo(NOW);
    }

    private long resolve(PacketBuilder packet, boolean opened) {
        long resolved = forwarder.resolve(flow, receive(packet).l3(), device(), opened);
        assertThat(bench.received()).as("as it came").isEqualTo(packet.toBytes());
        bench.free();
        return resolved;
    }

    @Test
    void aPlainPacketIsMadeReady() {
        Frame frame = receive(arriving());
        assertThat(forwarder.resolve(flow, frame.l3(), device(), false)).isEqualTo(flow);
        assertThat(forwarder.header()).isEqualTo(frame.l3());
        assertThat(forwarder.seen()).isEqualTo(NOW);
        assertThat(Memory.getUnsignedShort(flow + ConnectionLayout.NEXT_HOP)).isEqualTo(hop());
        bench.free();
        assertThat(bench.counted(direction, TrafficTable.IN_PACKETS)).as("not yet").isZero();
    }

    /// RFC 4861 §7.3.3: the packet is sent all the same.
    @Test
    void aNeighbourThatIsInDoubtIsAsked() {
        TestHops.doubt(bench.bench.adjacencies, hop());
        assertThat(forward(arriving())).isNull();
        assertThat(bench.sent()).as("and a request").hasSize(1 + requests());
        TestHops.doubt(bench.bench.adjacencies, hop());
        Frame frame = receive(arriving());
        forwarder.resolve(flow, frame.l3(), device(), false);
        bench.free();
        assertThat(bench.sent()).as("a request").hasSize(requests());
        assertThat(AdjacencyTable.isStale(bench.bench.adjacencies.entry(hop()))).isFalse();
    }

    @Test
    void unlessItCannotBeSentBesides() {
        assertThat(resolve(whole(longest()), false)).isEqualTo(flow);
        assertThat(resolve(whole(longest() + 1), false)).isEqualTo(Preparation.DIVERTED);
        TestHops.forget(bench.bench.adjacencies, hop());
        assertThat(resolve(arriving(), false)).isEqualTo(Preparation.DIVERTED);
        bench.context.stack().view(PathBench.view());
        assertThat(resolve(arriving(), false)).isEqualTo(Preparation.DIVERTED);
        assertThat(bench.told).isEmpty();
    }

    @Test
    void aConnectionThatHasJustBegunKnowsItsFirstPacket() {
        TcpMoves.begin(bench.entry, 99);
        Memory.putByte(bench.entry + ConnectionLayout.STATE, ConnectionState.SYN_RECV.ordinal());
        PacketBuilder answer = bench.arriving(direction).flags(Tcp.SYN | Tcp.ACK);
        assertThat(resolve(answer.acknowledgement(100), true)).isEqualTo(flow);
        assertThat(TcpMoves.isAnswered(bench.entry))
                .as("but for what crosses")
                .isEqualTo(direction == OUTBOUND && bench.isAcross());
        assertThat(forwarder.seen()).isEqualTo(NOW);
        assertThat(resolve(answer, false)).isEqualTo(flow);
        assertThat(TcpMoves.isAnswered(bench.entry)).isEqualTo(direction == OUTBOUND);
    }
}
