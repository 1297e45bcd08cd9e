// SPDX-License-Identifier: Apache-2.0
package io.fullnat.api.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.withinPercentage;

import org.junit.jupiter.api.Test;

/// Quantiles of times of handshakes.
class HandshakeTimesTest {
    private static HandshakeTimes one(long micros) {
        long[] counts = new long[HandshakeTimes.BUCKETS];
        counts[HandshakeTimes.bucket(micros)] = 1;
        return HandshakeTimes.of(counts);
    }

    @Test
    void bucketsFollowEachOther() {
        assertThat(HandshakeTimes.lowest(0)).isZero();
        for (int bucket = 1; bucket < HandshakeTimes.BUCKETS; bucket++) {
            long lowest = HandshakeTimes.lowest(bucket);
            assertThat(HandshakeTimes.bucket(lowest)).isEqualTo(bucket);
            assertThat(HandshakeTimes.bucket(lowest - 1)).isEqualTo(bucket - 1);
        }
        assertThat(HandshakeTimes.bucket(-1)).isZero();
        assertThat(HandshakeTimes.bucket(Long.MAX_VALUE)).isEqualTo(HandshakeTimes.BUCKETS - 1);
    }

    @Test
    void noTimeIsToldWithMoreThanItsError() {
        for (long micros = 10; micros < 60_000_000; micros += 1 + micros / 500) {
            assertThat(one(micros).micros(0.5))
                    .isCloseTo(micros, withinPercentage(HandshakeTimes.ERROR_PERCENT));
        }
        assertThat(one(0).micros(0.5)).isEqualTo(8);
        assertThat(one(100_000_000).micros(0.5)).isEqualTo(67_108_864);
    }

    @Test
    void quantilesAreByRank() {
        long[] counts = new long[HandshakeTimes.BUCKETS];
        counts[HandshakeTimes.bucket(100)] = 98;
        counts[HandshakeTimes.bucket(10_000)] = 1;
        counts[HandshakeTimes.bucket(1_000_000)] = 1;
        HandshakeTimes times = HandshakeTimes.of(counts);
        long low = one(100).micros(1);
        assertThat(times.micros(0)).isEqualTo(low);
        assertThat(times.micros(0.5)).isEqualTo(low);
        assertThat(times.micros(0.98)).isEqualTo(low);
        assertThat(times.micros(0.99)).isEqualTo(one(10_000).micros(1));
        assertThat(times.micros(1)).isEqualTo(one(1_000_000).micros(1));
        assertThat(times.count()).isEqualTo(100);
        assertThat(times)
                .hasToString(
                        "100 handshakes, p50 "
                                + low
                                + " us, p90 "
                                + low
                                + " us, p99 "
                                + one(10_000).micros(1)
                                + " us");
    }

    @Test
    void addsAndTakesAway() {
        HandshakeTimes sum = one(10).plus(one(50_000)).plus(one(10));
        assertThat(sum.count()).isEqualTo(3);
        assertThat(sum.count(HandshakeTimes.bucket(10))).isEqualTo(2);
        assertThat(sum.minus(one(10)).minus(one(10)))
                .isEqualTo(one(50_000))
                .hasSameHashCodeAs(one(50_000));
        assertThat(sum.minus(sum)).isEqualTo(HandshakeTimes.NONE);
        assertThat(HandshakeTimes.NONE.plus(sum)).isEqualTo(sum);
        assertThat(sum.plus(HandshakeTimes.NONE)).isEqualTo(sum);
        assertThat(HandshakeTimes.NONE.micros(0.5)).isZero();
        assertThat(
                        new Handshakes(one(10), sum)
                                .plus(Handshakes.NONE)
                                .plus(new Handshakes(one(20), one(20))))
                .isEqualTo(new Handshakes(one(10).plus(one(20)), sum.plus(one(20))));
    }

    @Test
    void refusesWhatIsNone() {
        assertThatThrownBy(() -> HandshakeTimes.of(-1))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> HandshakeTimes.of(new long[HandshakeTimes.BUCKETS + 1]))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> one(10).micros(1.1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> one(10).minus(one(20)))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
