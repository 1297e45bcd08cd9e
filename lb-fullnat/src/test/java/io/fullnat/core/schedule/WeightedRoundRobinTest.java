// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.Scheduler;
import io.fullnat.api.service.SchedulerContext;
import io.fullnat.api.service.ServiceKey;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Turn by turn: where a round begins, who leaves it, and how soon who is usable again comes back.
class WeightedRoundRobinTest {
    private static Loads loads(long seed, int... weights) {
        List<RealServer> servers = new ArrayList<>();
        for (int i = 0; i < weights.length; i++) {
            servers.add(RealServer.of("10.0.1.1", 1 + i).withWeight(weights[i]));
        }
        SchedulerContext context =
                new SchedulerContext(0, 1, seed, ServiceKey.tcp("192.0.2.80", 80), Map.of());
        return new Loads(weights, new WeightedRoundRobin(servers, context));
    }

    /// The turns of one round, whichever sign the seed has.
    @ParameterizedTest
    @CsvSource({"0, abac", "1, baca", "3, caba", "4, abac", "5, baca", "-1, caba", "-4, abac"})
    void theSeedSaysWhereTheRoundBegins(long seed, String expected) {
        assertThat(text(loads(seed, 4, 2, 2), 4)).isEqualTo(expected);
    }

    private static String text(Loads loads, int count) {
        StringBuilder text = new StringBuilder();
        for (int server : loads.select(count)) {
            text.append(server == Scheduler.NONE ? '-' : (char) ('a' + server));
        }
        return text.toString();
    }

    @Test
    void withoutAWeightThereIsNobody() {
        assertThat(text(loads(3), 2)).isEqualTo("--");
        assertThat(text(loads(3, 0, 0), 2)).isEqualTo("--");
    }

    @Test
    void whoCannotBeUsedLeavesAndComesBackAtOnce() {
        Loads loads = loads(0, 1, 1, 1);
        loads.forbidden[1] = true;
        assertThat(text(loads, 6)).isEqualTo("acacac");
        loads.forbidden[1] = false;
        assertThat(text(loads, 9)).containsPattern("^.?.?b").hasSize(9);
        int[] shares = loads.shares(300);
        assertThat(shares).containsExactly(100, 100, 100);
    }

    @Test
    void whenAllHaveLeftTheFirstThatComesBackIsFoundAtOnce() {
        int[] weights = new int[50];
        Arrays.fill(weights, 1);
        Loads loads = loads(0, weights);
        Arrays.fill(loads.forbidden, true);
        assertThat(loads.select()).isEqualTo(Scheduler.NONE);
        loads.forbidden[37] = false;
        assertThat(loads.select()).isEqualTo(37);
        assertThat(loads.select()).isEqualTo(37);
    }

    /// Eight of those outside the round, and the one whose turn it is.
    @Test
    void fewAreLookedAtForEachConnection() {
        int[] weights = new int[100];
        Arrays.fill(weights, 1);
        Loads loads = loads(0, weights);
        for (int i = 1; i < 100; i++) {
            loads.forbidden[i] = true;
        }
        loads.select(2);
        loads.looks = 0;
        assertThat(loads.select()).isZero();
        assertThat(loads.looks).isEqualTo(9);
        loads.forbidden[99] = false;
        assertThat(loads.select(14)).as("all have been looked at").contains(99);
    }

    @Test
    void growingSharesGoByTheShare() {
        Loads loads = loads(0, 1, 1);
        loads.shares[1] = Loads.WHOLE_SHARE / 4;
        int[] shares = loads.shares(100);
        assertThat(shares[1]).isBetween(19, 21);
        loads.shares[1] = Loads.WHOLE_SHARE;
        assertThat(loads.shares(100)).containsExactly(50, 50);
    }

    @Test
    void theRoundGoesOnAfterAnEdit() {
        Loads before = loads(0, 1, 1, 1);
        assertThat(text(before, 2)).isEqualTo("ab");
        Loads after = loads(7, 1, 1, 1);
        after.resume(before, 0, 1, 2);
        assertThat(text(after, 4)).isEqualTo("cabc");
    }
}
