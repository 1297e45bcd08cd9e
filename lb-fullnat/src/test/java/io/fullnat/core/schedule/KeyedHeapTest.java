// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.schedule;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.testing.Seed;
import java.util.Comparator;
import java.util.Map;
import java.util.TreeMap;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

/// Beside a sorted map of what is in the heap.
class KeyedHeapTest {
    private static int first(Map<Integer, Double> all) {
        return all.entrySet().stream()
                .min(
                        Comparator.comparingDouble(Map.Entry<Integer, Double>::getValue)
                                .thenComparingInt(Map.Entry::getKey))
                .orElseThrow()
                .getKey();
    }

    private static double key(Map<Integer, Double> all, int number) {
        return requireNonNull(all.get(number));
    }

    @Test
    void theLeastKeyIsFirstAndOfEqualsTheLeastNumber() {
        RandomGenerator random = Seed.generator();
        for (int round = 0; round < 300; round++) {
            int numbers = 1 + random.nextInt(20);
            KeyedHeap heap = new KeyedHeap(numbers);
            Map<Integer, Double> all = new TreeMap<>();
            for (int step = 0; step < 200; step++) {
                int number = random.nextInt(numbers);
                if (!all.containsKey(number)) { // few keys, so that many are equal
                    double key = random.nextInt(5);
                    all.put(number, key);
                    heap.add(number, key);
                } else if (random.nextBoolean()) {
                    int raised = first(all);
                    double key = key(all, raised) + random.nextInt(3);
                    heap.raise(key);
                    all.put(raised, key);
                } else {
                    int taken = first(all);
                    assertThat(heap.remove()).isEqualTo(taken);
                    all.remove(taken);
                }
                assertThat(heap.isEmpty()).as(Seed.message(round)).isEqualTo(all.isEmpty());
                if (!all.isEmpty()) {
                    assertThat(heap.first()).as(Seed.message(round)).isEqualTo(first(all));
                    assertThat(heap.firstKey()).isEqualTo(key(all, first(all)));
                }
            }
        }
    }

    @Test
    void isFilledAgainAfterItWasCleared() {
        KeyedHeap heap = new KeyedHeap(3);
        heap.add(0, 1);
        heap.add(1, 0);
        heap.clear();
        assertThat(heap.isEmpty()).isTrue();
        heap.add(2, 5);
        heap.add(0, 7);
        assertThat(heap.remove()).isEqualTo(2);
        assertThat(heap.remove()).isZero();
        assertThat(heap.isEmpty()).isTrue();
    }
}
