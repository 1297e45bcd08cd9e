// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.localport;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.testing.Seed;
import java.util.BitSet;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Each port once a round, in an order that differs from pair to pair and cannot be guessed.
class PortOrderTest {
    private static final int ALL_PORTS = 64_511;

    private final RandomGenerator random = Seed.generator();

    private PortOrder order(int count) {
        return new PortOrder(count, random.nextLong());
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 1_007, 1_008, 1_024, 21_503, 32_768, 32_769, ALL_PORTS})
    void eachPlaceIsAtOnePosition(int count) {
        PortOrder order = order(count);
        for (int pair = 0; pair < 3; pair++) {
            long key = order.key(random.nextLong(), 0x901F, 6);
            BitSet seen = new BitSet();
            for (int position = 0; position < count; position++) {
                int place = order.place(key, position);
                seen.set(place);
                if (order.position(key, place) != position) {
                    throw new AssertionError("position " + position + " of " + count);
                }
            }
            assertThat(seen.cardinality()).as(Seed.message(pair)).isEqualTo(count);
            assertThat(seen.length()).isEqualTo(count);
        }
    }

    /// Who knows the ports up to now, and what came after them elsewhere, does not know the next:
    /// of pairs that differ in one bit, of two protocols, of two balancers, and of one pair at two
    /// times.
    @Test
    void aStepInOneOrderSaysNothingOfAnother() {
        PortOrder mine = order(ALL_PORTS);
        PortOrder yours = order(ALL_PORTS);
        long addresses = random.nextLong();
        long key = mine.key(addresses, 0x901F, 6);
        long[] others = {
            mine.key(addresses ^ 1, 0x901F, 6),
            mine.key(addresses ^ 1L << 63, 0x901F, 6),
            mine.key(addresses, 0x911F, 6),
            mine.key(addresses, 0x901F, 17)
        };
        int same = 0;
        for (int position = 0; position < ALL_PORTS - 101; position++) {
            int step = step(mine, key, position);
            for (long other : others) {
                same += step == step(mine, other, position) ? 1 : 0;
            }
            same += step == step(yours, yours.key(addresses, 0x901F, 6), position) ? 1 : 0;
            same += step == step(mine, key, position + 1) ? 1 : 0;
            same += step == step(mine, key, position + 100) ? 1 : 0;
        }
        // Seven guesses at each position, each right once in ALL_PORTS: seven are to be expected.
        assertThat(same).as(Seed.message(0)).isLessThan(30);
    }

    private static int step(PortOrder order, long key, int position) {
        return Math.floorMod(
                order.place(key, position + 1) - order.place(key, position), ALL_PORTS);
    }

    @Test
    void theLowBitsOfPositionsAreNotThoseOfPlaces() {
        PortOrder order = order(ALL_PORTS);
        long key = order.key(random.nextLong(), 0x901F, 6);
        for (int mask = 1; mask <= 255; mask = mask << 1 | 1) {
            int same = 0;
            for (int position = 0; position < ALL_PORTS; position++) {
                same += (order.place(key, position) & mask) == (position & mask) ? 1 : 0;
            }
            int expected = ALL_PORTS / (mask + 1);
            assertThat(same)
                    .as("mask %s, %s", mask, Seed.message(0))
                    .isBetween(expected * 8 / 10, expected * 12 / 10);
        }
    }
}
