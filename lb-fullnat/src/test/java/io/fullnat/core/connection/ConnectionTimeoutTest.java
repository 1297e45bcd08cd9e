// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.connection;

import static io.fullnat.core.connection.ConnectionLayout.INBOUND;
import static io.fullnat.core.connection.ConnectionLayout.OUTBOUND;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.testing.Seed;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// When connections end by themselves. A connection ends in the first second by which its idle time
/// has passed in full: one second more than the difference of the numbers, for its last packet may
/// have come at the end of its second.
class ConnectionTimeoutTest {
    private static final int START = 1_000;
    private static final int NO_LIMIT = Integer.MAX_VALUE;
    private static final int DAY = 86_400;

    private final List<Long> ended = new ArrayList<>();
    private final ConnectionTable table =
            new ConnectionTable(
                    1024,
                    Seed.value(),
                    START,
                    (entry, evicted) -> {
                        assertThat(evicted).as("there is room here").isFalse();
                        ended.add(entry);
                    });
    private int nowSeconds = START;

    @AfterEach
    void close() {
        table.close();
    }

    private long start(int number, int timeout) {
        return Tuples.numbered(number)
                .startIn(table, ConnectionState.SYN_RECV, timeout, nowSeconds);
    }

    /// Each second passes, as in a worker that is busy with nothing.
    private void passTo(int second) {
        while (nowSeconds < second) {
            table.expire(++nowSeconds, NO_LIMIT);
        }
    }

    /// The time jumps, as in a process that was stopped.
    private void jumpTo(int second) {
        nowSeconds = second;
        table.expire(second, NO_LIMIT);
    }

    private void assertEndsAt(int second, long entry) {
        passTo(second - 1);
        assertThat(ended).as("one second before").isEmpty();
        passTo(second);
        assertThat(ended).containsExactly(entry);
        assertThat(table.size()).isZero();
    }

    @ParameterizedTest
    @ValueSource(
            ints = {
                1, 2, 3, 30, 90, 252, 253, 254, 255, 256, 257, 300, 4_093, 4_094, 4_095, 4_096,
                4_097, 10_000, DAY
            })
    void aConnectionWithoutPacketsEndsAfterItsIdleTime(int timeout) {
        long entry = start(1, timeout);

        assertEndsAt(START + timeout + 1, entry);
    }

    @Test
    void theLongestIdleTimeIsKeptOverJumpsOfTheClock() {
        int timeout = 31_535_999;
        long entry = start(1, timeout);

        for (int day = 1; day < 365; day++) {
            jumpTo(START + day * DAY);
        }
        jumpTo(START + timeout);
        assertThat(ended).isEmpty();

        jumpTo(START + timeout + 1);
        assertThat(ended).containsExactly(entry);
    }

    @ParameterizedTest
    @ValueSource(ints = {INBOUND, OUTBOUND})
    void aPacketOfEitherDirectionPostponesTheEnd(int direction) {
        long entry = start(1, 30);
        passTo(START + 20);
        Tuples.packet(entry, direction, nowSeconds);

        assertEndsAt(START + 20 + 30 + 1, entry);
    }

    @Test
    void aConnectionWithPacketsLivesOnPastTheWheel() {
        long entry = start(1, 90);
        while (nowSeconds < START + 10_000) {
            passTo(nowSeconds + 60);
            Tuples.packet(entry, INBOUND, nowSeconds);
        }

        assertEndsAt(nowSeconds + 90 + 1, entry);
    }

    @ParameterizedTest(name = "from {0} s to {1} s")
    @CsvSource({"30, 3", "300, 7", "7, 90", "3, 300", "10000, 7", "7, 10000"})
    void aMoveToAnotherStateSetsItsIdleTime(int before, int after) {
        long entry = start(1, before);
        passTo(START + 2);
        Tuples.packet(entry, INBOUND, nowSeconds);

        table.move(entry, ConnectionState.TIME_WAIT, after, nowSeconds);

        assertEndsAt(START + 2 + after + 1, entry);
    }

    @Test
    void aRemovedConnectionDoesNotEndAgain() {
        for (int i = 0; i < 10; i++) {
            table.remove(start(i, 5));
        }
        long left = start(10, 5);

        assertEndsAt(START + 6, left);
    }

    @Test
    void connectionsOfOneSecondAreIndependentOfEachOther() {
        List<Long> entries = new ArrayList<>();
        for (int i = 0; i < 9; i++) {
            entries.add(start(i, 5));
        }
        table.remove(entries.get(0)); // the first, the last and one between of the slot's list
        table.remove(entries.get(4));
        table.remove(entries.get(8));

        passTo(START + 6);

        assertThat(ended)
                .containsExactlyInAnyOrder(
                        entries.get(1),
                        entries.get(2),
                        entries.get(3),
                        entries.get(5),
                        entries.get(6),
                        entries.get(7));
    }

    @Test
    void aCallLooksAtNoMoreConnectionsThanItsLimit() {
        for (int i = 0; i < 100; i++) {
            start(i, 5);
        }
        nowSeconds = START + 6;

        assertThat(table.expire(nowSeconds, 64)).isEqualTo(64);
        assertThat(ended).hasSize(64);
        assertThat(table.expire(nowSeconds, 64)).isEqualTo(36);
        assertThat(table.expire(nowSeconds, 64)).isZero();
        assertThat(ended).hasSize(100);
    }

    @Test
    void afterAJumpOfTheClockAllThatIsDueEndsAndTheRestStays() {
        List<Long> due = new ArrayList<>();
        for (int i = 0; i < 500; i++) {
            due.add(start(i, 1 + i * 20));
        }
        long later = start(500, 2 * DAY);

        jumpTo(START + DAY);

        assertThat(ended).containsExactlyInAnyOrderElementsOf(due);
        ended.clear();
        assertEndsAt(START + 2 * DAY + 1, later);
    }

    @Test
    void aConnectionOpenedAfterAJumpThatWasNotYetCaughtUpEndsOnTime() {
        nowSeconds = START + DAY;
        long entry = start(1, 30);

        assertEndsAt(START + DAY + 31, entry);
    }

    @Test
    void secondsCountOnPastTheLargestNumber() {
        int start = Integer.MAX_VALUE - 10;
        try (ConnectionTable old =
                new ConnectionTable(8, Seed.value(), start, (entry, evicted) -> ended.add(entry))) {
            long entry = Tuples.numbered(1).startIn(old, ConnectionState.SYN_RECV, 30, start);

            for (int second = 1; second <= 30; second++) {
                old.expire(start + second, NO_LIMIT);
            }
            assertThat(ended).isEmpty();
            old.expire(start + 31, NO_LIMIT);
            assertThat(ended).containsExactly(entry);
        }
    }
}
