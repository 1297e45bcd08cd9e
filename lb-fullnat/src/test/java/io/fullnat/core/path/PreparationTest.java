// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.path;

import static io.fullnat.core.connection.ConnectionLayout.INBOUND;
import static io.fullnat.core.connection.ConnectionLayout.OUTBOUND;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.fullnat.api.counter.Counter;
import io.fullnat.api.counter.Outcome;
import io.fullnat.api.io.Memory;
import io.fullnat.api.io.PacketBurst;
import io.fullnat.api.service.QuicRouting;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.ServiceLimits;
import io.fullnat.api.service.ServicePolicy;
import io.fullnat.api.service.TrafficLimit;
import io.fullnat.api.service.TrafficLimit.Unit;
import io.fullnat.core.connection.ConnectionLayout;
import io.fullnat.core.connection.ConnectionState;
import io.fullnat.core.connection.TcpMoves;
import io.fullnat.core.cookie.CookieTerms;
import io.fullnat.core.open.ModifiedPacket;
import io.fullnat.core.open.OpenBench;
import io.fullnat.core.open.OpenBench.Families;
import io.fullnat.core.open.PacketModifier;
import io.fullnat.core.packet.Ipv6Extension;
import io.fullnat.core.packet.PacketBuilder;
import io.fullnat.core.packet.Tcp;
import io.fullnat.core.quic.QuicRouter;
import io.fullnat.core.stack.NetworkView;
import io.fullnat.core.stack.TestHops;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What becomes of a plain packet that is to be made ready in its burst: it is, with its flow, or
/// it has come to its end, or takes the whole way.
@ParameterizedClass
@EnumSource(Families.class)
class PreparationTest {
    private static final String DATA = "some more data";
    private static final long SECOND = 1_000_000_000L;

    private final Families families;
    private final PacketBurst burst = new PacketBurst(4);
    private PathBench bench;
    private StageBench stages;

    PreparationTest(Families families) {
        this.families = families;
        bench = new PathBench(families, OpenBench.TCP);
        stages = new StageBench(bench, INBOUND);
    }

    private void use(int protocol, ServicePolicy policy) {
        bench.close();
        bench = new PathBench(families, protocol, policy);
        stages = new StageBench(bench, INBOUND);
    }

    @AfterEach
    void close() {
        bench.context.handshakes().discard();
        bench.close();
    }

    private long prepare(int direction, PacketBuilder packet, int device, long known) {
        burst.clear();
        assertThat(packet.appendTo(bench.bench.io.buffers(), burst)).isTrue();
        long ip = burst.data(0) + (direction == INBOUND ? 14 : 18);
        if (stages.family.isWide()) {
            stages.family.takePlain(ip); // as the fast path has before it takes the hash
        }
        long hash = stages.family.hash(ip);
        return stages.preparation.prepare(burst, 0, 0, device, ip, hash, known);
    }

    private long prepare(PacketBuilder packet, long known) {
        return prepare(INBOUND, packet, PathBench.WAN, known);
    }

    private void free() {
        bench.bench.io.buffers().freeAll(burst);
    }

    /// Sees that a packet is ready for its flow, as it came.
    private void isReady(int direction, PacketBuilder packet, long known) {
        int device = direction == INBOUND ? PathBench.WAN : PathBench.LAN;
        assertThat(prepare(direction, packet, device, known)).isEqualTo(bench.flow(direction));
        assertThat(stages.preparation.forwarder()).isSameAs(stages.forwarder);
        assertThat(stages.forwarder.header())
                .isEqualTo(burst.data(0) + (direction == INBOUND ? 14 : 18));
        assertThat(Memory.toBytes(burst.data(0), burst.length(0))).isEqualTo(packet.toBytes());
        free();
        assertThat(bench.sent()).isEmpty();
    }

    private void isDiverted(PacketBuilder packet, long known) {
        assertThat(prepare(packet, known)).isEqualTo(Preparation.DIVERTED);
        assertThat(Memory.toBytes(burst.data(0), burst.length(0))).isEqualTo(packet.toBytes());
        free();
    }

    /// Sees that a packet comes to its end, whose buffer is used up.
    private void ends(long prepared, Outcome outcome) {
        assertThat(prepared).isEqualTo(Preparation.ENDED);
        assertThat(bench.count(outcome)).isOne();
    }

    private PacketBuilder syn() {
        return bench.from(INBOUND).tcp(StageBench.OTHER_PORT, 80).flags(Tcp.SYN);
    }

    private PacketBuilder datagram() {
        return bench.from(INBOUND).udp(StageBench.OTHER_PORT, 80);
    }

    @Test
    void aPacketOfAKnownConnectionIsReadyWithItsFlow() {
        isReady(INBOUND, bench.arriving(INBOUND).payload(DATA), 0);
        isReady(INBOUND, bench.arriving(INBOUND).payload(DATA), bench.entry);
        stages = new StageBench(bench, OUTBOUND);
        isReady(OUTBOUND, bench.arriving(OUTBOUND).payload(DATA), 0);
        isReady(OUTBOUND, bench.arriving(OUTBOUND).payload(DATA), bench.flow(OUTBOUND));
        assertThat(bench.begun()).isOne();
    }

    /// Whatever the packet before it was like.
    @Test
    void itIsTakenForAPlainOne() {
        assumeTrue(bench.comesWide(INBOUND), "of IPv6");
        PacketBuilder other = bench.from(INBOUND).extension(Ipv6Extension.destination());
        bench.receive(INBOUND, other.tcp(1, 2));
        bench.free();
        PacketBuilder packet = bench.arriving(INBOUND).payload(DATA);
        burst.clear();
        assertThat(packet.appendTo(bench.bench.io.buffers(), burst)).isTrue();
        long ip = burst.data(0) + 14;
        assertThat(stages.preparation.prepare(burst, 0, 0, PathBench.WAN, ip, 0, bench.entry))
                .isEqualTo(bench.entry);
        assertThat(stages.family.transport(ip)).isEqualTo(ip + 40);
        free();
    }

    @Test
    void itsConnectionsStateMovesOn() {
        TcpMoves.begin(bench.entry, 99);
        stages = new StageBench(bench, OUTBOUND);
        PacketBuilder answer = bench.arriving(OUTBOUND).flags(Tcp.SYN | Tcp.ACK).sequence(499);
        isReady(OUTBOUND, answer.acknowledgement(100), 0);
        stages = new StageBench(bench, INBOUND);
        isReady(INBOUND, bench.arriving(INBOUND).sequence(100).acknowledgement(500), 0);
        assertThat(Memory.getByte(bench.entry + ConnectionLayout.STATE))
                .isEqualTo((byte) ConnectionState.ESTABLISHED.ordinal());
    }

    @Test
    void aFirstPacketOpensItsConnection() {
        long flow = prepare(syn(), 0);
        assertThat(flow).isEqualTo(stages.opener.flow()).isNotEqualTo(bench.entry);
        assertThat(bench.begun()).isEqualTo(2);
        free();
        assertThat(prepare(syn().flags(Tcp.ACK), 0)).isEqualTo(flow);
        free();
    }

    @Test
    void whereNoDeviceIsNobodyBegins() {
        ends(prepare(INBOUND, syn(), NetworkView.NONE, 0), Outcome.UNKNOWN_VLAN);
        assertThat(bench.begun()).isOne();
    }

    @Test
    void norDoesWhoCannotHaveComeThatWay() {
        ends(prepare(INBOUND, syn(), PathBench.LAN, 0), Outcome.REVERSE_PATH);
        assertThat(bench.begun()).isOne();
    }

    @Test
    void whatOpensNothingEndsAsThatSays() {
        ends(prepare(syn().flags(Tcp.ACK), 0), Outcome.NO_CONNECTION);
        assertThat(bench.told).containsExactly("reset 80");
    }

    @Test
    void aSynThatIsAnsweredHasEnded() {
        use(OpenBench.TCP, StageBench.PROXIED);
        ends(prepare(syn(), 0), Outcome.SYN_ANSWERED);
        assertThat(bench.sent()).hasSize(1);
    }

    @Test
    void duringAHandshakePacketsTakeTheWholeWay() {
        CookieTerms terms = new CookieTerms();
        terms.begin(5, 6, 1460);
        assertThat(StageBench.beginHandshake(bench, terms)).isNotZero();
        isDiverted(bench.arriving(INBOUND), bench.entry);
        stages = new StageBench(bench, OUTBOUND);
        assertThat(prepare(OUTBOUND, bench.arriving(OUTBOUND), PathBench.LAN, 0))
                .isEqualTo(Preparation.DIVERTED);
        free();
    }

    @Test
    void soDoesASynOfAConnectionThatIsOver() {
        bench.context.life().move(bench.entry, ConnectionState.CLOSE);
        isDiverted(bench.arriving(INBOUND).flags(Tcp.SYN), 0);
        isReady(INBOUND, bench.arriving(INBOUND), 0);
        stages = new StageBench(bench, OUTBOUND);
        isReady(OUTBOUND, bench.arriving(OUTBOUND).flags(Tcp.SYN), 0);
    }

    @Test
    void soDoesWhatAcknowledgesACookieThen() {
        use(OpenBench.TCP, StageBench.PROXIED);
        PacketBuilder first = bench.arriving(INBOUND).flags(Tcp.SYN).sequence(7);
        bench.context.life().end(bench.entry);
        ends(prepare(first, 0), Outcome.SYN_ANSWERED);
        byte[] answer = bench.sent().getFirst();
        int l4 = bench.comesWide(INBOUND) ? 54 : 34;
        int cookie = ByteBuffer.wrap(answer).getInt(l4 + 4);
        bench.serve(ServicePolicy.DEFAULT);
        long flow = prepare(first.sequence(70), 0);
        free();
        bench.context.life().move(flow, ConnectionState.CLOSE);
        bench.serve(StageBench.PROXIED);
        PacketBuilder acknowledgement = bench.arriving(INBOUND).sequence(8);
        isDiverted(acknowledgement.acknowledgement(cookie + 1), 0);
        assertThat(prepare(acknowledgement.acknowledgement(cookie ^ 1 << 30), 0)).isEqualTo(flow);
        free();
    }

    private static RealServer server(int number) {
        return RealServer.of("10.0.1.11", 8080 + number).toBuilder()
                .quicIds(List.of("ab%02x".formatted(number)))
                .build();
    }

    private PacketBuilder named(int server) {
        String id = "402aab%02x11223344".formatted(server);
        return datagram().payload(HexFormat.of().parseHex(id + "00".repeat(24)));
    }

    @Test
    void soDoesADatagramThatTakesATupleOver() {
        Optional<QuicRouting> said = QuicRouting.parse(List.of("config 1 server-id 2 nonce 4"));
        ServicePolicy policy = ServicePolicy.DEFAULT.withQuic(said);
        use(OpenBench.UDP, policy);
        bench.serve(policy)
                .routedBy(QuicRouter.of(said.orElseThrow(), List.of(server(0), server(1))));
        long flow = prepare(named(bench.slot()), 0);
        free();
        bench.context.stack().time(5 * SECOND);
        isDiverted(named(1 - bench.slot()), flow);
        assertThat(prepare(named(bench.slot()), flow)).isEqualTo(flow);
        free();
    }

    private void forgetServer() {
        TestHops.forget(bench.bench.adjacencies, bench.serverHop());
    }

    @Test
    void whatWaitsForANeighbourTakesTheWholeWay() {
        forgetServer();
        isDiverted(bench.arriving(INBOUND), 0);
        isDiverted(syn(), 0);
        assertThat(bench.begun()).as("by the connection that it has opened").isEqualTo(2);
        assertThat(bench.context.table().size()).isEqualTo(2);
    }

    /// With its connection, that nobody else would find.
    @Test
    void soDoesTheFirstOfASingleDatagram() {
        use(OpenBench.UDP, ServicePolicy.DEFAULT.withOnePacket(true));
        forgetServer();
        assertThat(prepare(datagram(), 0)).isEqualTo(Preparation.DIVERTED);
        assertThat(bench.context.table().size()).isEqualTo(2);
        long ip = burst.data(0) + 14;
        assertThat(stages.datagrams.take(stages.family, burst.buffer(0), ip))
                .isEqualTo(stages.opener.flow());
        free();
    }

    private void limitPackets(int protocol, boolean onePacket) {
        TrafficLimit one = TrafficLimit.parse(Unit.PACKETS, "1,1");
        use(
                protocol,
                ServicePolicy.DEFAULT
                        .withOnePacket(onePacket)
                        .withLimits(ServiceLimits.NONE.withPackets(Optional.of(one))));
    }

    @Test
    void whatALimitKeepsBackHasEnded() {
        limitPackets(OpenBench.TCP, false);
        isReady(INBOUND, bench.arriving(INBOUND), 0);
        ends(prepare(bench.arriving(INBOUND), 0), Outcome.PACKETS_LIMITED);
        assertThat(bench.refused(Outcome.PACKETS_LIMITED)).isOne();
    }

    /// Drops half of all packets.
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void theConnectionOfOneDatagramEndsWithIt(boolean onePacket) {
        use(
                OpenBench.UDP,
                ServicePolicy.DEFAULT
                        .withOnePacket(onePacket)
                        .withLimits(ServiceLimits.NONE.withProportion(1)));
        ends(prepare(datagram(), 0), Outcome.PROPORTION_DROPPED);
        assertThat(bench.begun()).isEqualTo(2);
        assertThat(bench.context.table().size()).isEqualTo(onePacket ? 1 : 2);
    }

    private static class Quiet implements PacketModifier {
        @Override
        public void modify(ModifiedPacket packet) {}

        @Override
        public boolean finishes() {
            return true;
        }
    }

    private void modify(PacketModifier modifier) {
        requireNonNull(bench.context.modify(4, (entry, service) -> modifier));
    }

    private void modifyFirst(PacketModifier modifier) {
        modify(modifier);
        requireNonNull(bench.context.modifiers()).begin(bench.entry, bench.service);
    }

    /// One by one.
    @Test
    void whatIsFinishedAfterItsTranslationIsSentAtOnce() {
        modifyFirst(new Quiet());
        PacketBuilder packet = bench.arriving(INBOUND).payload(DATA);
        assertThat(prepare(packet, 0)).isEqualTo(Preparation.ENDED);
        assertThat(bench.sent())
                .containsExactly(stages.first(bench.leaving(INBOUND).payload(DATA)).toBytes());
        stages = new StageBench(bench, OUTBOUND);
        isReady(OUTBOUND, bench.arriving(OUTBOUND), 0);
    }

    @Test
    void whatCannotBeSentThenHasEnded() {
        modifyFirst(new Quiet());
        PacketBuilder packet = bench.arriving(INBOUND).payload(DATA).timeToLive(1);
        ends(prepare(packet, 0), Outcome.TTL_EXPIRED);
        assertThat(bench.told).containsExactly("time exceeded");
    }

    @Test
    void soIsTheFirstPacketOfAConnectionThatIsFinished() {
        modify(new Quiet());
        assertThat(prepare(syn(), 0)).isEqualTo(Preparation.ENDED);
        assertThat(bench.begun()).isEqualTo(2);
        assertThat(bench.sent()).hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void andIfItCannotBeSentAConnectionOfOneDatagramEnds(boolean onePacket) {
        use(OpenBench.UDP, ServicePolicy.DEFAULT.withOnePacket(onePacket));
        modify(new Quiet());
        PacketBuilder packet = datagram().payload(new byte[1500]);
        if (!bench.comesWide(INBOUND)) {
            packet.dontFragment();
        }
        ends(prepare(packet, 0), Outcome.TOO_BIG);
        assertThat(bench.context.table().size()).isEqualTo(onePacket ? 1 : 2);
        assertThat(prepare(datagram(), 0)).isEqualTo(Preparation.ENDED);
        assertThat(bench.context.table().size()).as("one that is sent stays").isEqualTo(2);
        assertThat(bench.sent()).hasSize(1);
    }

    @Test
    void aFaultCostsThePacketAlone() {
        modifyFirst(
                new PacketModifier() {
                    @Override
                    public void modify(ModifiedPacket packet) {
                        throw new IllegalStateException("a test's");
                    }
                });
        ends(prepare(bench.arriving(INBOUND), 0), Outcome.FAULT);
        assertThat(bench.count(Counter.FAULTS)).isOne();
        isReady(INBOUND, bench.arriving(INBOUND), 0);
    }
}
