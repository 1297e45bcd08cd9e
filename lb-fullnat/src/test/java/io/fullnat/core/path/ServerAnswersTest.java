// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.path;

import static io.fullnat.core.connection.ConnectionLayout.INBOUND;
import static io.fullnat.core.connection.ConnectionLayout.OUTBOUND;
import static io.fullnat.core.cookie.CookieTerms.NO_SCALE;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fullnat.api.counter.Counter;
import io.fullnat.api.counter.Outcome;
import io.fullnat.api.io.Memory;
import io.fullnat.api.io.PacketBurst;
import io.fullnat.api.service.ServiceLimits;
import io.fullnat.api.service.ServicePolicy;
import io.fullnat.api.service.TrafficLimit;
import io.fullnat.api.service.TrafficLimit.Unit;
import io.fullnat.core.connection.ConnectionLayout;
import io.fullnat.core.connection.ConnectionState;
import io.fullnat.core.connection.SequenceShifts;
import io.fullnat.core.cookie.CookieTerms;
import io.fullnat.core.open.HandshakeRecord;
import io.fullnat.core.open.OpenBench;
import io.fullnat.core.open.OpenBench.Families;
import io.fullnat.core.packet.PacketBuilder;
import io.fullnat.core.packet.Tcp;
import io.fullnat.core.service.TrafficTable;
import io.fullnat.core.stack.Frame;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What a real server says to the SYN that a client's cookie was exchanged for: which segments are
/// an answer (RFC 9293 §3.10.7.3), and what the client, the server and the connection get of it.
@ParameterizedClass
@EnumSource(Families.class)
class ServerAnswersTest {
    private static final int COOKIE = 0x7FFF_FFFF;
    private static final int CLIENT = 0xFFFF_FFFF;
    private static final int SERVER = 0x9000_0000;

    /// From the server's numbers to those that the client was told; wraps round.
    private static final int SHIFT = Math.negateExact(SERVER) + COOKIE;

    private static final int OWN_STAMP = 0x1111_1111;
    private static final int CLIENT_STAMP = 0x2222_2222;
    private static final int SYN_ACK = Tcp.SYN | Tcp.ACK;

    private final Families families;
    private final CookieTerms terms = new CookieTerms();
    private final List<String> released = new ArrayList<>();
    private PathBench bench;
    private ServerAnswers answers;

    ServerAnswersTest(Families families) {
        this.families = families;
        bench = new PathBench(families, OpenBench.TCP);
        answers = answers();
        terms.begin(COOKIE, CLIENT, 1460);
    }

    /// Puts a connection in place of the bench's whose service has a policy.
    private void serve(ServicePolicy policy) {
        bench.close();
        bench = new PathBench(families, OpenBench.TCP, policy);
        answers = answers();
    }

    @AfterEach
    void close() {
        bench.context.handshakes().discard();
        bench.close();
    }

    private ServerAnswers answers() {
        HandshakeSegments segments = new HandshakeSegments(bench.context.stack());
        return new ServerAnswers(
                bench.context,
                bench.family(OUTBOUND),
                bench.forwarder(OUTBOUND),
                bench.errors,
                segments,
                bench.handshakes(segments, this::release));
    }

    private void release(long buffer, long data, int length, int port) {
        released.add(new String(Memory.toBytes(data + length - 4, 4), UTF_8));
        bench.bench.io.buffers().free(buffer);
    }

    /// Has the real server asked, on the terms that are set, for a client whose window is 500.
    ///
    /// @return the record
    private long ask() {
        long record = begin();
        HandshakeRecord.sent(record);
        return record;
    }

    private long begin() {
        return StageBench.beginHandshake(bench, terms);
    }

    private void hold(long record, String data) {
        Frame frame = bench.receive(INBOUND, bench.arriving(INBOUND).payload(data));
        assertThat(
                        bench.context
                                .handshakes()
                                .hold(record, frame.buffer(), frame.l2(), frame.length(), 0))
                .isTrue();
    }

    private PacketBuilder segment(int flags, int sequence, int acknowledgement) {
        return bench.arriving(OUTBOUND)
                .flags(flags)
                .sequence(sequence)
                .acknowledgement(acknowledgement)
                .window(1_000);
    }

    private PacketBuilder synAck() {
        return segment(SYN_ACK, SERVER, CLIENT + 1);
    }

    private Outcome receive(PacketBuilder packet) {
        Outcome outcome = answers.receive(bench.receive(OUTBOUND, packet), bench.flow(OUTBOUND));
        bench.free();
        return outcome;
    }

    /// What the client would have sent at the end of the handshake, as the server gets it.
    private PacketBuilder acknowledgement() {
        PacketBuilder packet =
                bench.leaving(INBOUND).sequence(CLIENT + 1).acknowledgement(SERVER + 1).window(500);
        return bench.isAcross() ? packet.identification(0x0100) : packet.dontFragment();
    }

    private boolean isPending() {
        return ConnectionLayout.isPending(bench.entry);
    }

    private ConnectionState state() {
        return ConnectionState.of(Memory.getByte(bench.entry + ConnectionLayout.STATE));
    }

    private SequenceShifts shifts() {
        return bench.context.table().shifts();
    }

    private int serverShift() {
        assertThat(ConnectionLayout.isShifted(bench.entry)).isTrue();
        return (int) shifts().of(bench.flow(OUTBOUND));
    }

    @Test
    void aSynAckEndsTheHandshake() {
        ask();
        assertThat(receive(synAck())).isEqualTo(Outcome.SYN_PROXY);
        assertThat(bench.sent()).containsExactly(PathBench.bytes(acknowledgement()));
        assertThat(isPending()).isFalse();
        assertThat(state()).isEqualTo(ConnectionState.ESTABLISHED);
        assertThat(serverShift()).isEqualTo(SHIFT);
        assertThat((int) shifts().of(bench.flow(INBOUND))).isZero();
        assertThat(bench.count(Counter.SYN_PROXY_ESTABLISHED)).isOne();
        assertThat(bench.context.handshakes().size()).isZero();
        assertThat(bench.told).isEmpty();
        assertThat(bench.counted(OUTBOUND, TrafficTable.IN_PACKETS)).isOne();
        assertThat(bench.counted(OUTBOUND, TrafficTable.IN_BYTES))
                .isEqualTo(bench.comesWide(OUTBOUND) ? 60 : 40);
        assertThat(bench.counted(INBOUND, TrafficTable.IN_PACKETS)).isOne();
    }

    @Test
    void whatTheClientHasSentMeanwhileGoesOnInItsOrder() {
        long record = ask();
        hold(record, "data");
        hold(record, "more");
        assertThat(receive(synAck())).isEqualTo(Outcome.SYN_PROXY);
        assertThat(released).containsExactly("data", "more");
        assertThat(bench.context.handshakes().held()).isZero();
        bench.sent();
    }

    /// Each is let be: the server repeats what it meant, and nothing is answered but what would
    /// have it forget another connection.
    @ParameterizedTest
    @CsvSource({
        "SYN, 0, false",
        "SYN, 1, false",
        "SYN ACK, 0, true",
        "SYN ACK, 2, true",
        "ACK, 0, true",
        "ACK, 2, true",
        "ACK, 1, false",
        "SYN FIN ACK, 1, false",
        "FIN ACK, 1, false",
        "RST, 1, false",
        "RST, 0, false",
        "RST ACK, 0, false",
        "RST ACK, 2, false",
        "RST SYN ACK, 2, false",
        "'', 1, false"
    })
    void whatDoesNotAnswerTheSynChangesNothing(String flags, int acknowledged, boolean reset) {
        long record = ask();
        hold(record, "data");
        assertThat(receive(segment(flags(flags), SERVER, CLIENT + acknowledged)))
                .isEqualTo(Outcome.SYN_PROXY_MISFIT);
        isAsBefore();
        assertThat(bench.told).isEqualTo(reset ? List.of("reset 0") : List.of());
        assertThat(receive(synAck())).as("which comes then").isEqualTo(Outcome.SYN_PROXY);
        assertThat(bench.sent()).containsExactly(PathBench.bytes(acknowledgement()));
    }

    private static int flags(String names) {
        int flags = 0;
        for (String name : names.split(" ", -1)) {
            flags |=
                    switch (name) {
                        case "FIN" -> Tcp.FIN;
                        case "SYN" -> Tcp.SYN;
                        case "RST" -> Tcp.RST;
                        case "ACK" -> Tcp.ACK;
                        default -> 0;
                    };
        }
        return flags;
    }

    private void isAsBefore() {
        assertThat(isPending()).isTrue();
        assertThat(state()).isEqualTo(ConnectionState.SYN_RECV);
        assertThat(bench.sent()).isEmpty();
        assertThat(released).isEmpty();
        assertThat(bench.counted(OUTBOUND, TrafficTable.IN_PACKETS)).isZero();
        assertThat(bench.count(Counter.SYN_PROXY_ESTABLISHED)).isZero();
        assertThat(bench.count(Counter.SYN_PROXY_UNSERVED)).isZero();
    }

    /// An answer to a SYN that was not sent is one to somebody else's.
    @ParameterizedTest
    @ValueSource(strings = {"SYN ACK", "RST ACK"})
    void aServerThatWasNotAskedYetHasNothingToAnswer(String flags) {
        long record = begin();
        PacketBuilder segment = segment(flags(flags), SERVER, CLIENT + 1);
        assertThat(receive(segment)).isEqualTo(Outcome.SYN_PROXY_MISFIT);
        isAsBefore();
        assertThat(bench.told).isEqualTo(flags.startsWith("RST") ? List.of() : List.of("reset 0"));
        HandshakeRecord.sent(record);
        assertThat(receive(segment)).isEqualTo(Outcome.SYN_PROXY);
        bench.sent();
    }

    @Test
    void aSegmentThatIsDamagedOrCameAstrayIsNoAnswer() {
        ask();
        assertThat(receive(synAck().badTransportChecksum())).isEqualTo(Outcome.BAD_TCP_CHECKSUM);
        isAsBefore();
        Frame frame = bench.receive(synAck(), PathBench.WAN);
        assertThat(answers.receive(frame, bench.flow(OUTBOUND))).isEqualTo(Outcome.NOT_LOCAL);
        bench.free();
        isAsBefore();
        assertThat(bench.told).isEmpty();
    }

    /// Whatever it sends from then on is refused by the server, in numbers that it knows.
    @Test
    void theClientHearsThatItsServerHasRefused() {
        long record = ask();
        hold(record, "data");
        assertThat(receive(segment(Tcp.RST | Tcp.ACK, SERVER, CLIENT + 1)))
                .isEqualTo(Outcome.SYN_PROXY);
        PacketBuilder reset =
                bench.leaving(OUTBOUND)
                        .timeToLive(64)
                        .flags(Tcp.RST | Tcp.ACK)
                        .sequence(COOKIE + 1)
                        .acknowledgement(CLIENT + 1)
                        .window(0);
        assertThat(bench.sent()).containsExactly(PathBench.bytes(reset.dontFragment()));
        assertThat(isPending()).isFalse();
        assertThat(state()).isEqualTo(ConnectionState.CLOSE);
        assertThat(serverShift()).isEqualTo(SHIFT);
        assertThat(bench.count(Counter.SYN_PROXY_UNSERVED)).isOne();
        assertThat(bench.count(Counter.SYN_PROXY_ESTABLISHED)).isZero();
        assertThat(released).as("it is dropped").isEmpty();
        assertThat(bench.context.handshakes().held()).isZero();
        assertThat(bench.counted(OUTBOUND, TrafficTable.IN_PACKETS)).isOne();
        assertThat(bench.told).isEmpty();
    }

    /// A service may give its connections other numbers before its servers see them; what it puts
    /// in front of the stream comes behind the SYN.
    @Test
    void theSynIsAcknowledgedInNumbersThatTheServerKnows() {
        ask();
        shifts().set(bench.entry, 1_000, 0);
        shifts().prefix(bench.entry, 50);
        assertThat(receive(synAck())).isEqualTo(Outcome.SYN_PROXY_MISFIT);
        assertThat(receive(segment(SYN_ACK, SERVER, CLIENT + 1_051)))
                .isEqualTo(Outcome.SYN_PROXY_MISFIT);
        isAsBefore();
        assertThat(receive(segment(SYN_ACK, SERVER, CLIENT + 1_001))).isEqualTo(Outcome.SYN_PROXY);
        assertThat(bench.sent())
                .containsExactly(PathBench.bytes(acknowledgement().sequence(CLIENT + 1_051)));
        assertThat((int) shifts().of(bench.flow(INBOUND))).isEqualTo(1_050);
        assertThat(serverShift()).isEqualTo(SHIFT);
    }

    private static byte[] stamps(int value, int echo) {
        return HexFormat.of().parseHex("0101080a%08x%08x".formatted(value, echo));
    }

    /// The client has been given stamps of the balancer's.
    @Test
    void timestampsAreMovedToThoseOfTheCookie() {
        terms.timestamps(OWN_STAMP, CLIENT_STAMP);
        ask();
        assertThat(receive(synAck().tcpOptions(stamps(0xF000_0000, CLIENT_STAMP))))
                .isEqualTo(Outcome.SYN_PROXY);
        assertThat(bench.sent())
                .containsExactly(
                        PathBench.bytes(
                                acknowledgement().tcpOptions(stamps(CLIENT_STAMP, 0xF000_0000))));
        assertThat((int) shifts().stamps(bench.flow(OUTBOUND))).isEqualTo(OWN_STAMP - 0xF000_0000);
        assertThat((int) shifts().stamps(bench.flow(INBOUND))).isZero();
        assertThat(serverShift()).isEqualTo(SHIFT);
    }

    /// The client was told that both have them (RFC 7323 §3.2), and the server believes that nobody
    /// has.
    @Test
    void aServerWithoutTimestampsDoesNotSuitAClientThatHasThem() {
        terms.timestamps(OWN_STAMP, CLIENT_STAMP);
        hold(ask(), "data");
        assertThat(receive(synAck())).isEqualTo(Outcome.SYN_PROXY);
        assertThat(bench.told).as("the server").containsExactly("reset 0");
        assertThat(bench.count(Counter.SYN_PROXY_UNSUITED)).isOne();
        assertThat(bench.count(Counter.SYN_PROXY_UNSERVED)).isOne();
        assertThat(bench.context.table().size()).as("the connection is gone").isZero();
        assertThat(bench.sent()).as("a reset for the client").hasSize(1);
        assertThat(released).isEmpty();
    }

    /// Stamps that nobody has agreed on are not looked at.
    @Test
    void timestampsOfAServerAloneStayAsTheyAre() {
        ask();
        assertThat(receive(synAck().tcpOptions(stamps(7, 0)))).isEqualTo(Outcome.SYN_PROXY);
        assertThat(shifts().stamps(bench.flow(OUTBOUND))).isZero();
        assertThat(bench.sent()).containsExactly(PathBench.bytes(acknowledgement()));
    }

    /// Each end believes a scale of the other: the client the cookie's, the server that of the SYN,
    /// unless it has none itself (RFC 7323 §2.2).
    @ParameterizedTest
    @CsvSource({
        "7, 9, 5, 0, -4, 500",
        "7, 9, 14, 0, 5, 500",
        "0, 9, 9, 0, 0, 500",
        "3, 9, 0, 0, -9, 500",
        "7, 9, -1, 7, -9, 64000",
        "0, 9, -1, 0, -9, 500"
    })
    void windowsAreShiftedBetweenScales(
            int client, int own, int server, int inbound, int outbound, int window) {
        terms.options(client, own, false);
        ask();
        PacketBuilder answer = synAck();
        if (server >= 0) {
            answer.tcpOptions(HexFormat.of().parseHex("010303%02x".formatted(server)));
        }
        assertThat(receive(answer)).isEqualTo(Outcome.SYN_PROXY);
        assertThat(shifts().window(bench.flow(INBOUND))).isEqualTo(inbound);
        assertThat(shifts().window(bench.flow(OUTBOUND))).isEqualTo(outbound);
        assertThat(bench.sent()).containsExactly(PathBench.bytes(acknowledgement().window(window)));
    }

    @Test
    void aClientWithoutAScaleHasItsWindowsAsTheyAre() {
        terms.options(NO_SCALE, NO_SCALE, false);
        ask();
        assertThat(receive(synAck().tcpOptions(HexFormat.of().parseHex("01030305"))))
                .isEqualTo(Outcome.SYN_PROXY);
        assertThat(shifts().window(bench.flow(INBOUND))).isZero();
        assertThat(shifts().window(bench.flow(OUTBOUND))).isZero();
        bench.sent();
    }

    /// What its service keeps back goes nowhere; the server repeats it.
    @Test
    void aSynAckThatALimitKeepsBackIsAwaitedAgain() {
        TrafficLimit one = TrafficLimit.parse(Unit.PACKETS, "1,1");
        serve(ServicePolicy.DEFAULT.withLimits(ServiceLimits.NONE.withPackets(Optional.of(one))));
        ask();
        assertThat(bench.context.trafficLimits().take(bench.entry, OUTBOUND, 60)).isNull();
        assertThat(receive(synAck())).isEqualTo(Outcome.PACKETS_LIMITED);
        isAsBefore();
        bench.context.stack().time(5_000_000_000L);
        assertThat(receive(synAck())).isEqualTo(Outcome.SYN_PROXY);
        assertThat(bench.sent()).containsExactly(PathBench.bytes(acknowledgement()));
    }

    @Test
    void withoutABufferForTheAcknowledgementTheSynAckIsAwaitedAgain() {
        ask();
        Frame frame = bench.receive(OUTBOUND, synAck());
        PacketBurst all = new PacketBurst(64);
        while (bench.bench.io.buffers().allocate(all)) {
            // until there is none
        }
        assertThat(answers.receive(frame, bench.flow(OUTBOUND))).isEqualTo(Outcome.NO_BUFFER);
        bench.bench.io.buffers().freeAll(all);
        bench.free();
        isAsBefore();
        assertThat(ConnectionLayout.isShifted(bench.entry)).isFalse();
        assertThat(receive(synAck())).isEqualTo(Outcome.SYN_PROXY);
        assertThat(bench.sent()).hasSize(1);
    }

    /// Then the segment is lost, but no buffer is, and what was held goes on.
    @Test
    void aModifierThatFailsCostsTheAcknowledgementAlone() {
        PathCases.failAtEachPacket(bench);
        hold(ask(), "data");
        Frame frame = bench.receive(OUTBOUND, synAck());
        assertThatThrownBy(() -> answers.receive(frame, bench.flow(OUTBOUND)))
                .hasMessage("a test's");
        bench.free();
        assertThat(bench.sent()).isEmpty();
        assertThat(released).containsExactly("data");
        assertThat(isPending()).isFalse();
    }
}
