// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.tap;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.counter.Outcome;
import io.fullnat.core.capture.CapturedFrame;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Frames go in and come out as they are, in order, across the ring's end; what has no room is
/// counted.
class TapRingTest {
    private static final int BYTES = 4096;

    /// In the ring a frame of 90 bytes takes 128, its header and that of Agrona included.
    private static final int SHORT = 90;

    /// Room for one more header stays free.
    private static final int FIT = BYTES / 128 - 1;

    private final TapRing ring = new TapRing(BYTES);
    private final byte[] packet = new byte[2048];
    private final UnsafeBuffer from = new UnsafeBuffer(packet);

    TapRingTest() {
        for (int i = 0; i < packet.length; i++) {
            packet[i] = (byte) (i * 7);
        }
    }

    private void write(long id, int captured) {
        ring.write(id * 10, id, captured, captured, 3, false, TapRing.NO_OUTCOME, from, (int) id);
    }

    private List<CapturedFrame> drain(int most) {
        List<CapturedFrame> frames = new ArrayList<>();
        ring.drain(frames, 5, 1000, most);
        return frames;
    }

    @Test
    void aFrameComesOutAsItWentIn() {
        int last = Outcome.values().length - 1;
        ring.write(-7, Long.MIN_VALUE + 9, 9000, 60, 65_535, true, last, from, 3);

        CapturedFrame frame = drain(10).getFirst();

        assertThat(frame.nanos()).isEqualTo(993);
        assertThat(frame.id()).isEqualTo(Long.MIN_VALUE + 9);
        assertThat(frame.length()).as("of the packet").isEqualTo(9000);
        assertThat(frame.port()).isEqualTo(65_535);
        assertThat(frame.worker()).isEqualTo(5);
        assertThat(frame.sent()).isTrue();
        assertThat(frame.outcome()).contains(Outcome.values()[last]);
        assertThat(frame.bytes()).isEqualTo(Arrays.copyOfRange(packet, 3, 63));
    }

    @Test
    void aFrameMayHaveBeenReceivedAndHaveNoOutcomeYet() {
        ring.write(1, 2, 3, 0, 4, false, TapRing.NO_OUTCOME, from, 0);
        ring.write(1, 2, 3, 0, 4, false, 0, from, 0);

        List<CapturedFrame> frames = drain(10);

        assertThat(frames.getFirst().sent()).isFalse();
        assertThat(frames.getFirst().outcome()).isEmpty();
        assertThat(frames.getFirst().bytes()).isEmpty();
        assertThat(frames.getLast().outcome()).as("the first").contains(Outcome.values()[0]);
    }

    /// One byte tells it.
    @Test
    void eachOutcomeHasANumber() {
        assertThat(Outcome.values().length).isLessThan(128);
        for (Outcome outcome : Outcome.values()) {
            ring.write(1, 2, 3, 0, 4, false, outcome.ordinal(), from, 0);
            assertThat(drain(1).getFirst().outcome()).contains(outcome);
        }
    }

    @Test
    void anEmptyRingGivesNothing() {
        assertThat(drain(10)).isEmpty();
        assertThat(ring.written()).isZero();
        assertThat(ring.lost()).isZero();
    }

    @Test
    void whatFindsNoRoomIsCountedAndNotThere() {
        for (int i = 0; i < FIT + 3; i++) {
            write(i, SHORT);
        }

        assertThat(ring.written()).isEqualTo(FIT);
        assertThat(ring.lost()).isEqualTo(3);
        List<CapturedFrame> frames = drain(2 * FIT);
        assertThat(frames).hasSize(FIT);
        assertThat(frames.getLast().id()).isEqualTo(FIT - 1);
        write(99, SHORT);
        assertThat(drain(1).getFirst().id()).as("there is room again").isEqualTo(99);
        assertThat(ring.lost()).isEqualTo(3);
    }

    @Test
    void whatWasWantedAndIsNotCapturedIsLostToo() {
        ring.countLost();
        ring.countLost();
        assertThat(ring.lost()).isEqualTo(2);
        assertThat(ring.written()).isZero();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 5})
    void noMoreComeOutThanAreAskedFor(int most) {
        for (int i = 0; i < 6; i++) {
            write(i, SHORT);
        }
        assertThat(drain(most)).hasSize(most);
        assertThat(drain(10)).hasSize(6 - most);
    }

    /// A read of the ring alone ends there.
    @Test
    void framesBehindTheRingsEndComeInTheSameDrain() {
        for (int i = 0; i < FIT - 2; i++) {
            write(i, SHORT);
        }
        assertThat(drain(FIT)).hasSize(FIT - 2);
        for (int i = 100; i < 106; i++) {
            write(i, SHORT);
        }

        List<CapturedFrame> frames = drain(FIT);

        assertThat(frames)
                .extracting(CapturedFrame::id)
                .containsExactly(100L, 101L, 102L, 103L, 104L, 105L);
        assertThat(frames.getLast().bytes())
                .isEqualTo(Arrays.copyOfRange(packet, 105, 105 + SHORT));
    }

    @Test
    void frameAfterFrameOfManyLengthsGoesThroughForAsLongAsOneReads() {
        for (int i = 0; i < 1000; i++) {
            int length = i * 37 % 400;
            write(i, length);
            CapturedFrame frame = drain(1).getFirst();
            assertThat(frame.id()).isEqualTo(i);
            assertThat(frame.nanos()).isEqualTo(1000 + 10L * i);
            assertThat(frame.bytes()).isEqualTo(Arrays.copyOfRange(packet, i, i + length));
        }
        assertThat(ring.written()).isEqualTo(1000);
        assertThat(ring.lost()).isZero();
    }

    @Test
    void anySizeIsMadeOneOfPowersOfTwo() {
        TapRing odd = new TapRing(BYTES - 1);
        for (int i = 0; i < FIT + 1; i++) {
            odd.write(1, i, SHORT, SHORT, 0, false, 0, from, 0);
        }
        assertThat(odd.written()).isEqualTo(FIT);
        assertThat(odd.lost()).isOne();
    }
}
