// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.stack;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.testing.Seed;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

/// The index of neighbours beside a hash map of the JDK.
class NeighbourIndexTest {
    private final RandomGenerator random = Seed.generator();
    private final NeighbourIndex index = new NeighbourIndex();
    private final Map<List<Long>, Integer> model = new HashMap<>();

    private List<Long> any() {
        return List.of(
                (long) random.nextInt(3), (long) random.nextInt(3), (long) random.nextInt(99));
    }

    private int find(List<Long> neighbour) {
        return index.find(neighbour.get(0).intValue(), neighbour.get(1), neighbour.get(2));
    }

    @Test
    void aLongRunFindsWhatAHashMapFinds() {
        List<Integer> free = new ArrayList<>();
        for (int i = 0; i < 500; i++) {
            free.add(i);
        }
        for (int step = 0; step < 100_000; step++) {
            List<Long> neighbour = any();
            Integer known = model.get(neighbour);
            assertThat(find(neighbour))
                    .as(Seed.message(step))
                    .isEqualTo(known == null ? -1 : known);
            if (known != null && random.nextBoolean()) {
                index.remove(known);
                model.remove(neighbour);
                free.add(known);
            } else if (known == null && !free.isEmpty()) {
                int entry = free.removeLast();
                index.add(entry, neighbour.get(0).intValue(), neighbour.get(1), neighbour.get(2));
                model.put(neighbour, entry);
                assertThat(index.high(entry)).isEqualTo(neighbour.get(1));
                assertThat(index.low(entry)).isEqualTo(neighbour.get(2));
            }
        }
        assertThat(model).isNotEmpty();
    }
}
