// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.open;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.testing.Seed;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

class SpentCookiesTest {
    private static final long SECOND = 1_000_000_000L;

    /// So that milliseconds of 32 bits wrap meanwhile.
    private static final long START = ((1L << 32) - 60_000) * 1_000_000;

    private final SpentCookies spent = new SpentCookies();

    @Test
    void aCookieIsSpentAsLongAsItMayBeGood() {
        assertThat(spent.has(0, 0, START)).isFalse();
        spent.add(77, -5, START);
        assertThat(spent.has(77, -5, START)).isTrue();
        assertThat(spent.has(77, -4, START)).as("another SYN").isFalse();
        assertThat(spent.has(77 + 8192, -5, START)).as("another cookie").isFalse();
        assertThat(spent.has(77, -5, START + 128 * SECOND)).as("wrapped").isTrue();
        assertThat(spent.has(77, -5, START + 131 * SECOND)).isFalse();
    }

    @Test
    void newerOnesDisplaceOlderOnes() {
        spent.add(1, 1, START);
        spent.add(1 + 3 * 8192, 1, START);
        assertThat(spent.has(1, 1, START)).isFalse();
        assertThat(spent.has(1 + 3 * 8192, 1, START)).isTrue();
    }

    /// Of 32 bits in each place, another one agrees with the one that is there once in 6,000 runs
    /// of so many; three do in none.
    @Test
    void hardlyAnyOtherIsTakenForSpent() {
        RandomGenerator random = Seed.generator();
        for (int i = 0; i < 10_000; i++) {
            spent.add(random.nextInt(), random.nextInt(), START);
        }
        int taken = 0;
        for (int i = 0; i < 1_000_000; i++) {
            taken += spent.has(random.nextInt(), random.nextInt(), START) ? 1 : 0;
        }
        assertThat(taken).isLessThan(3);
    }
}
