// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.simulation;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.Endpoint;
import io.fullnat.core.packet.Tcp;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What one end of a connection receives, whose sequence numbers may wrap among its first bytes.
class ReceivedStreamTest {
    private static final int WINDOW = 65_535;

    private final HostCounters counters = new HostCounters();
    private final TcpHabits habits = new TcpHabits();
    private WindowScale scale = new WindowScale(habits);
    private ReceivedStream stream = new ReceivedStream(counters, scale);
    private int first;

    private void begin(int synSequence, byte... options) {
        scale = new WindowScale(habits);
        Segment syn = segment(synSequence, Tcp.SYN, "", options);
        scale.agree(syn);
        stream = new ReceivedStream(counters, scale);
        stream.begin(syn);
        first = synSequence + 1;
    }

    private static Segment segment(int sequence, int flags, String data, byte... options) {
        Endpoint end = Endpoint.of("10.0.0.1", 7);
        return new Segment(end, end, sequence, 0, flags, 1000, options, data.getBytes(US_ASCII));
    }

    private void add(int offset, int flags, String data) {
        stream.add(segment(first + offset, flags, data));
    }

    private String poll() {
        StringBuilder all = new StringBuilder();
        for (byte[] more = stream.poll(); more != null; more = stream.poll()) {
            all.append(new String(more, US_ASCII));
        }
        return all.toString();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, -1, -3, Integer.MAX_VALUE, Integer.MAX_VALUE - 2})
    void bytesComeInOrderWhereverNumbersWrap(int syn) {
        begin(syn);
        assertThat(stream.expected()).isEqualTo(syn + 1);
        add(3, Tcp.ACK, "def");
        assertThat(poll()).isEmpty();
        assertThat(stream.expected()).isEqualTo(syn + 1);
        add(0, Tcp.ACK, "abcd");
        assertThat(poll()).isEqualTo("abcdef");
        assertThat(stream.expected()).isEqualTo(syn + 7);
        add(2, Tcp.ACK, "cdefgh");
        assertThat(poll()).isEqualTo("gh");
        add(0, Tcp.ACK, "abc");
        assertThat(poll()).as("all of it has come").isEmpty();
        assertThat(stream.expected()).isEqualTo(syn + 9);
    }

    @Test
    void aFinCountsWhenAllBeforeItHasCome() {
        begin(-2);
        add(2, Tcp.FIN | Tcp.ACK, "cd");
        assertThat(stream.finArrives()).isFalse();
        add(0, Tcp.ACK, "ab");
        assertThat(poll()).isEqualTo("abcd");
        assertThat(stream.expected()).isEqualTo(first + 4);
        assertThat(stream.finArrives()).isTrue();
        assertThat(stream.expected()).as("it takes a number").isEqualTo(first + 5);
        assertThat(stream.finArrives()).as("once").isFalse();
    }

    @Test
    void anEmptyStreamEndsAtOnce() {
        begin(5);
        assertThat(stream.finArrives()).isFalse();
        add(0, Tcp.FIN, "");
        assertThat(stream.finArrives()).isTrue();
    }

    @Test
    void theSynIsKnownWhenItComesAgain() {
        begin(-1);
        assertThat(stream.isRepeatedSyn(segment(-1, Tcp.SYN, ""))).isTrue();
        assertThat(stream.isRepeatedSyn(segment(-1, Tcp.ACK, ""))).isFalse();
        assertThat(stream.isRepeatedSyn(segment(0, Tcp.SYN, ""))).isFalse();
    }

    /// RFC 9293 §3.10.7.4, the four cases; the last byte of a window is in it.
    @ParameterizedTest
    @CsvSource({
        "0, '', true",
        "-1, '', false",
        "65535, '', true",
        "65536, '', false",
        "0, x, true",
        "-1, x, false",
        "-1, xy, true",
        "65534, xyz, true",
        "65535, x, false"
    })
    void aSegmentMustTouchTheWindow(int offset, String data, boolean acceptable) {
        begin(-30_000);
        assertThat(stream.isAcceptable(segment(first + offset, Tcp.ACK, data)))
                .isEqualTo(acceptable);
    }

    @Test
    void theWindowIsWhatIsOffered() {
        begin(0);
        assertThat(stream.window(Tcp.ACK)).isEqualTo(WINDOW);
        stream.offer(100);
        assertThat(stream.window(Tcp.ACK)).isEqualTo(100);
        stream.offer(Integer.MAX_VALUE);
        assertThat(stream.window(Tcp.ACK)).isEqualTo(WINDOW);
    }

    @Test
    void aWindowThatIsScaledHasMoreBytes() {
        habits.scale = 7;
        habits.window = 1 << 20;
        begin(0, (byte) 3, (byte) 3, (byte) 2);
        assertThat(stream.window(Tcp.ACK)).isEqualTo(1 << 13);
        assertThat(stream.window(Tcp.SYN | Tcp.ACK)).as("never in a SYN").isEqualTo(WINDOW);
        assertThat(stream.isAcceptable(segment(first + (1 << 20) - 1, Tcp.ACK, "x"))).isTrue();
        assertThat(stream.isAcceptable(segment(first + (1 << 20), Tcp.ACK, "x"))).isFalse();
    }

    @Test
    void aClosedWindowOpensOnceWhenItsTimeHasCome() {
        begin(0);
        assertThat(stream.isOpenAgain(Long.MAX_VALUE)).as("it is open").isFalse();
        stream.closeUntil(1000);
        assertThat(stream.window(Tcp.ACK)).isZero();
        assertThat(stream.isOpenAgain(999)).isFalse();
        assertThat(stream.isOpenAgain(1000)).isTrue();
        assertThat(stream.window(Tcp.ACK)).isEqualTo(WINDOW);
        assertThat(stream.isOpenAgain(1001)).isFalse();
    }

    /// One byte may try a closed window (RFC 9293 §3.8.6.1).
    @Test
    void whatLiesBehindTheWindowIsMeasured() {
        begin(-10);
        stream.offer(0);
        stream.window(Tcp.ACK);
        add(WINDOW - 1, Tcp.ACK, "x");
        add(WINDOW, Tcp.ACK, "y");
        assertThat(counters.beyondWindow()).as("offered with the SYN, and one more").isZero();
        add(WINDOW, Tcp.ACK, "yz");
        assertThat(counters.beyondWindow()).isEqualTo(2);
        add(WINDOW + 5, Tcp.ACK, "xyz");
        assertThat(counters.beyondWindow()).isEqualTo(8);
        add(WINDOW, Tcp.ACK, "yz");
        assertThat(counters.beyondWindow()).as("the furthest").isEqualTo(8);
    }

    /// A window that was offered once is never taken back.
    @Test
    void theEdgeMovesWithWhatIsAcknowledged() {
        begin(0);
        add(0, Tcp.ACK, "abcd");
        poll();
        stream.window(0);
        add(WINDOW, Tcp.ACK, "xyz");
        assertThat(counters.beyondWindow()).as("only an ACK offers").isEqualTo(3);
        stream.window(Tcp.ACK);
        add(WINDOW + 3, Tcp.ACK, "x");
        assertThat(counters.beyondWindow()).isEqualTo(3);
        stream.offer(10);
        stream.window(Tcp.ACK);
        add(WINDOW + 2, Tcp.ACK, "xyz");
        assertThat(counters.beyondWindow()).isEqualTo(3);
    }

    /// RFC 2018 §4: the first block has what came last.
    @Test
    void whatCameEarlyIsToldTheLatestFirst() {
        begin(-3);
        add(10, Tcp.ACK, "ab");
        add(20, Tcp.ACK, "cd");
        add(30, Tcp.ACK, "ef");
        add(22, Tcp.ACK, "g");
        assertThat(stream.early())
                .containsExactly(
                        new int[] {first + 20, first + 23},
                        new int[] {first + 10, first + 12},
                        new int[] {first + 30, first + 32});
        add(10, Tcp.ACK, "ab");
        assertThat(stream.early().getFirst()).containsExactly(first + 10, first + 12);
        stream.clear();
        assertThat(stream.early()).isEmpty();
    }
}
