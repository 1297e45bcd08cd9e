// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.limit;

import static io.fullnat.core.limit.ClientRates.NONE;
import static io.fullnat.core.limit.ClientRates.TAKEN;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.service.ConnectionRate;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ClientRatesTest {
    private static final int WORKERS = 8;
    private static final long SECOND = 1_000_000_000L;
    private static final Tokens TEN = new Tokens(new ConnectionRate(10_000, 5));

    private final ClientRates rates = new ClientRates(16);

    @AfterEach
    void close() {
        rates.close();
    }

    private static long hash(long name) {
        long mixed = (name + 1) * 0x9E37_79B9_7F4A_7C15L;
        return (mixed ^ mixed >>> 29) * 0xBF58_476D_1CE4_E5B9L;
    }

    private int take(long name, long nowNs, int times) {
        int taken = 0;
        for (int i = 0; i < times; i++) {
            taken += rates.take(hash(name), TEN, Tokens.time(nowNs)) == TAKEN ? 1 : 0;
        }
        return taken;
    }

    @Test
    void eachNetworkHasItsOwn() {
        assertThat(take(1, SECOND, 20)).isEqualTo(5);
        assertThat(rates.take(hash(1), TEN, Tokens.time(SECOND))).isEqualTo(NONE);
        assertThat(take(2, SECOND, 20)).isEqualTo(5);
        assertThat(take(1, 2 * SECOND, 20)).as("no more than it holds").isEqualTo(5);
        assertThat(take(1, 2 * SECOND + SECOND / 10, 20)).isEqualTo(1);
    }

    @Test
    void itTellsHowManyNetworksHaveTakenTokens() {
        assertThat(rates.capacity()).isEqualTo(16 * 7);
        assertThat(rates.networks(Tokens.time(SECOND))).isZero();
        take(1, SECOND, 5);
        take(2, SECOND, 1);
        assertThat(rates.networks(Tokens.time(SECOND))).isEqualTo(2);
        assertThat(rates.networks(Tokens.time(SECOND + SECOND / 5))).isOne();
        assertThat(rates.networks(Tokens.time(2 * SECOND))).isZero();
        for (int i = 0; i < 10_000; i++) {
            take(i, 3 * SECOND, 1);
        }
        assertThat(rates.networks(Tokens.time(3 * SECOND))).isEqualTo(rates.capacity());
    }

    /// What many sources can do: those that are quiet are forgotten, one that floods is not.
    @Test
    void manySourcesDoNotMakeItForgetOneThatFloods() {
        int taken = 0;
        int quiet = 0;
        for (int step = 0; step < 10_000; step++) {
            long now = SECOND + step * (SECOND / 1000); // ten seconds
            taken += take(1, now, 2);
            quiet += take(1000 + step, now, 1);
        }
        assertThat(quiet).as("a network that comes once is never refused").isEqualTo(10_000);
        assertThat(taken).isBetween(100, 110);
    }

    @Test
    void aRaisedRateDoesNotWaitForTheSlowOne() {
        Tokens slow = new Tokens(ConnectionRate.of(1));
        assertThat(rates.take(hash(1), slow, Tokens.time(SECOND))).isEqualTo(TAKEN);
        assertThat(take(1, 2 * SECOND, 5)).isZero();
        assertThat(take(1, 3 * SECOND, 20)).isEqualTo(5);
    }

    @Test
    void workersTogetherTakeWhatThereIs() throws Exception {
        try (ExecutorService workers = Executors.newFixedThreadPool(WORKERS)) {
            List<Future<Integer>> parts = new ArrayList<>();
            for (int worker = 0; worker < WORKERS; worker++) {
                parts.add(
                        workers.submit(() -> {
                            int mine = 0;
                            for (int attempt = 0; attempt < 20_000; attempt++) {
                                mine += take(attempt % 3, SECOND, 1);
                            }
                            return mine;
                        }));
            }
            int taken = 0;
            for (Future<Integer> part : parts) {
                taken += part.get();
            }
            assertThat(taken).as("three networks, five each").isEqualTo(15);
        }
    }
}
