// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.limit;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.service.TrafficLimit;
import io.fullnat.api.service.TrafficLimit.Unit;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TrafficBucketsTest {
    private static final int WORKERS = 8;
    private static final long SECOND = 1_000_000_000L;

    private final TrafficBuckets buckets = new TrafficBuckets(2);

    @AfterEach
    void close() {
        buckets.close();
    }

    private static TrafficTokens tokens(Unit unit, String limit) {
        return new TrafficTokens(TrafficLimit.parse(unit, limit));
    }

    private static int bucket(Unit unit) {
        return unit == Unit.PACKETS ? TrafficBuckets.PACKETS : TrafficBuckets.BITS;
    }

    private int take(Unit unit, TrafficTokens tokens, long nowNs, int length, int times) {
        int taken = 0;
        for (int i = 0; i < times; i++) {
            long now = TrafficTokens.time(nowNs);
            taken += buckets.take(1, bucket(unit), tokens, now, length) ? 1 : 0;
        }
        return taken;
    }

    /// Twice what may pass is offered, in steps of a fifth of the burst.
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "PACKETS | 10,1          | 60",
                "PACKETS | 12345         | 60",
                "PACKETS | 300M          | 60",
                "PACKETS | 1G            | 60",
                "BITS    | 1k            | 1500",
                "BITS    | 100M          | 1500",
                "BITS    | 10G           | 64",
                "BITS    | 333G          | 64",
                "BITS    | 400G          | 40",
                "BITS    | 400G          | 65535",
            })
    void theRateIsWithinTwoPercent(Unit unit, String text, int length) {
        TrafficLimit limit = TrafficLimit.parse(unit, text);
        TrafficTokens tokens = new TrafficTokens(limit);
        long each = unit == Unit.PACKETS ? 1 : length * 8L;
        long step = Math.max(1, limit.burst() / each / 5);
        step = Math.min(step, 10_000);
        long tick = Math.max(1, SECOND * step * each / limit.perSecond() / 2);
        long now = SECOND;
        long passed = 0;
        long offered = 0;
        for (int i = 0; offered < 200_000 || i < 100; i++, now += tick) {
            passed += take(unit, tokens, now, length, (int) step);
            offered += step;
        }
        double fair = (double) limit.perSecond() * (now - SECOND) / SECOND;
        assertThat((double) passed * each)
                .isBetween(fair * 0.98, fair * 1.02 + limit.burst() + each);
    }

    @Test
    void aBurstAndThenTheRate() {
        TrafficTokens tokens = tokens(Unit.BITS, "1M,120k");
        assertThat(take(Unit.BITS, tokens, SECOND, 1500, 100)).isEqualTo(10);
        assertThat(take(Unit.BITS, tokens, SECOND, 100, 1)).isZero();
        assertThat(take(Unit.BITS, tokens, SECOND + SECOND / 10, 1250, 100)).isEqualTo(10);
        long later = TrafficTokens.time(SECOND + SECOND / 10);
        assertThat(buckets.take(1, TrafficBuckets.BITS + 1, tokens, later, 1500))
                .as("the other direction")
                .isTrue();
        assertThat(buckets.take(0, TrafficBuckets.BITS, tokens, later, 1500))
                .as("another slot")
                .isTrue();
    }

    @Test
    void whatIsLongerThanTheBurstNeedsAFullBucket() {
        TrafficTokens tokens = tokens(Unit.BITS, "12k,12k");
        assertThat(take(Unit.BITS, tokens, SECOND, 3000, 5)).isOne();
        assertThat(take(Unit.BITS, tokens, 2 * SECOND, 3000, 5)).isZero();
        assertThat(take(Unit.BITS, tokens, 3 * SECOND, 3000, 5)).isOne();
    }

    @Test
    void whatIsGivenBackIsThereForTheNext() {
        TrafficTokens tokens = tokens(Unit.PACKETS, "1,2");
        assertThat(take(Unit.PACKETS, tokens, SECOND, 60, 3)).isEqualTo(2);
        long now = TrafficTokens.time(SECOND);
        assertThat(buckets.has(1, TrafficBuckets.PACKETS, tokens, now, 60)).isFalse();
        buckets.giveBack(1, TrafficBuckets.PACKETS, tokens, 60);
        assertThat(buckets.has(1, TrafficBuckets.PACKETS, tokens, now, 60)).isTrue();
        assertThat(take(Unit.PACKETS, tokens, SECOND, 60, 3)).isOne();
    }

    /// A bucket that a slow limit has emptied, and one that nobody has asked for years.
    @ParameterizedTest
    @ValueSource(longs = {2 * SECOND, 150_000_000 * SECOND})
    void aRaisedLimitDoesNotWaitForTheSlowOne(long nowNs) {
        assertThat(take(Unit.PACKETS, tokens(Unit.PACKETS, "1,3600"), SECOND, 60, 4000))
                .isEqualTo(3600);
        TrafficTokens fast = tokens(Unit.PACKETS, "1000");
        take(Unit.PACKETS, fast, nowNs, 60, 1);
        assertThat(take(Unit.PACKETS, fast, nowNs + SECOND, 60, 500)).isEqualTo(100);
    }

    /// A million attempts by clocks that are not quite the same.
    @Test
    void workersTogetherTakeWhatThereIs() throws Exception {
        TrafficTokens tokens = tokens(Unit.PACKETS, "50k,100");
        AtomicLong clock = new AtomicLong(SECOND);
        long taken = 0;
        try (ExecutorService workers = Executors.newFixedThreadPool(WORKERS)) {
            List<Future<Integer>> parts = new ArrayList<>();
            for (int worker = 0; worker < WORKERS; worker++) {
                parts.add(
                        workers.submit(() -> {
                            int mine = 0;
                            for (int attempt = 0; attempt < 125_000; attempt++) {
                                mine += take(Unit.PACKETS, tokens, clock.addAndGet(2000), 60, 1);
                            }
                            return mine;
                        }));
            }
            for (Future<Integer> part : parts) {
                taken += part.get();
            }
        }
        double seconds = (clock.get() - SECOND) / (double) SECOND; // 2 s: 100,000 of 10^6
        assertThat((double) taken)
                .isBetween(50_000 * seconds * 0.98, 50_000 * seconds * 1.02 + 100);
    }
}
