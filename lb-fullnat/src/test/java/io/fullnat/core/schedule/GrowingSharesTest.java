// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.service.Scheduler;
import io.fullnat.api.service.ServerLoads;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// While a server starts slowly it gets its share of its weight, and gets it evenly.
class GrowingSharesTest {
    @Test
    void roundRobinGivesEachItsShare() {
        Loads loads = new Loads("rr", 7, 9, 1, 1); // whose weights count for nothing
        loads.shares[1] = ServerLoads.WHOLE_SHARE / 8;

        assertThat(loads.shares(170)).containsExactly(80, 10, 80);
    }

    @Test
    void weightedRoundRobinGivesEachItsShareOfItsWeight() {
        Loads loads = new Loads("wrr", 7, 10, 1, 4);
        loads.shares[0] = ServerLoads.WHOLE_SHARE / 10;

        assertThat(loads.shares(60)).containsExactly(10, 10, 40);
        loads.shares[0] = ServerLoads.WHOLE_SHARE;
        assertThat(loads.shares(150)).containsExactly(100, 10, 40);
    }

    @Test
    void leastConnectionComparesByTheShare() {
        Loads loads = new Loads("wlc", 7, 2, 1);
        loads.shares[0] = ServerLoads.WHOLE_SHARE / 4;
        loads.active[0] = 10;
        loads.active[1] = 21;
        assertThat(loads.select()).isZero();
        loads.active[1] = 19;
        assertThat(loads.select()).isEqualTo(1);
    }

    @Test
    void leastConnectionCountsWithTheLargestLoadsAndWeights() {
        Loads loads = new Loads("wlc", 7, 65_535, 65_535);
        loads.shares[1] = ServerLoads.WHOLE_SHARE - 256;
        loads.active[0] = (1 << 26) - 1;
        loads.active[1] = 1 << 26;
        assertThat(loads.select()).isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"rr", "wrr", "wlc"})
    void theSmallestShareGetsSome(String scheduler) {
        Loads loads = new Loads(scheduler, 7, 1, 1);
        loads.shares[0] = ServerLoads.WHOLE_SHARE / 100;
        for (int i = 0; i < 200; i++) {
            loads.inactive[loads.select()]++;
        }
        assertThat(loads.inactive[0]).isBetween(1, 5);
    }

    @ParameterizedTest
    @ValueSource(strings = {"rr", "wrr", "wlc"})
    void oneThatIsNotUsableIsNotChosen(String scheduler) {
        Loads loads = new Loads(scheduler, 7, 1, 1);
        loads.shares[0] = 1;
        loads.forbidden[1] = true;
        assertThat(loads.select(3)).containsOnly(0);
        loads.forbidden[0] = true;
        assertThat(loads.select()).isEqualTo(Scheduler.NONE);
    }
}
