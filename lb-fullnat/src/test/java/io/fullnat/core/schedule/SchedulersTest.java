// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.Scheduler;
import io.fullnat.api.service.SchedulerContext;
import io.fullnat.api.service.SchedulerFactory;
import io.fullnat.testing.Seed;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Which real server each scheduler chooses.
class SchedulersTest {
    private static final int[][] WEIGHTS = {
        {1},
        {65535},
        {1, 1},
        {3, 1},
        {1, 3},
        {2, 4, 6},
        {5, 1, 1},
        {7, 11, 13},
        {100, 1, 50, 0, 3},
        {0, 0, 2, 1},
        {0, 4, 0, 6, 0},
        {65535, 1},
        {1, 65535},
        {65535, 65535, 65535},
        {65535, 32768, 1}
    };

    private static int[][] weights() {
        return WEIGHTS.clone();
    }

    private static int gcd(int a, int b) {
        return b == 0 ? a : gcd(b, a % b);
    }

    /// Choices after which weighted round robin has given each server its exact share.
    private static int round(int... weights) {
        return Arrays.stream(weights).sum() / divisor(weights);
    }

    private static int divisor(int... weights) {
        return Arrays.stream(weights).reduce(0, SchedulersTest::gcd);
    }

    private static int[] exactShares(int... weights) {
        int divisor = divisor(weights);
        return Arrays.stream(weights).map(weight -> weight / divisor).toArray();
    }

    @Test
    void roundRobinTakesOneServerAfterTheOther() {
        assertThat(new Loads("rr", 0, 1, 1, 1).select(7)).containsExactly(0, 1, 2, 0, 1, 2, 0);
    }

    @Test
    void roundRobinDoesNotCareHowLargeAWeightIs() {
        assertThat(new Loads("rr", 0, 9, 1, 65535).shares(300)).containsExactly(100, 100, 100);
    }

    @Test
    void roundRobinPassesOverWhoCannotBeUsed() {
        Loads loads = new Loads("rr", 0, 1, 0, 1, 1);
        loads.forbidden[2] = true;

        assertThat(loads.select(4)).containsExactly(0, 3, 0, 3);

        loads.forbidden[2] = false;
        assertThat(loads.select(4)).containsExactly(0, 2, 3, 0);
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 1, 2, 3, -1, Long.MIN_VALUE, Long.MAX_VALUE})
    void theSeedSaysWhereTheRoundStarts(long seed) {
        int start = (int) Math.floorMod(seed, 3L);

        assertThat(new Loads("rr", seed, 1, 1, 1).select()).isEqualTo(start);
        assertThat(new Loads("wrr", seed, 2, 2, 2).select()).isEqualTo(start);
    }

    @ParameterizedTest
    @MethodSource("weights")
    void weightedRoundRobinGivesEachServerItsExactShareOfEveryRound(int... weights) {
        for (long seed = 0; seed < weights.length; seed++) {
            Loads loads = new Loads("wrr", seed, weights);
            for (int turn = 0; turn < 3; turn++) {
                assertThat(loads.shares(round(weights)))
                        .as("round %s from seed %s", turn, seed)
                        .containsExactly(exactShares(weights));
            }
        }
    }

    @Test
    void weightedRoundRobinIsExactForAnyWeights() {
        RandomGenerator random = Seed.generator();
        for (int i = 0; i < 500; i++) {
            int[] weights = random.ints(1 + random.nextInt(12), 0, 40).toArray();
            weights[random.nextInt(weights.length)] = 1 + random.nextInt(40);
            Loads loads = new Loads("wrr", random.nextLong(), weights);
            int offset = random.nextInt(50);
            loads.select(offset); // any window of a round's length, not only the first

            assertThat(loads.shares(round(weights)))
                    .as("%s, weights %s", Seed.message(i), Arrays.toString(weights))
                    .containsExactly(exactShares(weights));
        }
    }

    @Test
    void weightedRoundRobinMixesTheServers() {
        assertThat(new Loads("wrr", 0, 4, 2, 1).select(7)).containsExactly(0, 1, 0, 2, 0, 1, 0);
        assertThat(new Loads("wrr", 0, 5, 1, 1).select(7)).containsExactly(0, 1, 0, 0, 2, 0, 0);
        assertThat(new Loads("wrr", 0, 3, 1).select(8)).containsExactly(0, 1, 0, 0, 0, 1, 0, 0);
        assertThat(new Loads("wrr", 0, 4, 1, 1, 1, 1).select(8))
                .containsExactly(0, 1, 0, 2, 0, 3, 0, 4);
    }

    /// At no moment a server is a whole connection away from its share of those that were.
    @Test
    void weightedRoundRobinIsEvenAtEachMoment() {
        RandomGenerator random = Seed.generator();
        for (int i = 0; i < 200; i++) {
            int[] weights = random.ints(1 + random.nextInt(40), 1, 1 + (1 << i % 16)).toArray();
            long sum = Arrays.stream(weights).sum();
            Loads loads = new Loads("wrr", 0, weights);
            long[] chosen = new long[weights.length];
            for (long count = 1; count <= 2_000; count++) {
                chosen[loads.select()]++;
                for (int server = 0; server < weights.length; server++) {
                    assertThat(Math.abs(chosen[server] * sum - count * weights[server]))
                            .as("%s, weights %s", Seed.message(i), Arrays.toString(weights))
                            .isLessThan(sum);
                }
            }
        }
    }

    /// However many servers there are, one is looked at for a connection.
    @Test
    void weightedRoundRobinLooksAtNoMoreServersThanItNeeds() {
        int[] weights = new int[10_000];
        Arrays.setAll(weights, i -> 1 + i * 7 % 100);
        Loads loads = new Loads("wrr", 0, weights);
        loads.select(30_000);
        assertThat(loads.looks).isEqualTo(30_000);
        Arrays.fill(loads.forbidden, 0, 5_000, true);
        loads.select(10_000);
        loads.looks = 0;
        loads.select(1_000);
        assertThat(loads.looks).isBetween(9_000, 9_200); // eight of those outside the round
    }

    /// What a server missed that was down is not made up for, and it is found again soon.
    @Test
    void weightedRoundRobinGoesOnWithAServerThatComesBack() {
        Loads loads = new Loads("wrr", 0, 1, 2, 3, 4);
        loads.select(10);
        loads.forbidden[2] = true;
        assertThat(loads.shares(70)).containsExactly(10, 20, 0, 40);
        loads.forbidden[2] = false;
        int[] shares = loads.shares(100);
        assertThat(shares[2]).isBetween(29, 31);
        assertThat(shares[3]).isBetween(39, 41);
        assertThat(loads.shares(100)).containsExactly(10, 20, 30, 40);
    }

    /// An edit of one weight leaves the others where they are in the round.
    @Test
    void weightedRoundRobinKeepsItsPlaceOverAnEdit() {
        Loads before = new Loads("wrr", 0, 1, 1, 1, 1, 1, 2);
        before.select(3);
        Loads after = new Loads("wrr", 0, 1, 1, 1, 1, 1, 3, 1);
        after.resume(before, 0, 1, 2, 3, 4, 5, -1);
        assertThat(after.select(5)).containsOnlyOnce(2, 3, 4).doesNotContain(0, 1);
        assertThat(after.select(9)).contains(0, 1, 6);
    }

    @Test
    void weightedRoundRobinSharesAmongTheOthersWhatAForbiddenServerWouldGet() {
        Loads loads = new Loads("wrr", 0, 65535, 3, 1);
        loads.forbidden[0] = true;
        loads.select(10);

        assertThat(loads.shares(400)).containsExactly(0, 300, 100);
    }

    @Test
    void weightedLeastConnectionTakesTheLeastLoadedForItsWeight() {
        Loads loads = new Loads("wlc", 0, 1, 2, 4);
        loads.active[0] = 10;
        loads.active[1] = 19;
        loads.active[2] = 40;

        assertThat(loads.select()).isEqualTo(1); // 9.5 for each unit of weight, against 10 and 10
    }

    @Test
    void anActiveConnectionWeighsAsMuchAs256InactiveOnes() {
        Loads loads = new Loads("wlc", 0, 1, 1);
        loads.active[0] = 1;

        loads.inactive[1] = 255;
        assertThat(loads.select()).isEqualTo(1);
        loads.inactive[1] = 257;
        assertThat(loads.select()).isEqualTo(0);
    }

    @Test
    void onATieServersTakeTurns() {
        assertThat(new Loads("wlc", 0, 1, 1, 1).shares(300)).containsExactly(100, 100, 100);
        assertThat(new Loads("wlc", 0, 5, 1, 9).shares(300)).containsExactly(100, 100, 100);
    }

    @Test
    void countsAndWeightsAtTheirLargestAreComparedRightly() {
        Loads loads = new Loads("wlc", 0, 65535, 65535);
        loads.active[0] = Integer.MAX_VALUE;
        loads.active[1] = Integer.MAX_VALUE;
        loads.inactive[0] = 1;

        assertThat(loads.select(2)).containsExactly(1, 1);
    }

    @Test
    void connectionsThatStaySettleInProportionToTheWeights() {
        Loads loads = new Loads("wlc", 0, 1, 2, 4, 0);
        for (int i = 0; i < 7_000; i++) {
            loads.active[loads.select()]++;
        }

        assertThat(loads.active).containsExactly(1_000, 2_000, 4_000, 0);
    }

    @ParameterizedTest
    @ValueSource(strings = {"rr", "wrr", "wlc"})
    void aServerOfWeightZeroIsNeverChosen(String name) {
        assertThat(new Loads(name, 1, 0, 1, 0, 2).select(1_000)).doesNotContain(0, 2, -1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"rr", "wrr", "wlc"})
    void noUsableServerMeansNone(String name) {
        assertThat(new Loads(name, 5).select()).isEqualTo(Scheduler.NONE);
        assertThat(new Loads(name, 5, 0, 0).select()).isEqualTo(Scheduler.NONE);
        Loads loads = new Loads(name, 5, 3, 1);
        loads.select(2);
        Arrays.fill(loads.forbidden, true);
        assertThat(loads.select(3)).containsOnly(Scheduler.NONE);

        loads.forbidden[1] = false;
        assertThat(loads.select(3)).containsOnly(1);
    }

    @Test
    void anUnknownNameIsAnsweredWithThoseThereAre() {
        assertThatThrownBy(() -> new Schedulers(List.of()).get("wrrr"))
                .isInstanceOf(BalancerException.class)
                .hasMessage(
                        "no scheduler \"wrrr\"; there are conhash, dh, fo, lc, ll, mh, nq, ovf, p2c, random,"
                                + " rr, sed, sh, wlc, wrr")
                .extracting(failure -> ((BalancerException) failure).code())
                .isEqualTo(ErrorCode.NO_SCHEDULER);
    }

    @Test
    void aCustomKindCanBeNamed() {
        Schedulers schedulers = new Schedulers(List.of(always("last")));

        assertThat(schedulers.names()).contains("last", "rr", "wlc", "wrr").hasSize(16);
        assertThat(new Loads(schedulers, "last", 0, 1, 1, 1).select(3)).containsOnly(2);
        assertThat(new Loads(schedulers, "wrr", 0, 1, 1).select(2)).containsExactly(0, 1);
    }

    private static SchedulerFactory always(String name) {
        return new SchedulerFactory() {
            @Override
            public String name() {
                return name;
            }

            @Override
            public Scheduler create(List<RealServer> servers, SchedulerContext context) {
                return (request, loads) -> servers.size() - 1;
            }
        };
    }
}
