// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.set;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Counts of rules, each worker's beside those of other rules.
class UseCountTest {
    private static final int WORKERS = 3;
    private static final int RULES = 200;
    private static final int ROUNDS = 10_000;

    /// Three workers count at once for more rules than stand in one block: none takes another's.
    @Test
    void eachRuleHasTheSumOfItsWorkers() throws InterruptedException {
        UseCount.Source source = new UseCount.Source(WORKERS);
        List<UseCount> counts = new ArrayList<>();
        for (int rule = 0; rule < RULES; rule++) {
            counts.add(source.next());
        }
        List<Thread> workers = new ArrayList<>();
        for (int worker = 0; worker < WORKERS; worker++) {
            int self = worker;
            workers.add(
                    Thread.ofPlatform()
                            .start(() -> {
                                for (int round = 0; round < ROUNDS; round++) {
                                    counts.get(0).add(self);
                                    counts.get(1 + round % (RULES - 1)).add(self);
                                }
                            }));
        }
        for (Thread worker : workers) {
            worker.join();
        }

        assertThat(counts.getFirst().sum()).isEqualTo((long) WORKERS * ROUNDS);
        long others = counts.stream().skip(1).mapToLong(UseCount::sum).sum();
        assertThat(others).isEqualTo((long) WORKERS * ROUNDS);
        assertThat(counts.getLast().sum()).isEqualTo(WORKERS * (long) (ROUNDS / (RULES - 1)));
    }
}
