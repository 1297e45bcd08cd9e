// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.connection;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.core.memory.Region;
import io.fullnat.testing.Seed;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// In which second the wheel gives entries out.
class TimerWheelTest {
    private static final int ENTRIES = 64;
    private static final int START = 1000;

    private final Region region =
            Region.allocate((long) ENTRIES * ConnectionLayout.ENTRY_LENGTH, "entries of a test");
    private final TimerWheel wheel = new TimerWheel(region.address(), START);

    @AfterEach
    void free() {
        wheel.close();
        region.close();
    }

    private long entry(int index) {
        return region.address() + (long) index * ConnectionLayout.ENTRY_LENGTH;
    }

    private List<Long> take(int nowSeconds, int limit) {
        long[] entries = new long[limit];
        int taken = wheel.take(nowSeconds, entries, limit);
        List<Long> list = new ArrayList<>();
        for (int i = 0; i < taken; i++) {
            list.add(entries[i]);
        }
        return list;
    }

    @Test
    void anEntryComesInTheSecondOfItsDeadlineAndOnlyOnce() {
        wheel.arm(entry(0), START + 5);

        assertThat(take(START + 4, 8)).isEmpty();
        assertThat(take(START + 5, 8)).containsExactly(entry(0));
        assertThat(take(START + 6, 8)).isEmpty();
    }

    @Test
    void aDeadlineThatHasPassedIsThatOfTheNextSecond() {
        wheel.arm(entry(0), START - 7);

        assertThat(take(START, 8)).isEmpty();
        assertThat(take(START + 1, 8)).containsExactly(entry(0));
    }

    @Test
    void aDeadlineBeyondTheWheelComesAtItsEnd() {
        wheel.arm(entry(0), START + 86_400);

        assertThat(take(START + 254, 8)).isEmpty();
        assertThat(take(START + 255, 8)).as("to be armed again").containsExactly(entry(0));
    }

    @Test
    void aCancelledEntryDoesNotComeAndItsNeighboursDo() {
        for (int i = 0; i < 3; i++) {
            wheel.arm(entry(i), START + 5);
        }
        wheel.cancel(entry(1));
        wheel.cancel(entry(1));
        assertThat(take(START + 5, 8)).containsExactlyInAnyOrder(entry(0), entry(2));

        for (int i = 0; i < 3; i++) {
            wheel.arm(entry(i), START + 9);
        }
        wheel.cancel(entry(2)); // the first of its list
        wheel.cancel(entry(0)); // the last
        assertThat(take(START + 9, 8)).containsExactly(entry(1));
    }

    @Test
    void anEntryIsOnlyEverMovedForward() {
        wheel.arm(entry(0), START + 50);

        wheel.advance(entry(0), START + 60);
        wheel.advance(entry(0), START + 20);
        wheel.advance(entry(1), START + 10); // not armed

        assertThat(take(START + 19, 8)).isEmpty();
        assertThat(take(START + 20, 8)).containsExactly(entry(0));
        assertThat(take(START + 100, 8)).isEmpty();
    }

    @Test
    void aFullCallGoesOnInTheSameSecond() {
        for (int i = 0; i < 10; i++) {
            wheel.arm(entry(i), START + 3);
        }

        List<Long> all = new ArrayList<>(take(START + 3, 4));
        assertThat(all).hasSize(4);
        wheel.cancel(entry(all.contains(entry(5)) ? 0 : 5)); // the list is whole in between
        all.addAll(take(START + 3, 4));
        all.addAll(take(START + 3, 4));

        assertThat(all).hasSize(9).doesNotHaveDuplicates();
    }

    @Test
    void afterAJumpOfTheClockTheWheelCatchesUpInSteps() {
        int later = START + 10_000;
        wheel.arm(entry(0), START + 200);
        assertThat(take(later, 8)).containsExactly(entry(0));

        wheel.arm(entry(1), later + 1);
        List<Long> taken = new ArrayList<>();
        int calls = 0;
        for (; taken.isEmpty() && calls < 10; calls++) {
            taken.addAll(take(later + 1, 8));
        }
        assertThat(taken).containsExactly(entry(1));
        assertThat(calls).isBetween(1, 4);
    }

    /// Against a list of deadlines.
    @Test
    void noEntryIsLostOrLate() {
        RandomGenerator random = Seed.generator(11);
        Map<Integer, Integer> deadlines = new HashMap<>();
        for (int now = START; now < START + 2000; now++) {
            for (int i = 0; i < 4; i++) {
                int index = random.nextInt(ENTRIES);
                wheel.cancel(entry(index));
                deadlines.remove(index);
                if (random.nextInt(4) > 0) {
                    int deadline = now + 1 + random.nextInt(254);
                    wheel.arm(entry(index), deadline);
                    deadlines.put(index, deadline);
                }
            }
            List<Long> due = new ArrayList<>();
            int second = now + 1;
            deadlines.forEach((index, deadline) -> {
                if (deadline == second) {
                    due.add(entry(index));
                }
            });
            assertThat(take(second, ENTRIES))
                    .as("in second %d", second)
                    .containsExactlyInAnyOrderElementsOf(due);
            deadlines.values().removeIf(deadline -> deadline == second);
        }
    }
}
