// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.service.ConnectionRequest;
import io.fullnat.api.service.Scheduler;
import io.fullnat.api.service.ServerLoads;
import io.fullnat.testing.Seed;
import java.util.Arrays;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Who is the least busy of what is known, who wins when all are alike, and how much is read.
class SampledLoadsTest {
    /// So that loads can be set by hand; it is never asked to choose.
    private static final Scheduler NOBODY =
            new Scheduler() {
                @Override
                public int select(ConnectionRequest request, ServerLoads loads) {
                    return NONE;
                }
            };

    private static int[] ones(int count) {
        int[] weights = new int[count];
        Arrays.fill(weights, 1);
        return weights;
    }

    private static Loads loads(int... weights) {
        return new Loads(weights, NOBODY);
    }

    private static SampledLoads sampled(int[] weights, int start) {
        return new SampledLoads(LoadMeasure.CONNECTIONS_BY_WEIGHT, weights, 1, start);
    }

    @ParameterizedTest
    @CsvSource({"1, 0", "2, 0", "2, 1", "3, 2", "4, 3", "5, 0", "5, 4", "7, 3", "8, 0", "9, 8"})
    void theOneToStartWithWinsWhileAllCostTheSameAndThenThoseBehindIt(int count, int start) {
        int[] weights = ones(count);
        SampledLoads sampled = sampled(weights, start);
        for (int server = 0; server < count; server++) {
            Loads loads = loads(weights);
            assertThat(sampled(weights, start).select(loads)).isEqualTo(start);
        }
        Loads loads = loads(weights);
        for (int i = 0; i < 2 * count; i++) {
            int server = sampled.select(loads);
            assertThat(server).as("choice %d", i).isEqualTo((start + i) % count);
            loads.active[server]++;
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 8, 9, 31, 32, 33})
    void theLeastBusyIsFoundWhereverItStands(int count) {
        int[] weights = ones(count);
        for (int idle = 0; idle < count; idle++) {
            Loads loads = loads(weights);
            Arrays.fill(loads.active, 10);
            loads.active[idle] = 9;
            SampledLoads sampled = sampled(weights, idle / 2);
            int last = Scheduler.NONE;
            for (int i = 0; i < 2 * count; i++) {
                last = sampled.select(loads);
            }
            assertThat(last).as("of %d", count).isEqualTo(idle);
        }
    }

    @Test
    void nobodyIsChosenWhoCannotBeUsed() {
        int[] weights = {1, 0, 1, 1};
        SampledLoads sampled = sampled(weights, 0);
        Loads loads = loads(weights);
        loads.forbidden[0] = true;
        assertThat(sampled.select(loads)).isEqualTo(2);
        loads.forbidden[2] = true;
        loads.forbidden[3] = true;
        assertThat(sampled.select(loads)).isEqualTo(Scheduler.NONE);
        loads.forbidden[3] = false;
        assertThat(sampled.select(loads)).as("found at once again").isEqualTo(3);
        assertThat(sampled(new int[0], 0).select(loads())).isEqualTo(Scheduler.NONE);
    }

    @Test
    void oneThatBecomesUsableIsFoundAtOnceThoughItsTurnIsFar() {
        int[] weights = ones(64);
        SampledLoads sampled = new SampledLoads(LoadMeasure.CONNECTIONS, weights, 8, 0);
        Loads loads = loads(weights);
        Arrays.fill(loads.forbidden, true);
        assertThat(sampled.select(loads)).isEqualTo(Scheduler.NONE);
        loads.forbidden[50] = false;
        assertThat(sampled.select(loads)).isEqualTo(50);
    }

    /// What it chose counts by its weight, before anybody has read it.
    @Test
    void whatItChoseCountsAtOnce() {
        int[] weights = ones(64);
        SampledLoads sampled = new SampledLoads(LoadMeasure.CONNECTIONS, weights, 8, 0);
        Loads loads = loads(weights);
        boolean[] chosen = new boolean[64];
        for (int i = 0; i < 8; i++) {
            int server = sampled.select(loads);
            assertThat(chosen[server]).as("%d again", server).isFalse();
            chosen[server] = true;
        }
    }

    @Test
    void aServerThatProvesBusierGivesWay() {
        int[] weights = ones(8);
        SampledLoads sampled = sampled(weights, 0);
        Loads loads = loads(weights);
        assertThat(sampled.select(loads)).isZero();
        Arrays.fill(loads.active, 50);
        loads.active[7] = 1;
        loads.active[6] = 2;
        for (int i = 0; i < 8; i++) {
            sampled.select(loads);
        }
        assertThat(sampled.select(loads)).isEqualTo(7);
    }

    /// A few in turn, and four that are about to be chosen; two counts of each.
    @ParameterizedTest
    @CsvSource({"1, 4", "2, 4", "3, 2", "4, 2", "5, 1", "8, 1", "64, 1"})
    void readsOfOneConnectionAreBounded(int workers, int inTurn) {
        int[] weights = ones(1000);
        SampledLoads sampled =
                new SampledLoads(LoadMeasure.CONNECTIONS_BY_WEIGHT, weights, workers, 500);
        Loads loads = loads(weights);
        Arrays.fill(loads.active, 100);
        int most = 0;
        for (int i = 0; i < 2000; i++) {
            loads.reads = 0;
            assertThat(sampled.select(loads)).isNotEqualTo(Scheduler.NONE);
            most = Math.max(most, loads.reads);
        }
        assertThat(most).isEqualTo(2 * (inTurn + 4));
    }

    @Test
    void whoIsUsableIsLookedUpOnceForAll() {
        int[] weights = ones(1000);
        SampledLoads sampled = sampled(weights, 0);
        Loads loads = loads(weights);
        sampled.select(loads);
        loads.looks = 0;
        sampled.select(loads);
        assertThat(loads.looks).isLessThanOrEqualTo(4 + 4);
    }

    @Test
    void countsThatAllKnowAreComparedExactly() {
        RandomGenerator random = Seed.generator();
        for (int round = 0; round < 200; round++) {
            int count = 1 + random.nextInt(20);
            int[] weights = random.ints(count, 1, 5).toArray();
            Loads loads = loads(weights);
            Arrays.setAll(loads.active, i -> random.nextInt(50));
            SampledLoads sampled = sampled(weights, random.nextInt(count));
            for (int i = 0; i < count; i++) {
                sampled.select(loads);
            }
            int server = sampled.select(loads);
            double cost = (double) loads.active[server] / weights[server];
            for (int other = 0; other < count; other++) {
                assertThat(cost)
                        .as(Seed.message(round))
                        .isLessThanOrEqualTo(
                                (double) loads.active[other] / weights[other] + 1.0 / 16);
            }
        }
    }

    @Test
    void whatIsKnownGoesOverWithServersThatKeepTheirWeight() {
        int[] weights = {1, 1, 1, 2};
        SampledLoads before = sampled(weights, 0);
        Loads loads = loads(weights);
        loads.active[0] = 3;
        loads.active[1] = 2;
        loads.active[2] = 5;
        loads.active[3] = 100;
        for (int i = 0; i < 4; i++) {
            before.select(loads);
        }
        int[] others = {1, 1, 1, 1};
        SampledLoads after = new SampledLoads(LoadMeasure.CONNECTIONS_BY_WEIGHT, others, 8, 0);
        after.resume(before, new int[] {2, 0, -1, 1});
        Loads now = loads(others);
        now.active[0] = 5;
        now.active[1] = 3;
        now.active[2] = 4;
        now.active[3] = 2;
        now.reads = 0;
        assertThat(after.select(now))
                .as("the new one counts as idle, then it is read")
                .isEqualTo(3);
    }

    @Test
    void oneThatIsNeverAskedKeepsNothing() {
        int[] weights = ones(100);
        SampledLoads unasked = new SampledLoads(LoadMeasure.CONNECTIONS, weights, 0, 0);
        SampledLoads asked = sampled(weights, 0);
        asked.resume(unasked, new int[100]);
        unasked.resume(asked, new int[100]);
        assertThat(asked.select(loads(weights))).isZero();
    }

    /// Loads that are read together.
    private record Together(Loads loads) implements CountedLoads {
        @Override
        public long counts(int server) {
            return loads.isUsable(server)
                    ? (long) loads.active[server] << 32 | loads.inactive[server]
                    : -1;
        }

        @Override
        public boolean isUsable(int server) {
            return loads.isUsable(server);
        }

        @Override
        public int share(int server) {
            return loads.share(server);
        }

        @Override
        public boolean sharesDiffer() {
            return loads.sharesDiffer();
        }

        @Override
        public int activeConnections(int server) {
            throw new AssertionError("read together");
        }

        @Override
        public int inactiveConnections(int server) {
            throw new AssertionError("read together");
        }
    }

    /// Whatever happens to servers, loads that are read together lead to the same choices.
    @ParameterizedTest
    @EnumSource
    void countsThatAreReadTogetherChooseTheSame(LoadMeasure measure) {
        RandomGenerator random = Seed.generator();
        int[] weights = random.ints(40, 0, 5).toArray();
        Loads loads = loads(weights);
        SampledLoads singly = new SampledLoads(measure, weights, 2, 7);
        SampledLoads together = new SampledLoads(measure, weights, 2, 7);
        for (int i = 0; i < 5000; i++) {
            int server = random.nextInt(weights.length);
            switch (random.nextInt(12)) {
                case 0 -> loads.forbidden[server] ^= true;
                case 1 -> loads.shares[server] = 1 + random.nextInt(ServerLoads.WHOLE_SHARE);
                case 2 -> Arrays.fill(loads.shares, ServerLoads.WHOLE_SHARE);
                case 3 -> loads.active[server] = random.nextInt(5);
                default -> {}
            }
            int chosen = singly.select(loads);
            assertThat(together.select(new Together(loads))).as(Seed.message(i)).isEqualTo(chosen);
            if (chosen != Scheduler.NONE) {
                loads.inactive[chosen]++;
            }
        }
    }

    /// A server is down when others take over what is known, and comes back with the connections
    /// that it had: though its counts are no news, it is not down any more.
    @Test
    void whoWasDownWhenOthersTookOverIsFoundAgain() {
        int[] weights = ones(64);
        SampledLoads before = new SampledLoads(LoadMeasure.CONNECTIONS, weights, 8, 0);
        Loads loads = loads(weights);
        Arrays.fill(loads.active, 50);
        loads.active[40] = 3;
        for (int i = 0; i < 128; i++) {
            loads.inactive[before.select(loads)]++;
        }
        SampledLoads after = new SampledLoads(LoadMeasure.CONNECTIONS, weights, 8, 0);
        after.resume(before, IntStream.range(0, 64).toArray());
        loads.forbidden[40] = true;
        assertThat(after.select(loads)).isNotEqualTo(40);
        loads.forbidden[40] = false;
        for (int i = 0; i < 64; i++) {
            after.select(loads);
        }
        assertThat(after.select(loads)).isEqualTo(40);
    }

    @Test
    void aShareThatGrowsMakesAServerCheaperThoughItsCountsStay() {
        int[] weights = ones(4);
        SampledLoads sampled = sampled(weights, 0);
        Loads loads = loads(weights);
        Arrays.fill(loads.active, 9);
        loads.active[1] = 6;
        loads.shares[1] = ServerLoads.WHOLE_SHARE / 2;
        for (int i = 0; i < 4; i++) {
            sampled.select(loads);
        }
        assertThat(sampled.select(loads)).as("costs as much as 12").isNotEqualTo(1);
        loads.shares[1] = ServerLoads.WHOLE_SHARE;
        for (int i = 0; i < 4; i++) {
            sampled.select(loads);
        }
        assertThat(sampled.select(loads)).isEqualTo(1);
    }

    /// A slow start that is over when others take over: what its small share cost is forgotten.
    @Test
    void aShareThatIsWholeWhenOthersTakeOverIsWhole() {
        int[] weights = ones(4);
        SampledLoads before = sampled(weights, 0);
        Loads loads = loads(weights);
        Arrays.fill(loads.active, 9);
        loads.active[1] = 6;
        loads.shares[1] = ServerLoads.WHOLE_SHARE / 2;
        for (int i = 0; i < 5; i++) {
            loads.inactive[before.select(loads)]++;
        }
        loads.shares[1] = ServerLoads.WHOLE_SHARE;
        SampledLoads after = sampled(weights, 0);
        after.resume(before, new int[] {0, 1, 2, 3});
        for (int i = 0; i < 4; i++) {
            loads.inactive[after.select(loads)]++;
        }
        assertThat(after.select(loads)).isEqualTo(1);
    }
}
