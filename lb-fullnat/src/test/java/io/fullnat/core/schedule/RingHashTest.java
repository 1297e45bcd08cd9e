// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.Scheduler;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// The walk along a ring of a few points by hand, its bound to the connection, and the same of a
/// table.
class RingHashTest {
    private static final HashKey SOURCE = new HashKey(HashKey.Part.SOURCE, 32, 128, 0);

    private static List<RealServer> servers(int... weights) {
        List<RealServer> servers = new ArrayList<>();
        for (int i = 0; i < weights.length; i++) {
            servers.add(RealServer.of("10.0.1.1", 1 + i).withWeight(weights[i]));
        }
        return servers;
    }

    /// A ring whose first point is behind all hashes or at the least of them: a walk begins with
    /// its first server.
    private static Loads ring(String owners, boolean fallsBack, int bound, int... weights) {
        long[] points = new long[owners.length()];
        char[] servers = new char[owners.length()];
        for (int i = 0; i < points.length; i++) {
            points[i] = Long.MIN_VALUE + i;
            servers[i] = (char) (owners.charAt(i) - 'a');
        }
        HashRing ring = new HashRing(points, servers);
        return new Loads(weights, new RingHash(ring, SOURCE, fallsBack, bound, servers(weights)));
    }

    @Test
    void aRingWithoutPointsHasNobody() {
        assertThat(ring("", true, 0, 0, 0).select()).isEqualTo(Scheduler.NONE);
        assertThat(ring("", true, 150).select()).isEqualTo(Scheduler.NONE);
    }

    @Test
    void theNextPointsOfTheRingAreThoseOfWhoCannotBeUsed() {
        Loads loads = ring("abac", true, 0, 1, 1, 1);
        assertThat(loads.select()).isZero();
        loads.forbidden[0] = true;
        assertThat(loads.select()).isEqualTo(1);
        loads.forbidden[1] = true;
        assertThat(loads.select()).isEqualTo(2);
        loads.forbidden[2] = true;
        assertThat(loads.select()).isEqualTo(Scheduler.NONE);
    }

    @Test
    void withoutFallbackThereIsNoWalk() {
        Loads loads = ring("ab", false, 0, 1, 1);
        assertThat(loads.select()).isZero();
        loads.forbidden[0] = true;
        assertThat(loads.select()).isEqualTo(Scheduler.NONE);
    }

    /// The last point's next one is the first.
    @Test
    void theWalkGoesRound() {
        long[] points = {Long.MIN_VALUE, Long.MAX_VALUE};
        HashRing ring = new HashRing(points, new char[] {1, 0});
        int[] weights = {1, 1};
        Loads loads = new Loads(weights, new RingHash(ring, SOURCE, true, 0, servers(weights)));
        assertThat(loads.select()).as("the point behind").isZero();
        loads.forbidden[0] = true;
        assertThat(loads.select()).isEqualTo(1);
    }

    /// Behind 256 points all servers are looked at.
    @ParameterizedTest
    @ValueSource(ints = {254, 255, 256, 1000})
    void aServerFarAlongTheRingIsFoundAnyway(int others) {
        Loads loads = ring("a".repeat(others) + "b", true, 0, 1, 1);
        loads.forbidden[0] = true;
        loads.looks = 0;
        assertThat(loads.select()).isEqualTo(1);
        assertThat(loads.looks).isLessThanOrEqualTo(256 + 2);
    }

    /// Ten connections and the one to come: 11 × 1.5 / 2 = 8.25.
    @ParameterizedTest
    @CsvSource({"8, 2, 0", "9, 1, 1", "0, 0, 0", "2, 0, 0", "3, 0, 1"})
    void aServerHasNoMoreThanTheBoundOfItsShare(int own, int others, int chosen) {
        Loads loads = ring("ab", true, 150, 1, 1);
        loads.active[0] = own;
        loads.inactive[1] = others;
        assertThat(loads.select()).isEqualTo(chosen);
    }

    /// Three of four parts of 11 × 1.2 are 9.9.
    @ParameterizedTest
    @CsvSource({"9, 1, 0", "10, 0, 1"})
    void itsShareIsThatOfItsWeight(int own, int others, int chosen) {
        Loads loads = ring("ab", true, 120, 3, 1);
        loads.inactive[0] = own;
        loads.active[1] = others;
        assertThat(loads.select()).isEqualTo(chosen);
    }

    @Test
    void whoCannotBeUsedHasNoShare() {
        Loads loads = ring("abc", true, 150, 1, 1, 10);
        loads.active[0] = 3;
        loads.active[1] = 1;
        loads.active[2] = 50;
        loads.forbidden[2] = true;
        assertThat(loads.select()).as("3 of 5 × 1.5 / 2").isZero();
        loads.active[0] = 4;
        assertThat(loads.select()).as("4 of 6 × 1.5 / 2").isZero();
        loads.active[0] = 5;
        assertThat(loads.select()).as("5 of 7 × 1.5 / 2 is less than 5.25").isZero();
        loads.active[0] = 6;
        assertThat(loads.select()).as("6 = 8 × 1.5 / 2").isEqualTo(1);
    }

    @Test
    void whatIsKnownGoesOverWithServersThatStay() {
        Loads before = ring("ab", true, 150, 1, 1);
        before.active[0] = 100;
        before.select();
        int[] weights = new int[100];
        Arrays.fill(weights, 1);
        Loads after = ring("a", true, 150, weights);
        int[] origins = new int[100];
        Arrays.fill(origins, -1);
        origins[50] = 0;
        after.resume(before, origins);
        after.active[0] = 10;
        after.active[50] = 100;
        assertThat(after.select())
                .as("10 of 111 × 1.5 / 5, where the first four and one that stays are known")
                .isZero();
    }

    @Test
    void nothingGoesOverWithoutABound() {
        Loads before = ring("ab", true, 0, 1, 1);
        Loads after = ring("ab", true, 150, 1, 1);
        after.resume(before, 0, 1);
        assertThat(after.select()).isZero();
        before.resume(after, 0, 1);
        assertThat(before.select()).isZero();
    }

    /// The next slots of a table are those of who cannot be used.
    @Test
    void aTableIsWalkedInTheSameWay() {
        int[] weights = {1, 1, 1};
        List<RealServer> servers = servers(weights);
        MaglevTable table = MaglevTable.of(servers, 251);
        Loads loads = new Loads(weights, new TableHash(table, SOURCE, true, servers));
        for (int client = 0; client < 50; client++) {
            loads.client(client);
            int first = loads.select();
            loads.forbidden[first] = true;
            int second = loads.select();
            assertThat(second).isNotEqualTo(first).isNotEqualTo(Scheduler.NONE);
            loads.forbidden[second] = true;
            assertThat(loads.select()).isEqualTo(3 - first - second);
            loads.forbidden[3 - first - second] = true;
            assertThat(loads.select()).isEqualTo(Scheduler.NONE);
            loads.forbidden[0] = loads.forbidden[1] = loads.forbidden[2] = false;
            assertThat(loads.select()).isEqualTo(first);
        }
        Loads alone = new Loads(weights, new TableHash(table, SOURCE, false, servers));
        alone.forbidden[alone.select()] = true;
        assertThat(alone.select()).isEqualTo(Scheduler.NONE);
        int[] none = {0};
        Loads empty =
                new Loads(
                        none,
                        new TableHash(
                                MaglevTable.of(servers(none), 251), SOURCE, true, servers(none)));
        assertThat(empty.select()).isEqualTo(Scheduler.NONE);
    }
}
