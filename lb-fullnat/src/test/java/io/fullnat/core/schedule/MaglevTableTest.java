// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.testing.Seed;
import java.util.Arrays;
import java.util.random.RandomGenerator;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// How a table is filled, beside the plainest way to say it: round by round, each server in turn.
class MaglevTableTest {
    private static final int SIZE = 257;
    private static final char FREE = 0xFFFF;

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 10, 1000, 65_535})
    void aTableIsAsIfEachServerWereAskedInEachRound(int heaviest) {
        RandomGenerator random = Seed.generator(heaviest);
        for (int table = 0; table < 200; table++) {
            int servers = 1 + random.nextInt(40);
            int[] offsets = random.ints(servers, 0, SIZE).toArray();
            int[] skips = random.ints(servers, 1, SIZE).toArray();
            int[] weights = random.ints(servers, 1, heaviest + 1).toArray();
            assertThat(MaglevTable.populate(offsets, skips, weights, SIZE))
                    .as("weights %s; %s", Arrays.toString(weights), Seed.message(table))
                    .isEqualTo(plain(offsets, skips, weights));
        }
    }

    private static char[] plain(int[] offsets, int[] skips, int[] weights) {
        char[] slots = new char[SIZE];
        Arrays.fill(slots, FREE);
        int[] places = offsets.clone();
        long[] due = Arrays.stream(weights).asLongStream().toArray();
        long largest = Arrays.stream(weights).max().orElseThrow();
        int filled = 0;
        for (long round = 1; filled < SIZE; round++) {
            for (int i = 0; i < weights.length && filled < SIZE; i++) {
                if (round * weights[i] >= due[i]) {
                    due[i] += largest;
                    while (slots[places[i]] != FREE) {
                        places[i] = (places[i] + skips[i]) % SIZE;
                    }
                    slots[places[i]] = (char) i;
                    filled++;
                }
            }
        }
        return slots;
    }
}
