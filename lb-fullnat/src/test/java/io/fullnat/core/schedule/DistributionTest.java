// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
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
        int[] weights = new int[SERVERS];
        Arrays.setAll(weights, i -> 1 + i % 5);
        Loads loads = new Loads(new Schedulers(List.of()), name, 7, Map.of(), weights);
        Arrays.fill(loads.micros, 100);
        for (int i = 0; i < SERVERS * EACH; i++) {
            loads.client(i);
            loads.active[loads.select()]++;
        }
        double sum = weighted ? Arrays.stream(weights).sum() : SERVERS;
        double farthest = 0;
        for (int i = 0; i < SERVERS; i++) {
            double share = SERVERS * EACH * (weighted ? weights[i] : 1) / sum;
            farthest = Math.max(farthest, Math.abs(loads.active[i] / share - 1));
        }
        assertThat(farthest * 10_000).isLessThanOrEqualTo(most);
    }
}
