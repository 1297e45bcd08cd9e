// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

/// `ll` by hand: times and waiting connections are set.
class LeastLatencyTest {
    private static int[] equal(int count) {
        int[] weights = new int[count];
        Arrays.fill(weights, 1);
        return weights;
    }

    @Test
    void theFasterOfTwoIsChosen() {
        Loads loads = new Loads("ll", 3, 1, 1);
        loads.micros[0] = 900;
        loads.micros[1] = 400;
        int[] chosen = loads.shares(1_000);
        assertThat(chosen[0]).as("drawn five times in a row").isLessThan(70);
        loads.micros[1] = 1_400;
        assertThat(loads.shares(1_000)[1]).isLessThan(70);
    }

    /// Of ten the slowest is chosen only if it is drawn again and again, the others all have some.
    @Test
    void ofManyTheSlowestGetsLeast() {
        Loads loads = new Loads("ll", 3, equal(10));
        Arrays.setAll(loads.micros, i -> 100 * (i + 1));
        int[] chosen = loads.shares(10_000);
        assertThat(chosen[9]).isLessThan(20);
        for (int i = 1; i < 9; i++) {
            assertThat(chosen[i]).isBetween(chosen[i + 1], chosen[i - 1] + 200).isPositive();
        }
    }

    /// What waits for an answer makes a fast server slow.
    @Test
    void thoseThatWaitCount() {
        Loads loads = new Loads("ll", 3, 1, 1);
        loads.micros[0] = 100;
        loads.micros[1] = 1_000;
        int[] chosen = new int[2];
        for (int i = 0; i < 110; i++) {
            int server = loads.select();
            loads.waiting[server]++;
            chosen[server]++;
        }
        assertThat(chosen[1]).isBetween(5, 20); // as 1000 · (1 + 10) and 100 · (1 + 100)
    }

    /// With more weight a server may have more that wait.
    @Test
    void thoseThatWaitCountByWeight() {
        Loads loads = new Loads("ll", 3, 1, 3);
        Arrays.fill(loads.micros, 100);
        for (int i = 0; i < 4_000; i++) {
            loads.waiting[loads.select()]++;
        }
        assertThat(loads.waiting[1]).isBetween(2_700, 3_300);
    }

    /// Of a new server one connection is to tell.
    @Test
    void anUnknownServerIsAskedOnce() {
        Loads loads = new Loads("ll", 3, 1, 1);
        loads.micros[0] = 100;
        int asked = 0;
        for (int i = 0; i < 50; i++) {
            int server = loads.select();
            loads.waiting[server]++;
            asked += server;
        }
        assertThat(asked).as("but for draws of it alone").isBetween(1, 6);
        loads.waiting[1] = 0;
        loads.micros[1] = 50;
        Arrays.fill(loads.waiting, 0);
        assertThat(loads.shares(100)[1]).isGreaterThan(85);
    }

    /// While nothing is known of anybody, those that wait decide: as with a service of UDP that is
    /// never answered.
    @Test
    void withoutAnyMeasurementServersAreEven() {
        Loads loads = new Loads("ll", 3, 1, 2, 1);
        for (int i = 0; i < 4_000; i++) {
            loads.waiting[loads.select()]++;
        }
        assertThat(loads.waiting[0]).isBetween(900, 1_100);
        assertThat(loads.waiting[1]).isBetween(1_900, 2_100);
    }
}
