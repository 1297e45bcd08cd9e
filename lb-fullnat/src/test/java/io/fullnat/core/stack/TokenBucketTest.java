// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.stack;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/// How much may be sent at once and in the long run: [TokenBucket] of answers, [RequestBudget] of
/// ARP requests.
class TokenBucketTest {
    private static final long SECOND = 1_000_000_000L;

    private static int takeAll(TokenBucket bucket, long nowNs) {
        int taken = 0;
        for (; bucket.has(nowNs) && taken < 100_000; taken++) {
            bucket.take(nowNs);
        }
        return taken;
    }

    private static int takeAll(RequestBudget budget, long nowNs) {
        int taken = 0;
        while (budget.tryTake(nowNs)) {
            taken++;
        }
        return taken;
    }

    @Test
    void aFullBucketHoldsABurstAndFillsAtItsRate() {
        TokenBucket bucket = new TokenBucket(100, 20);

        assertThat(takeAll(bucket, SECOND)).isEqualTo(20);
        assertThat(takeAll(bucket, SECOND + SECOND / 100 - 1)).isZero();
        assertThat(takeAll(bucket, SECOND + SECOND / 100)).isOne();
        assertThat(takeAll(bucket, SECOND + SECOND / 10)).isEqualTo(9);
        assertThat(takeAll(bucket, 100 * SECOND)).as("never more than a burst").isEqualTo(20);
    }

    @Test
    void inTheLongRunThereAreAsManyAsTheRate() {
        TokenBucket bucket = new TokenBucket(50, 10);
        int taken = 0;
        for (long now = 0; now <= 10 * SECOND; now += SECOND / 1000) {
            taken += takeAll(bucket, now);
        }
        assertThat(taken).isBetween(10 * 50, 10 * 50 + 10);
    }

    @Test
    void otherBucketsOfTheSameKindAreANumberEach() {
        TokenBucket kind = new TokenBucket(100, 20);
        long full = 0;
        int taken = 0;
        for (; kind.has(full, SECOND); taken++) {
            assertThat(kind.isHalfFull(full, SECOND)).isEqualTo(taken <= 10);
            full = kind.after(full, SECOND);
        }

        assertThat(taken).isEqualTo(20);
        assertThat(kind.has(SECOND)).as("the kind's own is full").isTrue();
    }

    @Test
    void aBudgetHoldsABurstAndFillsAtItsRate() {
        RequestBudget budget = new RequestBudget(SECOND);

        assertThat(takeAll(budget, SECOND)).isEqualTo(RequestBudget.BURST);
        assertThat(takeAll(budget, SECOND + SECOND / 10)).isEqualTo(RequestBudget.PER_SECOND / 10);
        assertThat(takeAll(budget, 100 * SECOND)).isEqualTo(RequestBudget.BURST);
    }

    /// What is not a whole request yet is not lost.
    @Test
    void aBudgetKeepsFractions() {
        RequestBudget budget = new RequestBudget(0);
        takeAll(budget, 0);
        int taken = 0;
        for (long now = 0; now <= SECOND; now += 333_333) {
            taken += takeAll(budget, now);
        }
        assertThat(taken).isBetween(RequestBudget.PER_SECOND - 1, RequestBudget.PER_SECOND);
    }
}
