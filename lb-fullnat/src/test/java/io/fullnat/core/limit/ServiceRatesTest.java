// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.limit;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.service.ConnectionRate;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ServiceRatesTest {
    private static final int WORKERS = 8;
    private static final long SECOND = 1_000_000_000L;

    private final ServiceRates rates = new ServiceRates(2);

    @AfterEach
    void close() {
        rates.close();
    }

    private int take(Tokens tokens, long nowNs, int times) {
        int taken = 0;
        for (int i = 0; i < times; i++) {
            taken += rates.take(1, tokens, Tokens.time(nowNs)) ? 1 : 0;
        }
        return taken;
    }

    /// What is asked ten times a second gets what was set, not ten times as much.
    @ParameterizedTest
    @ValueSource(strings = {"0.5,1", "1,1", "5,1", "9,1", "0.001,1", "12345.678,1", "10000000,1"})
    void ticksDoNotRoundUp(String rate) {
        Tokens tokens = new Tokens(ConnectionRate.parse(rate));
        double perSecond = Double.parseDouble(rate.substring(0, rate.indexOf(',')));
        long tick = perSecond > 10 ? (long) (SECOND / perSecond / 3) : SECOND / 10;
        int seconds = perSecond > 1000 ? 1 : 2000;
        if (perSecond > 1_000_000) {
            seconds = 0;
        }
        long end = seconds == 0 ? SECOND / 20 : seconds * SECOND;
        long taken = 0;
        for (long now = SECOND; now < SECOND + end; now += tick) {
            taken += take(tokens, now, 3);
        }
        double fair = perSecond * end / SECOND;
        assertThat((double) taken).isBetween(fair * 0.98, fair * 1.02 + 1);
    }

    @Test
    void aBurstAndThenTheRate() {
        Tokens tokens = new Tokens(new ConnectionRate(10_000, 25));
        assertThat(take(tokens, SECOND, 100)).isEqualTo(25);
        assertThat(take(tokens, SECOND + SECOND / 10, 100)).isEqualTo(1);
        assertThat(take(tokens, 2 * SECOND + SECOND / 10, 100)).isEqualTo(10);
        assertThat(take(tokens, 100 * SECOND, 100)).as("never more than it holds").isEqualTo(25);
        assertThat(rates.take(0, tokens, Tokens.time(SECOND))).as("another slot").isTrue();
    }

    @Test
    void aRaisedRateDoesNotWaitForTheSlowOne() {
        assertThat(take(new Tokens(ConnectionRate.of(1)), SECOND, 5)).isOne();
        Tokens fast = new Tokens(ConnectionRate.of(100_000));
        assertThat(take(fast, 2 * SECOND, 5)).as("empty, as it was").isZero();
        assertThat(take(fast, 3 * SECOND, 500)).isEqualTo(100);
    }

    /// A million attempts by clocks that are not quite the same.
    @Test
    void workersTogetherTakeWhatThereIs() throws Exception {
        Tokens tokens = new Tokens(new ConnectionRate(50_000_000, 100));
        AtomicLong clock = new AtomicLong(SECOND);
        long taken = 0;
        try (ExecutorService workers = Executors.newFixedThreadPool(WORKERS)) {
            List<Future<Integer>> parts = new ArrayList<>();
            for (int worker = 0; worker < WORKERS; worker++) {
                parts.add(
                        workers.submit(() -> {
                            int mine = 0;
                            for (int attempt = 0; attempt < 125_000; attempt++) {
                                mine += take(tokens, clock.addAndGet(2000), 1);
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
