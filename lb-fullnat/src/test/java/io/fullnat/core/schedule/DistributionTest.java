// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.service.Scheduler;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// How evenly each scheduler spreads, as docs/schedulers.md says: 128 servers of weights 1 to 5, a
/// thousand connections for each of other clients each, which stay.
class DistributionTest {
    private static final int SERVERS = 128;
    private static final int EACH = 1_000;

    /// @param name of the scheduler
    /// @param weighted whether weights count
    /// @param most hundredths of a percent by which the server that is farthest off is off its
    ///   share
    @ParameterizedTest
    @CsvSource({
        "rr, false, 0",
        "wrr, true, 29",
        "lc, false, 0",
        "wlc, true, 32",
        "sed, true, 29",
        "nq, true, 29",
        "random, true, 895",
        "p2c, true, 89",
        "ll, true, 1639",
        "sh, true, 1431",
        "mh, true, 1431",
        "conhash, true, 1815"
    })
    void eachServerGetsItsShare(String name, boolean weighted, int most) {
        int[] weights = weights(1);
        Loads loads = loads(name, weights);
        Arrays.fill(loads.micros, 100);
        for (int i = 0; i < SERVERS * EACH; i++) {
            loads.client(i);
            loads.active[loads.select()]++;
        }
        assertThat(farthest(loads, weighted ? weights : equal())).isLessThanOrEqualTo(most);
    }

    /// `dh` has one server for all clients of an address; addresses are spread as clients are by
    /// `mh`.
    @Test
    void dhSpreadsDestinations() {
        int[] weights = weights(1);
        Loads loads = loads("dh", weights);
        for (int i = 0; i < SERVERS * EACH; i++) {
            loads.client(i);
            loads.active[loads.select()]++;
        }
        assertThat(Arrays.stream(loads.active).max()).hasValue(SERVERS * EACH);
        Arrays.fill(loads.active, 0);
        for (int i = 0; i < SERVERS * EACH; i++) {
            loads.destination(i * 0x9E37_79B9L);
            loads.active[loads.select()]++;
        }
        assertThat(farthest(loads, weights)).isLessThanOrEqualTo(1817);
    }

    /// `fo` has all on the first of the heaviest; when that goes, on the next, and again on it when
    /// it is back.
    @Test
    void foHasAllOnTheHeaviest() {
        Loads loads = loads("fo", weights(1));
        for (int i = 0; i < SERVERS * EACH; i++) {
            loads.client(i);
            loads.active[loads.select()]++;
        }
        assertThat(loads.active[4]).as("the first of weight 5").isEqualTo(SERVERS * EACH);
        loads.forbidden[4] = true;
        assertThat(loads.shares(EACH)[9]).as("the next").isEqualTo(EACH);
        loads.forbidden[4] = false;
        assertThat(loads.shares(EACH)[4]).isEqualTo(EACH);
    }

    /// `ovf` fills the heaviest servers one after the other, each exactly; those that stay keep
    /// theirs when one goes.
    @Test
    void ovfFillsTheHeaviest() {
        int[] weights = weights(EACH);
        Loads loads = loads("ovf", weights);
        for (int i = 0; i < SERVERS * EACH; i++) {
            loads.client(i);
            loads.active[loads.select()]++;
        }
        int full = 0;
        for (int i = 0; i < SERVERS; i++) {
            boolean filled = weights[i] == 5 * EACH; // 25 such, and the rest on the first of 4
            full += filled ? 1 : 0;
            int rest = i == 3 ? SERVERS * EACH - 25 * 5 * EACH : 0;
            assertThat(loads.active[i]).as("of server %d", i).isEqualTo(filled ? weights[i] : rest);
        }
        assertThat(full).isEqualTo(25);
        loads.active[9]--;
        assertThat(loads.select()).as("the one with room again").isEqualTo(9);
        loads.forbidden[9] = true;
        assertThat(loads.select()).as("the next with room").isEqualTo(3);
        loads.active[3] = weights[3];
        assertThat(loads.select()).as("the next of as much").isEqualTo(8);
        System.arraycopy(weights, 0, loads.active, 0, SERVERS);
        assertThat(loads.select()).as("all are full").isEqualTo(Scheduler.NONE);
    }

    private static Loads loads(String name, int[] weights) {
        return new Loads(new Schedulers(List.of()), name, 7, Map.of(), weights);
    }

    private static int[] weights(int unit) {
        int[] weights = new int[SERVERS];
        Arrays.setAll(weights, i -> unit * (1 + i % 5));
        return weights;
    }

    private static int[] equal() {
        int[] weights = new int[SERVERS];
        Arrays.fill(weights, 1);
        return weights;
    }

    /// By how many hundredths of a percent the server that is farthest off is off its share.
    private static double farthest(Loads loads, int[] weights) {
        double sum = Arrays.stream(weights).sum();
        double farthest = 0;
        for (int i = 0; i < SERVERS; i++) {
            double share = SERVERS * EACH * weights[i] / sum;
            farthest = Math.max(farthest, Math.abs(loads.active[i] / share - 1));
        }
        return farthest * 10_000;
    }
}
