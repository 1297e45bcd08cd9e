// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.limit;

import static io.fullnat.core.limit.ClientCounts.CLAIMED;
import static io.fullnat.core.limit.ClientCounts.LIMITED;
import static io.fullnat.core.limit.ClientCounts.NO_ROOM;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.testing.Seed;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

class ClientCountsTest {
    private static final int WORKERS = 8;

    private static long hash(long name) {
        long mixed = (name + 1) * 0x9E37_79B9_7F4A_7C15L;
        return (mixed ^ mixed >>> 29) * 0xBF58_476D_1CE4_E5B9L;
    }

    @Test
    void eachClientHasItsOwn() {
        try (ClientCounts counts = new ClientCounts(1000)) {
            for (int i = 0; i < 5; i++) {
                assertThat(counts.claim(hash(1), 5)).isEqualTo(CLAIMED);
            }
            assertThat(counts.claim(hash(1), 5)).isEqualTo(LIMITED);
            assertThat(counts.claim(hash(2), 5)).isEqualTo(CLAIMED);
            assertThat(counts.count(hash(1))).isEqualTo(5);
            assertThat(counts.count(hash(3))).isZero();
            counts.release(hash(1));
            assertThat(counts.claim(hash(1), 5)).isEqualTo(CLAIMED);
            assertThat(counts.claim(hash(1), Long.MAX_VALUE)).as("beyond it").isEqualTo(CLAIMED);
        }
    }

    @Test
    void memoryThatComesAheadOfNeedLeavesCountsAsTheyAre() {
        try (ClientCounts counts = new ClientCounts(1 << 16)) {
            long pages = counts.places() / 7 * 64 / 4096;
            counts.claim(hash(1), 5);
            long got = 0;
            for (int step = counts.getMemory(3); step > 0; step = counts.getMemory(3)) {
                assertThat(step).isLessThanOrEqualTo(3);
                counts.claim(hash(got), Long.MAX_VALUE);
                got += step;
            }
            assertThat(got).isEqualTo(pages);
            assertThat(counts.count(hash(0))).isOne();
            assertThat(counts.count(hash(3))).isOne();
        }
    }

    /// Exactly for a small table; of a large one a part is read, and speaks for the rest.
    @Test
    void itTellsHowManyClientsThereAre() {
        for (int connections : new int[] {1000, 1 << 20}) {
            try (ClientCounts counts = new ClientCounts(connections)) {
                assertThat(counts.clients()).isZero();
                int most = connections / 2;
                for (int i = 0; i < most; i++) {
                    assertThat(counts.claim(hash(i), 5)).isEqualTo(CLAIMED);
                    assertThat(counts.claim(hash(i), 5)).isEqualTo(CLAIMED);
                }
                long error = connections == 1000 ? 0 : counts.places() / 100;
                assertThat(counts.clients()).isBetween(most - error, most + error);
                for (int i = 0; i < most; i++) {
                    counts.release(hash(i));
                }
                assertThat(counts.clients()).isBetween(most - error, most + error);
                for (int i = 0; i < most; i++) {
                    counts.release(hash(i));
                }
                assertThat(counts.clients()).isZero();
            }
        }
    }

    @Test
    void aCountEndsWhereItWouldCarry() {
        int most = (1 << 24) - 1;
        try (ClientCounts counts = new ClientCounts(1000)) {
            for (int i = 0; i < most; i++) {
                counts.claim(hash(1), Long.MAX_VALUE);
            }
            assertThat(counts.claim(hash(1), Long.MAX_VALUE)).isEqualTo(LIMITED);
            assertThat(counts.count(hash(1))).isEqualTo(most);
        }
    }

    @Test
    void aFullTableTakesNoNewClientAndForgetsNone() {
        try (ClientCounts counts = new ClientCounts(1)) {
            Map<Long, Integer> known = new HashMap<>();
            int refused = 0;
            for (long name = 0; name < 1000; name++) {
                if (counts.claim(hash(name), 9) == CLAIMED) {
                    known.put(name, 1);
                } else {
                    refused++;
                }
            }
            assertThat(known).hasSizeBetween(100, (int) counts.places());
            assertThat(refused).isEqualTo(1000 - known.size());
            known.keySet()
                    .forEach(name -> {
                        assertThat(counts.claim(hash(name), 9)).isEqualTo(CLAIMED);
                        assertThat(counts.count(hash(name))).isEqualTo(2);
                        counts.release(hash(name));
                        counts.release(hash(name));
                    });
            for (long name = 2000; name < 2050; name++) {
                assertThat(counts.claim(hash(name), 9)).as("room again").isEqualTo(CLAIMED);
            }
            assertThat(counts.claim(hash(0), 9)).isNotEqualTo(LIMITED);
            assertThat(NO_ROOM).isNotEqualTo(LIMITED);
        }
    }

    @Test
    void itIsAsAMapOfCounts() {
        RandomGenerator random = Seed.generator();
        try (ClientCounts counts = new ClientCounts(256)) {
            Map<Long, Integer> model = new HashMap<>();
            for (int step = 0; step < 200_000; step++) {
                long name = random.nextInt(400);
                int there = model.getOrDefault(name, 0);
                if (random.nextInt(5) < 2 && there > 0) {
                    counts.release(hash(name));
                    model.put(name, there - 1);
                } else {
                    int answer = counts.claim(hash(name), 3);
                    if (there == 3) {
                        assertThat(answer).as(Seed.message(step)).isEqualTo(LIMITED);
                    } else if (answer == CLAIMED) {
                        model.put(name, there + 1);
                    } else {
                        assertThat(answer).as(Seed.message(step)).isEqualTo(NO_ROOM);
                        assertThat(there).as("a known client has room").isZero();
                    }
                }
                int now = model.getOrDefault(name, 0);
                assertThat(counts.count(hash(name))).as(Seed.message(step)).isEqualTo(now);
            }
        }
    }

    /// A million attempts of eight workers for few clients in a small table, whose places change
    /// hands all the time.
    @Test
    void workersTogetherNeverHaveOneTooManyAndLoseNone() throws Exception {
        int clients = 150;
        int limit = 2;
        AtomicIntegerArray held = new AtomicIntegerArray(clients);
        try (ClientCounts counts = new ClientCounts(1)) {
            try (ExecutorService workers = Executors.newFixedThreadPool(WORKERS)) {
                List<Future<Integer>> most = new ArrayList<>();
                for (int worker = 0; worker < WORKERS; worker++) {
                    long own = worker;
                    most.add(workers.submit(() -> flood(counts, held, limit, own)));
                }
                for (Future<Integer> each : most) {
                    assertThat(each.get()).as("the most at once").isBetween(0, limit);
                }
            }
            for (int client = 0; client < clients; client++) {
                assertThat(counts.count(hash(client))).isZero();
            }
        }
    }

    private static int flood(ClientCounts counts, AtomicIntegerArray held, int limit, long worker) {
        RandomGenerator random = Seed.generator(worker);
        int most = 0;
        int[] mine = new int[64];
        int count = 0;
        for (int attempt = 0; attempt < 125_000; attempt++) {
            int client = random.nextInt(held.length());
            if (count < mine.length && counts.claim(hash(client), limit) == CLAIMED) {
                most = Math.max(most, held.incrementAndGet(client));
                mine[count] = client;
                count++;
            }
            if (count > random.nextInt(mine.length)) {
                count--;
                held.decrementAndGet(mine[count]);
                counts.release(hash(mine[count]));
            }
        }
        while (count > 0) {
            count--;
            held.decrementAndGet(mine[count]);
            counts.release(hash(mine[count]));
        }
        return most;
    }
}
