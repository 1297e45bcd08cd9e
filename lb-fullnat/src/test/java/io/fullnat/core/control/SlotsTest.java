// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.control;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Which names keep their slots when nothing refers to them.
class SlotsTest {
    private final List<String> freed = new ArrayList<>();

    private void reclaim(Slots<String> slots, int... busy) {
        freed.clear();
        slots.reclaim(
                slot -> Arrays.stream(busy).noneMatch(number -> number == slot),
                (name, slot) -> freed.add(name + slot));
    }

    private static Slots<String> slots(int kept, int names) {
        Slots<String> slots = new Slots<>("thing", 10, kept);
        for (int i = 0; i < names; i++) {
            slots.acquire("n" + i);
        }
        for (int i = 0; i < names; i++) {
            slots.release("n" + i);
        }
        return slots;
    }

    @Test
    void ordinarilyAllThatAreIdleAreFreed() {
        Slots<String> slots = slots(0, 4);

        reclaim(slots, 2);

        assertThat(freed).containsExactly("n00", "n11", "n33");
        assertThat(slots.mayReclaim()).isTrue();
        assertThat(slots.find("n2")).isEqualTo(2);
        assertThat(slots.acquire("m")).isZero();
    }

    @Test
    void thoseThatWereLeftLastKeepTheirs() {
        Slots<String> slots = slots(2, 5);

        reclaim(slots, 1);

        assertThat(freed).containsExactly("n00", "n22", "n33");
        assertThat(slots.find("n1")).isEqualTo(1);
        assertThat(slots.find("n4")).isEqualTo(4);
        assertThat(slots.mayReclaim()).isFalse();
        assertThat(slots.acquire("n4")).as("comes back").isEqualTo(4);
    }
}
