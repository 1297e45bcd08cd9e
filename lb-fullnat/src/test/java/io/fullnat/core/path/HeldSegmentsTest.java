// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.path;

import static io.fullnat.core.connection.ConnectionLayout.INBOUND;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.IpPrefix;
import io.fullnat.api.counter.Counter;
import io.fullnat.api.counter.Outcome;
import io.fullnat.api.service.ServicePolicy;
import io.fullnat.core.capture.CaptureSettings;
import io.fullnat.core.capture.CapturedFrame;
import io.fullnat.core.capture.FlowPattern;
import io.fullnat.core.cookie.CookieTerms;
import io.fullnat.core.open.HandshakeRecord;
import io.fullnat.core.open.OpenBench;
import io.fullnat.core.open.OpenBench.Families;
import io.fullnat.core.packet.PacketBuilder;
import io.fullnat.core.packet.Tcp;
import io.fullnat.core.stack.Frame;
import io.fullnat.core.stack.TestHops;
import io.fullnat.core.tap.Tap;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What becomes of segments that a client sends while [ServerHandshakes] asks its real server:
/// which are held for that, which end the handshake, and which are nothing to it.
@ParameterizedClass
@EnumSource(Families.class)
class HeldSegmentsTest {
    private static final int COOKIE = 0x7FFF_FFFF;
    private static final int CLIENT = 0xFFFF_FFFF;

    /// Where the client's data begin.
    private static final int START = CLIENT + 1;

    private static final int STAMP = 0xFFFF_FFF0;

    private final PathBench bench;
    private final StageBench stages;
    private final CookieTerms terms = new CookieTerms();

    HeldSegmentsTest(Families families) {
        bench = new PathBench(families, OpenBench.TCP, ServicePolicy.DEFAULT);
        stages = new StageBench(bench, INBOUND);
        terms.begin(COOKIE, CLIENT, 1460);
    }

    @AfterEach
    void close() {
        bench.context.handshakes().discard();
        bench.close();
    }

    private long shakeHands() {
        long record = StageBench.beginHandshake(bench, terms);
        HandshakeRecord.sent(record);
        return record;
    }

    private PacketBuilder segment(int sequence, String payload) {
        return bench.arriving(INBOUND)
                .sequence(sequence)
                .acknowledgement(COOKIE + 1)
                .payload(payload);
    }

    private @Nullable Outcome receive(PacketBuilder packet) {
        Frame frame = bench.receive(INBOUND, packet);
        Outcome outcome = stages.handshakes.receive(frame, bench.entry);
        if (outcome != null) {
            bench.free();
        }
        return outcome;
    }

    private int held() {
        return bench.context.handshakes().held();
    }

    private void isMisfit(PacketBuilder packet) {
        assertThat(receive(packet)).isEqualTo(Outcome.SYN_PROXY_MISFIT);
        assertThat(held()).isZero();
        assertThat(bench.context.handshakes().size()).isOne();
        assertThat(bench.sent()).isEmpty();
    }

    @Test
    void whatIsNewIsHeldOnce() {
        long record = shakeHands();
        assertThat(receive(segment(START, ""))).isEqualTo(Outcome.SYN_PROXY);
        assertThat(held()).isZero();
        assertThat(receive(segment(START, "data"))).isNull();
        assertThat(HandshakeRecord.end(record)).isEqualTo(START + 4);
        assertThat(receive(segment(START, "data"))).isEqualTo(Outcome.SYN_PROXY);
        assertThat(receive(segment(START + 1, "ata"))).isEqualTo(Outcome.SYN_PROXY);
        assertThat(held()).isOne();
        assertThat(receive(segment(START + 2, "tas"))).as("a byte more").isNull();
        assertThat(HandshakeRecord.end(record)).isEqualTo(START + 5);
        assertThat(held()).isEqualTo(2);
        assertThat(bench.count(Counter.SYN_PROXY_HELD)).isEqualTo(2);
        assertThat(bench.told).isEmpty();
    }

    /// The server acknowledges no farther than there is no gap.
    @Test
    void whatComesBehindAGapIsHeldButNotCountedAsReceived() {
        long record = shakeHands();
        assertThat(receive(segment(START + 1, "ata"))).isNull();
        assertThat(HandshakeRecord.end(record)).isEqualTo(START);
        assertThat(receive(segment(START, "d"))).isNull();
        assertThat(HandshakeRecord.end(record)).isEqualTo(START + 1);
        assertThat(held()).isEqualTo(2);
    }

    @Test
    void aFinCountsAsAByte() {
        long record = shakeHands();
        assertThat(receive(segment(START, "").flags(Tcp.ACK | Tcp.FIN))).isNull();
        assertThat(HandshakeRecord.end(record)).isEqualTo(START + 1);
        assertThat(receive(segment(START, "").flags(Tcp.ACK | Tcp.FIN)))
                .isEqualTo(Outcome.SYN_PROXY);
    }

    /// Options are no data.
    @Test
    void itIsThePayloadThatCounts() {
        long record = shakeHands();
        byte[] options = HexFormat.of().parseHex("0101080a1111111122222222");
        assertThat(receive(segment(START, "").tcpOptions(options))).isEqualTo(Outcome.SYN_PROXY);
        assertThat(receive(segment(START, "data").tcpOptions(options))).isNull();
        assertThat(HandshakeRecord.end(record)).isEqualTo(START + 4);
    }

    @Test
    void thereIsRoomForSomeSegments() {
        long record = shakeHands();
        for (int i = 0; i < HandshakeRecord.MOST_HELD; i++) {
            assertThat(receive(segment(START + i, "x"))).isNull();
        }
        int end = START + HandshakeRecord.MOST_HELD;
        assertThat(receive(segment(end, "x"))).isEqualTo(Outcome.SYN_PROXY_NOT_HELD);
        assertThat(HandshakeRecord.end(record)).isEqualTo(end);
    }

    /// What it says goes to the server in other segments.
    @Test
    void whatIsDamagedIsNothing() {
        shakeHands();
        assertThat(receive(segment(START, "data").badTransportChecksum()))
                .isEqualTo(Outcome.BAD_TCP_CHECKSUM);
        PacketBuilder reset = segment(START, "").flags(Tcp.RST);
        assertThat(receive(reset.badTransportChecksum())).isEqualTo(Outcome.BAD_TCP_CHECKSUM);
        assertThat(bench.context.handshakes().size()).isOne();
        assertThat(held()).isZero();
    }

    @ParameterizedTest
    @CsvSource({"'', 0", "SYN, 2", "SYN ACK, 18", "FIN, 1"})
    void whatDoesNotAcknowledgeIsNothing(String name, int flags) {
        long record = shakeHands();
        isMisfit(segment(START, "data").flags(flags).window(9));
        assertThat(HandshakeRecord.window(record)).as(name).isEqualTo(500);
        assertThat(bench.told).isEmpty();
    }

    @Test
    void whoAcknowledgesAnotherCookieIsReset() {
        shakeHands();
        isMisfit(segment(START, "data").acknowledgement(COOKIE));
        isMisfit(segment(START, "data").acknowledgement(COOKIE + 2));
        assertThat(bench.told).containsExactly("reset 0", "reset 0");
    }

    @Test
    void onlyWhatLiesInTheWindowIsLookedAt() {
        shakeHands();
        isMisfit(segment(START - 1, "data"));
        isMisfit(segment(START + CookieTerms.WINDOW + 1, "data"));
        assertThat(bench.told).isEmpty();
        assertThat(receive(segment(START + CookieTerms.WINDOW, "data"))).isNull();
    }

    @Test
    void theServerIsToldTheLatestWindow() {
        long record = shakeHands();
        assertThat(HandshakeRecord.window(record)).isEqualTo(500);
        assertThat(receive(segment(START, "").window(400))).isEqualTo(Outcome.SYN_PROXY);
        assertThat(HandshakeRecord.window(record)).isEqualTo(400);
    }

    private byte[] stamps(int value) {
        return HexFormat.of().parseHex("0101080a%08x%08x".formatted(value, 7));
    }

    private int stampAfter(long record, byte... options) {
        assertThat(receive(segment(START, "").tcpOptions(options))).isEqualTo(Outcome.SYN_PROXY);
        return HandshakeRecord.clientTimestamp(record);
    }

    /// They wrap.
    @Test
    void andTheLatestTimestamp() {
        terms.timestamps(5, STAMP);
        long record = shakeHands();
        assertThat(stampAfter(record)).isEqualTo(STAMP);
        assertThat(stampAfter(record, stamps(STAMP - 1))).isEqualTo(STAMP);
        assertThat(stampAfter(record, stamps(STAMP + 1))).isEqualTo(STAMP + 1);
        assertThat(stampAfter(record, stamps(3))).isEqualTo(3);
    }

    @Test
    void timestampsThatWereNotAgreedOnAreNotLookedAt() {
        long record = shakeHands();
        assertThat(stampAfter(record, stamps(STAMP))).isZero();
        assertThat(stampAfter(record, stamps(3))).isZero();
    }

    /// RFC 5961 §3.2: in the window is not enough.
    @ParameterizedTest
    @ValueSource(ints = {-1, 1, 3, 5, CookieTerms.WINDOW})
    void aResetThatIsNotExactIsNothing(int beyond) {
        shakeHands();
        assertThat(receive(segment(START, "data"))).isNull();
        PacketBuilder reset = segment(START + beyond, "").flags(Tcp.RST);
        assertThat(receive(reset)).isEqualTo(Outcome.SYN_PROXY_MISFIT);
        assertThat(bench.context.handshakes().size()).isOne();
        assertThat(held()).isOne();
    }

    /// Nobody is told: the server has not been heard, and the client knows.
    @ParameterizedTest
    @CsvSource({"0, 4", "4, 4", "0, 20", "4, 20"})
    void aResetOfTheClientEndsItsConnection(int beyond, int flags) {
        shakeHands();
        assertThat(receive(segment(START, "data"))).isNull();
        PacketBuilder reset = segment(START + beyond, "").flags(flags);
        assertThat(receive(reset)).isEqualTo(Outcome.SYN_PROXY);
        assertThat(bench.context.handshakes().size()).isZero();
        assertThat(held()).isZero();
        assertThat(bench.context.table().size()).isZero();
        assertThat(bench.count(Counter.SYN_PROXY_UNSERVED)).isZero();
        assertThat(bench.sent()).isEmpty();
        assertThat(bench.told).isEmpty();
    }

    /// Of a handshake whose server was not asked, as its neighbour is not known.
    @Test
    void anotherSegmentThanTheOneThatWaitsAsksNobody() {
        long record = StageBench.beginHandshake(bench, terms);
        HandshakeRecord.waiting(record, 77);
        assertThat(receive(segment(START, "data"))).isNull();
        assertThat(HandshakeRecord.waiting(record)).isEqualTo(77);
        assertThat(HandshakeRecord.isSent(record)).isFalse();
        assertThat(bench.sent()).isEmpty();
    }

    private Frame acknowledgement(long record) {
        HandshakeSegments segments = new HandshakeSegments(bench.context.stack());
        return Objects.requireNonNull(segments.acknowledgement(record));
    }

    private PacketBuilder leaving() {
        PacketBuilder packet =
                bench.leaving(INBOUND).sequence(START).acknowledgement(COOKIE + 1).window(500);
        return bench.isAcross() ? packet.identification(0x0100) : packet.dontFragment();
    }

    @Test
    void theAcknowledgementIsSentAsTheClientsWould() {
        long record = shakeHands();
        stages.handshakes.acknowledge(acknowledgement(record), bench.entry);
        assertThat(bench.sent()).containsExactly(PathBench.bytes(leaving()));
        assertThat(bench.count(Counter.SYN_PROXY_REPEATED)).isZero();
    }

    /// Captures what is to or from the client.
    private Tap tap() {
        String client = bench.comesWide(INBOUND) ? "2001:db8:0:c1::/64" : "198.51.0.0/16";
        CaptureSettings settings =
                new CaptureSettings(
                        Optional.empty(),
                        List.of(FlowPattern.of(IpPrefix.parse(client))),
                        Set.of(),
                        Set.of(),
                        CaptureSettings.MAX_SNAP_LENGTH,
                        CaptureSettings.ALL.ringBytes());
        return new Tap(settings, List.of("lan"), 1518, 0);
    }

    /// As it is before it is translated, so that its connection is followed.
    @Test
    void whatIsSentIsCapturedOfTheClient() {
        long record = shakeHands();
        Tap tap = tap();
        bench.context.stack().counters().tap(tap);
        stages.handshakes.acknowledge(acknowledgement(record), bench.entry);
        assertThat(bench.sent()).hasSize(1);
        List<CapturedFrame> captured = new ArrayList<>();
        tap.drain(captured, 0, 0, 10);
        assertThat(captured).hasSize(1);
        bench.context.stack().counters().tap(null);
    }

    @Test
    void whatCannotBeSentIsGivenBack() {
        long record = shakeHands();
        TestHops.forget(bench.bench.adjacencies, bench.serverHop());
        Tap tap = tap();
        bench.context.stack().counters().tap(tap);
        for (int i = 0; i < 3000; i++) {
            stages.handshakes.acknowledge(acknowledgement(record), bench.entry);
        }
        assertThat(tap.lost()).as("frames that nobody has forgotten").isZero();
        bench.context.stack().counters().tap(null);
        assertThat(bench.sent()).as("a request for the neighbour").hasSize(1);
    }
}
