// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.limit;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ConnectionCountsTest {
    private static final int WORKERS = 8;

    private final ConnectionCounts counts = new ConnectionCounts(3, "server");

    @AfterEach
    void close() {
        counts.close();
    }

    private int claim(int times, int limit, int resume) {
        int claimed = 0;
        for (int i = 0; i < times; i++) {
            claimed += counts.claim(1, limit, resume) ? 1 : 0;
        }
        return claimed;
    }

    @Test
    void itEndsAtTheLimitAndGoesOnWhenOneHasEnded() {
        assertThat(claim(15, 10, 0)).isEqualTo(10);
        assertThat(counts.isFull(1, 10, 0)).isTrue();
        counts.release(1);
        assertThat(counts.isFull(1, 10, 0)).isFalse();
        assertThat(claim(15, 10, 0)).isEqualTo(1);
        assertThat(counts.count(1)).isEqualTo(10);
        assertThat(counts.count(0) + counts.count(2)).as("other slots").isZero();
    }

    @Test
    void onceFullItGoesOnBelowTheLowerThreshold() {
        assertThat(claim(15, 10, 3)).isEqualTo(10);
        counts.add(1, -7);
        assertThat(counts.isFull(1, 10, 3)).as("three left").isTrue();
        assertThat(claim(1, 10, 3)).isZero();
        counts.release(1);
        assertThat(counts.isFull(1, 10, 3)).isFalse();
        assertThat(claim(7, 10, 3)).as("between both it goes up").isEqualTo(7);
        assertThat(counts.isFull(1, 10, 3)).isFalse();
        assertThat(claim(7, 10, 3)).isEqualTo(1);
    }

    @Test
    void aLimitThatIsSetAgainKnowsNothingOfTheOneBefore() {
        assertThat(claim(15, 10, 5)).isEqualTo(10);
        counts.add(1, -10); // it is taken away
        counts.add(1, 6);
        counts.limit(1, 10, 5);
        assertThat(counts.isFull(1, 10, 5)).isFalse();
        assertThat(claim(15, 10, 5)).isEqualTo(4);
    }

    @Test
    void aLimitThatIsSetBelowWhatIsThereMakesItFull() {
        counts.add(1, 20);
        counts.limit(1, 10, 5);
        counts.add(1, -13);
        assertThat(counts.isFull(1, 10, 5)).as("seven, was full at 10").isTrue();
        assertThat(counts.isFull(1, 11, 5)).as("a higher limit").isFalse();
        assertThat(counts.isFull(1, 8, 5)).as("a lower limit").isTrue();
        assertThat(counts.isFull(1, 10, 0)).as("without the threshold").isFalse();
        counts.limit(1, 10, 5);
        assertThat(counts.isFull(1, 10, 5)).as("not forgotten").isTrue();
    }

    @Test
    void largeNumbersDoNotReachTheUpperHalf() {
        counts.add(1, 1_000_000_000);
        assertThat(claim(1, 1_000_000_000, 999_999_999)).isZero();
        counts.limit(1, 1_000_000_000, 999_999_999);
        counts.add(1, -1_000_000_000);
        assertThat(counts.count(1)).isZero();
        assertThat(claim(1, 1_000_000_000, 999_999_999)).isOne();
    }

    /// A million attempts of eight workers, each of which ends some of its own.
    @Test
    void workersTogetherNeverHaveOneTooManyAndLoseNone() throws Exception {
        int limit = 10;
        try (ExecutorService workers = Executors.newFixedThreadPool(WORKERS)) {
            List<Future<Integer>> most = new ArrayList<>();
            for (int worker = 0; worker < WORKERS; worker++) {
                most.add(workers.submit(() -> flood(limit)));
            }
            for (Future<Integer> each : most) {
                assertThat(each.get()).as("the most at once").isBetween(0, limit);
            }
        }
        assertThat(counts.count(1)).isZero();
        assertThat(claim(15, limit, 0)).isEqualTo(limit);
    }

    private int flood(int limit) {
        int held = 0;
        int most = 0;
        for (int attempt = 0; attempt < 125_000; attempt++) {
            if (counts.claim(1, limit, 0)) {
                held++;
                most = Math.max(most, counts.count(1));
            }
            if (held > attempt % 4) {
                counts.release(1);
                held--;
            }
        }
        counts.add(1, -held);
        return most;
    }
}
