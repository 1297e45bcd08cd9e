// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.fullnat.api.service.Scheduler;
import io.fullnat.api.service.ServerLoads;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// What all built-in schedulers do, whatever they choose by.
@Tag("optimized")
class SchedulerContractTest {
    private static final Schedulers ALL = new Schedulers(List.of());

    static Stream<String> names() {
        return ALL.names().stream();
    }

    /// Those that choose by weight in the long run: clients differ, and connections stay.
    static Stream<String> weighted() {
        return Stream.of("wrr", "wlc", "sed", "nq", "random", "p2c", "ll", "sh", "mh", "conhash");
    }

    static Stream<String> hashing() {
        return Stream.of("sh", "dh", "mh", "conhash");
    }

    private static Loads loads(String name, int... weights) {
        return new Loads(ALL, name, 7, weights);
    }

    /// Chooses for connections of other clients each, which stay.
    private static int[] connect(Loads loads, int count) {
        int[] chosen = new int[loads.active.length];
        for (int i = 0; i < count; i++) {
            loads.client(i);
            int server = loads.select();
            chosen[server]++;
            loads.active[server]++;
        }
        return chosen;
    }

    @Test
    void thereAreThese() {
        assertThat(ALL.names())
                .containsExactly(
                        "conhash", "dh", "fo", "lc", "ll", "mh", "nq", "ovf", "p2c", "random", "rr",
                        "sed", "sh", "wlc", "wrr");
    }

    @ParameterizedTest
    @MethodSource("names")
    void onlyUsableServersAreChosen(String name) {
        Loads loads = loads(name, 5, 0, 5, 5, 0, 5);
        loads.forbidden[2] = true;
        for (int i = 0; i < 2_000; i++) {
            loads.client(i);
            assertThat(loads.select()).isIn(0, 3, 5);
        }
        loads.forbidden[0] = true;
        loads.forbidden[3] = true;
        for (int i = 0; i < 100; i++) {
            loads.client(i);
            assertThat(loads.select()).isEqualTo(5);
        }
        loads.forbidden[5] = true;
        assertThat(loads.select()).isEqualTo(Scheduler.NONE);
        loads.forbidden[3] = false;
        assertThat(loads.select()).isEqualTo(3);
    }

    /// S08, S10: none, one, all of weight 0.
    @ParameterizedTest
    @MethodSource("names")
    void noServersAndNoWeightsMeanNone(String name) {
        assertThat(loads(name).select()).isEqualTo(Scheduler.NONE);
        assertThat(loads(name, 0).select()).isEqualTo(Scheduler.NONE);
        assertThat(loads(name, new int[200]).select()).isEqualTo(Scheduler.NONE);
        assertThat(loads(name, 3).select(4)).containsOnly(0);
        assertThat(loads(name, 0, 3, 0).select(4)).containsOnly(1);
    }

    /// S08: the smallest weight beside the largest is not rounded to nothing.
    @ParameterizedTest
    @MethodSource("weighted")
    void aWeightOf1Beside65535GetsSome(String name) {
        int[] chosen = connect(loads(name, 65_535, 1), 1_000_000);
        assertThat(chosen[1]).isBetween(1, 100);
    }

    @ParameterizedTest
    @MethodSource("weighted")
    void weightsAreRespected(String name) {
        int[] chosen = connect(loads(name, 10, 20, 30, 40), 20_000);
        for (int server = 0; server < 4; server++) {
            assertThat(chosen[server])
                    .as("%s of %s", server, Arrays.toString(chosen))
                    .isBetween(1_500 * (server + 1), 2_500 * (server + 1));
        }
    }

    /// More servers than a scheduler looks at for each connection.
    @ParameterizedTest
    @MethodSource("weighted")
    void weightsOfManyServersAreRespected(String name) {
        int[] weights = new int[100];
        Arrays.setAll(weights, i -> 1 + i % 4);
        int[] chosen = connect(loads(name, weights), 100_000);
        int[] byWeight = new int[5];
        for (int server = 0; server < chosen.length; server++) {
            assertThat(chosen[server])
                    .as("%s of %s", server, Arrays.toString(chosen))
                    .isBetween(100 * weights[server], 900 * weights[server]);
            byWeight[weights[server]] += chosen[server];
        }
        for (int weight = 1; weight <= 4; weight++) {
            assertThat(byWeight[weight]).isBetween(8_000 * weight, 12_000 * weight);
        }
    }

    /// One in slow start gets its share from those that do not hash.
    @ParameterizedTest
    @MethodSource("names")
    void aSmallShareGetsLess(String name) {
        if (hashing().anyMatch(name::equals) || name.equals("fo") || name.equals("ovf")) {
            return; // which keep clients where they are, or know one server only
        }
        Loads loads = loads(name, 10, 10, 10);
        loads.shares[1] = ServerLoads.WHOLE_SHARE / 10;
        int[] chosen = connect(loads, 2_100);
        assertThat(chosen[1]).as(Arrays.toString(chosen)).isBetween(30, 200);
    }

    @ParameterizedTest
    @MethodSource("names")
    void oneGoesOnWhereAnotherLeftOff(String name) {
        Loads before = loads(name, 500, 100, 300);
        connect(before, 4);
        Loads after = loads(name, 300, 200, 500);
        after.resume(before, 2, -1, 0);
        int[] chosen = connect(after, 100);
        assertThat(Arrays.stream(chosen).sum()).isEqualTo(100);
        if (weighted().anyMatch(name::equals)) {
            assertThat(chosen[1]).isBetween(1, 60);
        }
    }

    @ParameterizedTest
    @MethodSource("names")
    void nothingIsAllocated(String name) {
        Loads loads = loads(name, new int[200]);
        Loads some = loads(name, 1, 2, 3, 4, 5);
        some.shares[2] = 99;
        Loads many = loads(name, Arrays.copyOf(new int[] {9, 0, 9}, 100));
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long least = Long.MAX_VALUE;
        for (int round = 0; round < 20 && least > 0; round++) {
            long before = threads.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < 500; i++) {
                loads.client(i);
                loads.select();
                some.client(i);
                some.select();
                many.client(i);
                many.select();
            }
            least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
        }
        assertThat(least).isZero();
    }
}
