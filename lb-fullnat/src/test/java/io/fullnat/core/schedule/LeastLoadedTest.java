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
import org.junit.jupiter.params.provider.ValueSource;

/// `lc`, `sed`, `nq`, `fo`, `ovf` by hand, and all that begin alike on many workers.
class LeastLoadedTest {
    private static final Schedulers ALL = new Schedulers(List.of());

    private static Loads loads(String name, int... weights) {
        return new Loads(ALL, name, 0, weights);
    }

    @Test
    void leastConnectionKnowsNoWeights() {
        Loads loads = loads("lc", 1, 100);
        loads.active[0] = 3;
        loads.active[1] = 4;
        assertThat(loads.select()).isZero();
        loads.active[0] = 5;
        assertThat(loads.select()).isEqualTo(1);
    }

    @Test
    void shortestExpectedDelayCountsTheOneToCome() {
        Loads loads = loads("sed", 1, 3);
        loads.active[0] = 0; // 1 / 1 against 3 / 3 and then 4 / 3
        loads.active[1] = 1; // 2 / 3
        assertThat(loads.select()).isEqualTo(1);
        loads.active[1] = 3;
        assertThat(loads.select()).isZero();
    }

    @Test
    void neverQueueTakesAnIdleServerFirst() {
        Loads loads = loads("nq", 1, 1000);
        loads.active[1] = 1;
        assertThat(loads.select()).isZero();
        loads.active[0] = 1;
        assertThat(loads.select()).isEqualTo(1);
    }

    @Test
    void neverQueueGoesByWeightsWhenNobodyIsIdle() {
        Loads loads = loads("nq", 1000, 2000);
        for (int i = 0; i < 300; i++) {
            loads.active[loads.select()]++;
        }
        assertThat(loads.active).containsExactly(100, 200);
    }

    @Test
    void failOverTakesTheHighestWeightThatIsUsable() {
        Loads loads = loads("fo", 1, 9, 5, 9);
        assertThat(loads.select(3)).containsOnly(1);
        loads.forbidden[1] = true;
        assertThat(loads.select()).isEqualTo(3);
        loads.forbidden[3] = true;
        assertThat(loads.select()).isEqualTo(2);
        loads.forbidden[1] = false;
        assertThat(loads.select()).isEqualTo(1);
    }

    @Test
    void overflowFillsOneAfterTheOther() {
        Loads loads = loads("ovf", 2, 4, 3);
        List<Integer> chosen = new ArrayList<>();
        for (int i = 0; i < 9; i++) {
            int server = loads.select();
            loads.inactive[server]++;
            chosen.add(server);
        }
        assertThat(chosen).containsExactly(1, 1, 1, 1, 2, 2, 2, 0, 0);
        assertThat(loads.select()).isEqualTo(Scheduler.NONE);
    }

    /// S07: sixteen workers, sixteen servers, one connection each; counts are those of all workers.
    @ParameterizedTest
    @ValueSource(strings = {"rr", "wrr", "lc", "wlc", "sed", "nq"})
    void s07WorkersDoNotAllBeginWithTheFirst(String name) {
        List<RealServer> servers = new ArrayList<>();
        for (int i = 0; i < 16; i++) {
            servers.add(RealServer.of("10.0.1." + (1 + i), 80));
        }
        int[] weights = new int[16];
        Arrays.fill(weights, 1);
        int[] active = new int[16];
        for (int worker = 0; worker < 16; worker++) {
            Loads loads =
                    new Loads(
                            weights,
                            ALL.get(name)
                                    .create(
                                            servers,
                                            new SchedulerContext(
                                                    worker,
                                                    16,
                                                    1_000 + worker,
                                                    ServiceKey.tcp("192.0.2.80", 80),
                                                    Map.of())));
            System.arraycopy(active, 0, loads.active, 0, 16);
            active[loads.select()]++;
        }
        assertThat(Arrays.stream(active).max().orElseThrow()).isLessThanOrEqualTo(2);
    }

    /// S06: rebuilt each 500 connections, a round goes on.
    @Test
    void s06WeightedRoundRobinKeepsItsPlace() {
        int[] weights = new int[1_100];
        Arrays.fill(weights, 0, 1_000, 128);
        Arrays.fill(weights, 1_000, 1_100, 10);
        int[] origins = new int[1_100];
        Arrays.setAll(origins, i -> i);
        Loads loads = loads("wrr", weights);
        int[] chosen = new int[1_100];
        for (int i = 0; i < 129_000; i++) {
            if (i % 500 == 499) {
                Loads next = loads("wrr", weights);
                next.resume(loads, origins);
                loads = next;
            }
            chosen[loads.select()]++;
        }
        assertThat(Arrays.copyOf(chosen, 1_000)).containsOnly(128);
        assertThat(Arrays.copyOfRange(chosen, 1_000, 1_100)).containsOnly(10);
    }

    /// With many servers a change is seen when the server's turn comes.
    @ParameterizedTest
    @ValueSource(strings = {"lc", "wlc", "sed", "nq"})
    void oneOfManyThatBecomesIdleIsFound(String name) {
        int[] weights = new int[1_000];
        Arrays.fill(weights, 5);
        Loads loads = loads(name, weights);
        Arrays.fill(loads.active, 100);
        loads.select(10);
        loads.active[777] = 0;
        assertThat(loads.select(250)).contains(777);
        loads.forbidden[777] = true;
        assertThat(loads.select(300)).doesNotContain(777);
        Arrays.fill(loads.forbidden, true);
        assertThat(loads.select()).isEqualTo(Scheduler.NONE);
        loads.forbidden[4] = false;
        assertThat(loads.select(3)).containsOnly(4);
    }

    /// Neither the first connection nor the one behind an edit reads the counts of all.
    @ParameterizedTest
    @ValueSource(strings = {"lc", "wlc", "sed", "nq"})
    void readsOfOneConnectionAreBounded(String name) {
        int[] weights = new int[10_000];
        Arrays.fill(weights, 5);
        Loads loads = loads(name, weights);
        Arrays.fill(loads.active, 100);
        int[] origins = new int[10_000];
        Arrays.setAll(origins, i -> i);
        for (int edit = 0; edit < 3; edit++) {
            for (int i = 0; i < 2_000; i++) {
                loads.reads = 0;
                assertThat(loads.select()).isNotNegative();
                assertThat(loads.reads).isLessThanOrEqualTo(3 * (8 + 4));
            }
            Loads next = loads(name, weights);
            next.resume(loads, origins);
            System.arraycopy(loads.active, 0, next.active, 0, 10_000);
            loads = next;
        }
        Arrays.fill(loads.forbidden, true);
        loads.reads = 0;
        assertThat(loads.select()).isEqualTo(Scheduler.NONE);
        Arrays.fill(loads.forbidden, false);
        assertThat(loads.select()).isNotNegative();
        assertThat(loads.reads).as("of all that come back").isLessThanOrEqualTo(3 * (8 + 4));
    }

    /// What was known before an edit is known behind it.
    @ParameterizedTest
    @ValueSource(strings = {"lc", "wlc", "sed", "nq"})
    void theLeastBusyOfManyIsKnownBehindAnEdit(String name) {
        int[] weights = new int[1_000];
        Arrays.fill(weights, 5);
        Loads before = loads(name, weights);
        Arrays.fill(before.active, 100);
        before.select(300); // reads all
        before.active[600] = 50;
        before.select(250);
        Loads after = loads(name, Arrays.copyOf(weights, 999));
        System.arraycopy(before.active, 1, after.active, 0, 999);
        int[] origins = new int[999];
        Arrays.setAll(origins, i -> i + 1);
        after.resume(before, origins);
        assertThat(after.select()).isEqualTo(599);
    }
}
