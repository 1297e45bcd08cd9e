// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.service.Scheduler;
import io.fullnat.testing.Seed;
import java.util.Arrays;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Whose turn it is, turn by turn; and who comes and goes.
class WeightedTurnsTest {
    private static String turns(WeightedTurns turns, int count) {
        StringBuilder all = new StringBuilder();
        for (int i = 0; i < count; i++) {
            int next = turns.next();
            assertThat(turns.next()).as("asking changes nothing").isEqualTo(next);
            assertThat(turns.take()).isEqualTo(next);
            all.append((char) ('a' + next));
        }
        return all.toString();
    }

    private static WeightedTurns of(int... weights) {
        return new WeightedTurns(weights);
    }

    @Test
    void turnsAreInterleavedEvenly() {
        assertThat(turns(of(1), 3)).isEqualTo("aaa");
        assertThat(turns(of(1, 1, 1), 6)).isEqualTo("abcabc");
        assertThat(turns(of(2, 1), 6)).isEqualTo("abaaba");
        assertThat(turns(of(1, 3), 8)).isEqualTo("babbbabb");
        assertThat(turns(of(5, 5, 0, 5), 6)).isEqualTo("abdabd");
    }

    @Test
    void nobodysTurnIsNobodys() {
        assertThat(of().next()).isEqualTo(Scheduler.NONE);
        assertThat(of(0, 0).next()).isEqualTo(Scheduler.NONE);
        assertThat(of(0, 0).round()).isZero();
    }

    @ParameterizedTest
    @CsvSource({"1, 1, 2", "2, 4, 3", "6, 9, 5", "65535, 65535, 2", "65535, 1, 65536", "0, 7, 1"})
    void aRoundHasAsManyTurnsAsTheWeightsNeed(int one, int other, long turns) {
        assertThat(of(one, other).round()).isEqualTo(turns);
    }

    /// At no moment one turn more or less than the share of those that were.
    @Test
    void sharesAreEvenAtEachMoment() {
        RandomGenerator random = Seed.generator();
        for (int round = 0; round < 60; round++) {
            int[] weights = random.ints(1 + random.nextInt(12), 0, 30).toArray();
            weights[0] = 7;
            long sum = Arrays.stream(weights).sum();
            WeightedTurns turns = of(weights);
            int[] had = new int[weights.length];
            for (int taken = 1; taken <= 400; taken++) {
                had[turns.take()]++;
                for (int server = 0; server < had.length; server++) {
                    double share = (double) taken * weights[server] / sum;
                    assertThat(Math.abs(had[server] - share))
                            .as(
                                    "%s after %d; %s",
                                    Arrays.toString(weights), taken, Seed.message(round))
                            .isLessThan(1 + 1e-9);
                }
            }
        }
    }

    @Test
    void whoIsParkedHasNoTurnsUntilItComesBack() {
        WeightedTurns turns = of(1, 1, 1);
        assertThat(turns(turns, 1)).isEqualTo("a");
        turns.park();
        assertThat(turns.parked()).isOne();
        assertThat(turns.nextParked()).isEqualTo(1);
        assertThat(turns(turns, 4)).isEqualTo("caca");
        turns.comeBack();
        assertThat(turns.parked()).isZero();
        String after = turns(turns, 9);
        assertThat(after.chars().filter(c -> c == 'b').count()).as(after).isEqualTo(3);
    }

    @Test
    void allMayBeParkedAndComeBackInTheOrderInWhichTheyWent() {
        WeightedTurns turns = of(2, 1, 2);
        int[] left = new int[3];
        for (int i = 0; i < 3; i++) {
            left[i] = turns.next();
            turns.park();
        }
        assertThat(turns.next()).isEqualTo(Scheduler.NONE);
        assertThat(turns.parked()).isEqualTo(3);
        assertThat(left).containsExactlyInAnyOrder(0, 1, 2);
        turns.stayAway();
        assertThat(turns.nextParked()).as("all others first").isEqualTo(left[1]);
        turns.comeBack();
        assertThat(turns.nextParked()).isEqualTo(left[2]);
        turns.comeBack();
        assertThat(turns.nextParked()).isEqualTo(left[0]);
        turns.comeBack();
        assertThat(turns.parked()).isZero();
        int[] had = new int[3];
        for (int i = 0; i < 10; i++) {
            had[turns.take()]++;
        }
        assertThat(had).containsExactly(4, 2, 4);
    }

    @Test
    void whoStaysAwayIsLookedAtAgain() {
        WeightedTurns turns = of(1, 1);
        turns.park();
        for (int i = 0; i < 3; i++) {
            turns.stayAway();
            assertThat(turns.nextParked()).isZero();
            assertThat(turns.parked()).isOne();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 4, 5, 6})
    void turnsGoOnWhereTheyWere(int taken) {
        int[] weights = {3, 1, 2};
        WeightedTurns one = of(weights);
        String all = turns(of(weights), 18);
        turns(one, taken);
        WeightedTurns next = of(weights);
        next.resume(one, new int[] {0, 1, 2});
        assertThat(turns(next, 18 - taken)).isEqualTo(all.substring(taken));
    }

    /// Servers of another order are the same servers.
    @Test
    void whoStaysKeepsItsPlaceThoughItsNumberChanges() {
        WeightedTurns one = of(1, 1, 1, 1);
        assertThat(turns(one, 2)).isEqualTo("ab");
        WeightedTurns next = of(1, 1, 1);
        next.resume(one, new int[] {3, 0, 2});
        assertThat(turns(next, 6)).isEqualTo("cabcab");
    }

    @Test
    void whoIsNewComesBehindTheOthersOfItsWeight() {
        WeightedTurns one = of(1, 1);
        assertThat(turns(one, 1)).isEqualTo("a");
        WeightedTurns next = of(1, 1, 1);
        next.resume(one, new int[] {-1, 0, 1});
        assertThat(turns(next, 6)).isEqualTo("cbacba");
    }

    @Test
    void whoIsParkedStaysSoOverAnEdit() {
        WeightedTurns one = of(1, 1, 1);
        one.park();
        WeightedTurns next = of(1, 1, 1);
        next.resume(one, new int[] {0, 1, 2});
        assertThat(next.parked()).isOne();
        assertThat(next.nextParked()).isZero();
        assertThat(turns(next, 4)).isEqualTo("bcbc");
    }

    @Test
    void oneThatHadNobodyChangesNothing() {
        WeightedTurns next = of(2, 1);
        next.resume(of(0), new int[] {-1, -1});
        assertThat(turns(next, 3)).isEqualTo(turns(of(2, 1), 3));
    }

    /// As weights and servers change at random nobody is forgotten.
    @Test
    void sharesSettleAfterAnyEdits() {
        RandomGenerator random = Seed.generator();
        WeightedTurns turns = of(3, 5);
        int servers = 2;
        int[] weights = {3, 5};
        for (int edit = 0; edit < 100; edit++) {
            for (int i = random.nextInt(20); i > 0 && turns.next() != Scheduler.NONE; i--) {
                turns.take();
            }
            int count = 1 + random.nextInt(6);
            int[] others = random.ints(count, 1, 6).toArray();
            int before = servers;
            int[] origins = IntStream.range(0, count).map(i -> i < before ? i : -1).toArray();
            WeightedTurns next = of(others);
            next.resume(turns, origins);
            turns = next;
            servers = count;
            weights = others;
        }
        long sum = Arrays.stream(weights).sum();
        int[] had = new int[servers];
        for (int i = 0; i < 100 * sum; i++) {
            had[turns.take()]++;
        }
        for (int server = 0; server < servers; server++) {
            assertThat(had[server])
                    .as(Seed.message(server))
                    .isBetween(100 * weights[server] - 3, 100 * weights[server] + 3);
        }
    }
}
