// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.path;

import static io.fullnat.core.connection.ConnectionLayout.ACKNOWLEDGED;
import static io.fullnat.core.connection.ConnectionLayout.EVENTS;
import static io.fullnat.core.connection.ConnectionLayout.INBOUND;
import static io.fullnat.core.connection.ConnectionLayout.LAST_SEEN;
import static io.fullnat.core.connection.ConnectionLayout.OUTBOUND;
import static io.fullnat.core.connection.ConnectionLayout.TIMEOUT;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.io.Memory;
import io.fullnat.api.service.HandshakeTimes;
import io.fullnat.core.connection.ConnectionLayout;
import io.fullnat.core.connection.ConnectionState;
import io.fullnat.core.connection.StateTable;
import io.fullnat.core.connection.TcpMoves;
import io.fullnat.core.open.OpenBench;
import io.fullnat.core.open.OpenBench.Families;
import io.fullnat.core.packet.PacketBuilder;
import io.fullnat.core.packet.Tcp;
import java.util.Arrays;
import java.util.HexFormat;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/// Which state a packet leaves its connection in, and whether the connection's idle time begins
/// anew with it: it is the second 10, both flows were last seen in the second 3.
@ParameterizedClass
@EnumSource(Families.class)
class StateStepTest {
    private static final int NOW = 10;
    private static final int BEFORE = 3;
    private static final int CLIENT = 99;
    private static final int SERVER = 499;

    private final Families families;
    private PathBench bench;

    StateStepTest(Families families) {
        this.families = families;
        bench = new PathBench(families, OpenBench.TCP);
        TcpMoves.begin(bench.entry, CLIENT);
        settle();
    }

    private void settle() {
        bench.context.stack().time(NOW * 1_000_000_000L);
        Memory.putInt(bench.flow(INBOUND) + LAST_SEEN, BEFORE);
        Memory.putInt(bench.flow(OUTBOUND) + LAST_SEEN, BEFORE);
    }

    @AfterEach
    void close() {
        bench.close();
    }

    private StateStep step(int direction) {
        return new StateStep(bench.context, bench.family(direction));
    }

    private int step(int direction, PacketBuilder packet) {
        long ip = bench.receive(direction, packet).l3();
        int seen = step(direction).step(bench.flow(direction), direction, ip);
        assertThat(bench.received()).as("as it came").isEqualTo(packet.toBytes());
        bench.free();
        return seen;
    }

    private int segment(int direction, int flags, int sequence, int acknowledgement) {
        return step(direction, packet(direction, flags, sequence, acknowledgement));
    }

    private PacketBuilder packet(int direction, int flags, int sequence, int acknowledgement) {
        return bench.arriving(direction)
                .flags(flags)
                .sequence(sequence)
                .acknowledgement(acknowledgement);
    }

    private ConnectionState state() {
        return ConnectionState.of(Memory.getByte(bench.entry + ConnectionLayout.STATE));
    }

    private void is(ConnectionState state) {
        assertThat(state()).isEqualTo(state);
    }

    private void shakeHands() {
        segment(OUTBOUND, Tcp.SYN | Tcp.ACK, SERVER, CLIENT + 1);
        segment(INBOUND, Tcp.ACK, CLIENT + 1, SERVER + 1);
        is(ConnectionState.ESTABLISHED);
    }

    @Test
    void aHandshakeHasThreeSteps() {
        assertThat(segment(OUTBOUND, Tcp.SYN | Tcp.ACK, SERVER, CLIENT + 1)).isEqualTo(NOW);
        is(ConnectionState.SYN_RECV);
        assertThat(segment(INBOUND, Tcp.ACK, CLIENT + 1, SERVER)).isEqualTo(NOW);
        is(ConnectionState.SYN_RECV);
        assertThat(segment(INBOUND, Tcp.ACK, CLIENT + 1, SERVER + 1)).isEqualTo(NOW);
        is(ConnectionState.ESTABLISHED);
        assertThat(segment(OUTBOUND, Tcp.ACK, SERVER + 1, CLIENT + 1)).isEqualTo(NOW);
        is(ConnectionState.ESTABLISHED);
    }

    /// A FIN is behind the data that it comes with, options not among them: a server that has
    /// acknowledged it keeps nothing after its own.
    @ParameterizedTest
    @CsvSource({
        "0, '', 100, TIME_WAIT",
        "0, '', 101, LAST_ACK",
        "33, '', 133, TIME_WAIT",
        "33, '', 134, LAST_ACK",
        "33, 0101080a1111111122222222, 134, LAST_ACK",
        "33, 0101080a1111111122222222, 146, TIME_WAIT"
    })
    void aFinHasTheNumberBehindItsData(
            int payload, String options, int acknowledged, ConnectionState end) {
        shakeHands();
        byte[] bytes = HexFormat.of().parseHex(options);
        step(
                INBOUND,
                packet(INBOUND, Tcp.FIN | Tcp.ACK, CLIENT + 1, SERVER + 1)
                        .tcpOptions(bytes)
                        .payload(new byte[payload])
                        .padding(7));
        is(ConnectionState.CLOSE_WAIT);
        segment(OUTBOUND, Tcp.ACK, SERVER + 1, acknowledged);
        segment(OUTBOUND, Tcp.FIN | Tcp.ACK, SERVER + 1, acknowledged);
        is(end);
    }

    /// What both ends have closed is over, but for a FIN that is sent again.
    @Test
    void aSegmentOfAConnectionThatIsOverLetsItEndInItsTime() {
        shakeHands();
        assertThat(segment(INBOUND, Tcp.FIN | Tcp.ACK, 100, 500)).isEqualTo(NOW);
        PacketBuilder last = packet(OUTBOUND, Tcp.FIN | Tcp.ACK, 500, 101).payload(new byte[20]);
        assertThat(step(OUTBOUND, last)).isEqualTo(NOW);
        is(ConnectionState.LAST_ACK);
        assertThat(segment(INBOUND, Tcp.ACK, 101, 521)).isEqualTo(BEFORE);
        assertThat(segment(OUTBOUND, Tcp.ACK, 521, 101)).isEqualTo(BEFORE);
        assertThat(step(OUTBOUND, last)).as("its FIN again").isEqualTo(NOW);
        assertThat(segment(OUTBOUND, Tcp.FIN | Tcp.ACK, 500, 101)).as("another").isEqualTo(BEFORE);
        assertThat(step(INBOUND).seen(bench.flow(INBOUND))).isEqualTo(BEFORE);
    }

    @Test
    void whatSaysNothingMoreLetsALiveConnectionGoOn() {
        assertThat(step(INBOUND).seen(bench.flow(INBOUND))).isEqualTo(NOW);
        shakeHands();
        assertThat(step(OUTBOUND).seen(bench.flow(OUTBOUND))).isEqualTo(NOW);
        assertThat(segment(INBOUND, Tcp.RST, 100, 0)).as("a move").isEqualTo(NOW);
        is(ConnectionState.CLOSE);
        assertThat(step(OUTBOUND).seen(bench.flow(OUTBOUND))).isEqualTo(BEFORE);
    }

    private int timeout() {
        return Memory.getInt(bench.entry + TIMEOUT);
    }

    /// A reset that may have been forged leaves a connection with less time, until the end is heard
    /// that seemed to be gone.
    @Test
    void aConnectionThatWasDoubtedHasItsTimeAgain() {
        shakeHands();
        int whole = timeout();
        segment(OUTBOUND, Tcp.ACK, 500, 100);
        segment(INBOUND, Tcp.RST, 100, 0);
        is(ConnectionState.CLOSE);
        segment(OUTBOUND, Tcp.ACK, 500, 100);
        is(ConnectionState.ESTABLISHED);
        assertThat(timeout()).isLessThan(whole);
        segment(INBOUND, Tcp.ACK, 100, 500);
        is(ConnectionState.ESTABLISHED);
        assertThat(timeout()).isEqualTo(whole);
    }

    private boolean isQuiet(int direction) {
        int events = Memory.getByte(bench.flow(direction) + EVENTS);
        return (events & 0xFF & (StateTable.isAcross(events) ? 32 : 128)) == 0;
    }

    /// Each segment of the server is looked at until it has told whether the FIN was real.
    @Test
    void theEndThatHasToTellIsWatchedUntilItHas() {
        shakeHands();
        assertThat(isQuiet(OUTBOUND)).isTrue();
        segment(INBOUND, Tcp.FIN | Tcp.ACK, 100, 500);
        assertThat(isQuiet(OUTBOUND)).isFalse();
        assertThat(isQuiet(INBOUND)).isTrue();
        segment(OUTBOUND, Tcp.ACK, 500, 101);
        is(ConnectionState.CLOSE_WAIT);
        assertThat(isQuiet(OUTBOUND)).isTrue();
    }

    private int[] handshakes() {
        int[] sums = new int[HandshakeTimes.BUCKETS];
        bench.bench.traffic.handshakes().addTo(bench.slot(), sums);
        return sums;
    }

    /// Where a server says how long it took is free until then for when it was asked.
    @Test
    void theFirstAnswerToASynIsMeasured() {
        Memory.putInt(bench.flow(OUTBOUND) + ACKNOWLEDGED, NOW * 1_000_000 - 400);
        segment(INBOUND, Tcp.SYN, CLIENT, 0);
        segment(OUTBOUND, Tcp.SYN | Tcp.ACK, SERVER, CLIENT);
        assertThat(Arrays.stream(handshakes()).sum()).as("an answer to another").isZero();
        segment(OUTBOUND, Tcp.SYN | Tcp.ACK, SERVER, CLIENT + 1);
        int[] first = handshakes();
        assertThat(Arrays.stream(first).sum()).isOne();
        assertThat(first[HandshakeTimes.bucket(400)]).isOne();
        segment(OUTBOUND, Tcp.SYN | Tcp.ACK, SERVER, CLIENT + 1);
        segment(INBOUND, Tcp.ACK, CLIENT + 1, SERVER + 1);
        assertThat(handshakes()).as("once").isEqualTo(first);
    }

    @Test
    void aHandshakeThatNobodyAsksForIsNotMeasured() {
        shakeHands();
        assertThat(Arrays.stream(handshakes()).sum()).isZero();
    }

    private long failures() {
        return bench.bench.traffic.notices().failures(bench.slot());
    }

    /// After three seconds a SYN that comes again says that nobody answers.
    @Test
    void aSynThatIsRepeatedSaysThatAServerIsSilent() {
        bench.bench.traffic.notices().watch(bench.slot(), false, 0);
        TcpMoves.asked(bench.entry, NOW - 2);
        segment(INBOUND, Tcp.SYN, CLIENT, 0);
        assertThat(failures()).as("too soon").isZero();
        TcpMoves.asked(bench.entry, NOW - 3);
        segment(OUTBOUND, Tcp.ACK, 7, 7);
        assertThat(failures()).as("not the client's").isZero();
        segment(INBOUND, Tcp.SYN, CLIENT, 0);
        assertThat(failures()).isOne();
        is(ConnectionState.SYN_RECV);
    }

    private int datagram(int direction) {
        return step(direction, bench.arriving(direction).payload("a datagram"));
    }

    @Test
    void datagramsOfBothEndsMakeAStream() {
        bench.close();
        bench = new PathBench(families, OpenBench.UDP);
        settle();
        is(ConnectionState.UDP_ONEWAY);
        int oneWay = timeout();
        assertThat(datagram(INBOUND)).isEqualTo(NOW);
        is(ConnectionState.UDP_ONEWAY);
        assertThat(datagram(OUTBOUND)).isEqualTo(NOW);
        is(ConnectionState.UDP_NORMAL);
        assertThat(datagram(OUTBOUND)).isEqualTo(NOW);
        is(ConnectionState.UDP_NORMAL);
        assertThat(datagram(INBOUND)).isEqualTo(NOW);
        is(ConnectionState.UDP_STREAM);
        assertThat(timeout()).isNotEqualTo(oneWay);
        ConnectionLayout.routed(bench.entry, true);
        assertThat(datagram(INBOUND)).as("whose ids are looked at").isEqualTo(NOW);
    }
}
