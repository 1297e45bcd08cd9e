// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.health;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.testing.Seed;
import java.util.ArrayDeque;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

final class RecentFailuresTest {
    @Test
    void oneThatIsEnoughIsEnoughAtOnce() {
        assertThat(new RecentFailures(1).add(1, -5, 10)).isTrue();
    }

    @Test
    void theWindowEndsBeforeItsLength() {
        RecentFailures failures = new RecentFailures(2);
        assertThat(failures.add(1, 0, 10)).isFalse();
        assertThat(failures.add(1, 10, 10)).isFalse();
        assertThat(failures.add(1, 19, 10)).isTrue();
    }

    @Test
    void whatIsClearedDoesNotCount() {
        RecentFailures failures = new RecentFailures(3);
        failures.add(2, 0, 10);
        failures.clear();
        assertThat(failures.add(2, 1, 10)).isFalse();
        assertThat(failures.add(1, 1, 10)).isTrue();
    }

    @Test
    void manyAtOnceAreEnough() {
        assertThat(new RecentFailures(255).add(Long.MAX_VALUE, 1, 10)).isTrue();
    }

    @Test
    void theClockMayWrap() {
        RecentFailures failures = new RecentFailures(2);
        assertThat(failures.add(1, Long.MAX_VALUE, 10)).isFalse();
        assertThat(failures.add(1, Long.MIN_VALUE + 8, 10)).isTrue();
        assertThat(failures.add(1, Long.MIN_VALUE + 18, 10)).isFalse();
    }

    /// As a list of all times says it.
    @Test
    void isAsManyAsAListCounts() {
        RandomGenerator random = Seed.generator();
        for (int enough = 1; enough <= 8; enough++) {
            RecentFailures failures = new RecentFailures(enough);
            ArrayDeque<Long> all = new ArrayDeque<>();
            long now = random.nextLong();
            for (int i = 0; i < 2_000; i++) {
                now += random.nextInt(6);
                int failed = random.nextInt(3) + 1;
                for (int j = 0; j < failed; j++) {
                    all.add(now);
                }
                while (now - all.getFirst() >= 10) {
                    all.removeFirst();
                }
                assertThat(failures.add(failed, now, 10)).isEqualTo(all.size() >= enough);
            }
        }
    }
}
