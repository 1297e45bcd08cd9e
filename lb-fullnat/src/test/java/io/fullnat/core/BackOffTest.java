// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/// When an idle thread takes longer pauses, and when short ones again.
class BackOffTest {
    private final BackOff backOff = new BackOff(1, 2);

    @Test
    void restsAfterManyIdleCycles() {
        idle(BackOff.RESTS_AFTER - 1);

        assertThat(backOff.isResting()).isFalse();

        idle(1);

        assertThat(backOff.isResting()).isTrue();
    }

    @Test
    void workEndsTheRest() {
        idle(BackOff.RESTS_AFTER);

        backOff.idle(1);

        assertThat(backOff.isResting()).isFalse();
        idle(BackOff.RESTS_AFTER - 1);
        assertThat(backOff.isResting()).isFalse();
    }

    @Test
    void restsForLongerThanAnyPause() {
        BackOff slow = new BackOff(1, 4_000);
        for (int cycle = 0; cycle < BackOff.RESTS_AFTER; cycle++) {
            slow.idle(0);
        }

        long start = System.nanoTime();
        for (int rest = 0; rest < 5; rest++) {
            slow.idle(0);
        }

        // One of five may end early: a pause may end for no reason.
        assertThat(System.nanoTime() - start)
                .isGreaterThanOrEqualTo(TimeUnit.MILLISECONDS.toNanos(16));
    }

    private void idle(int cycles) {
        for (int cycle = 0; cycle < cycles; cycle++) {
            backOff.idle(0);
        }
    }
}
