// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.address;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.core.address.PrefixMap.Entry;
import io.fullnat.testing.Seed;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The tree of intervals alone, and how networks are cut into them.
class IntervalsTest {
    /// One interval, a block that is full, one key more, and trees of two and three levels.
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 15, 16, 17, 255, 256, 257, 4096, 4097})
    void eachIntervalBeginsWithItsFirstAddressAndEndsBeforeTheNext(int count) {
        long[] highs = new long[count];
        long[] lows = new long[count];
        int[] values = new int[count];
        for (int i = 1; i < count; i++) { // beginnings with equal first halves beside others
            highs[i] = (i / 3 + 1L) * (Long.MAX_VALUE / count) * 2;
            lows[i] = new long[] {0, 7, Long.MIN_VALUE + 3}[i % 3];
            values[i] = i;
        }
        Intervals intervals = new Intervals(highs, lows, values, count);
        for (int i = 0; i < count; i++) {
            assertThat(intervals.find(highs[i], lows[i])).as("first of %d", i).isEqualTo(i);
            if (i > 0) {
                long before = lows[i] - 1;
                long high = highs[i] - (lows[i] == 0 ? 1 : 0);
                assertThat(intervals.find(high, before)).as("before %d", i).isEqualTo(i - 1);
            }
        }
        assertThat(intervals.find(-1, -1)).isEqualTo(count - 1);
    }

    private static Entry network(long high, long low, int length, int value) {
        return new Entry(high, low, length, value);
    }

    @Test
    void theInnermostNetworkCounts() {
        Intervals cut =
                new IntervalBuilder(
                                List.of(
                                        network(0x20L << 56, 0, 8, 1),
                                        network(0x2001L << 48, 0, 16, 2),
                                        network(0x2001L << 48, 0, 128, 3),
                                        network(0x20FFL << 48, 0, 16, 4)))
                        .build();
        assertThat(cut.find(0x1FFF_FFFF_FFFF_FFFFL, -1)).isEqualTo(PrefixMap.NONE);
        assertThat(cut.find(0x2000L << 48, 0)).isEqualTo(1);
        assertThat(cut.find(0x2001L << 48, 0)).isEqualTo(3);
        assertThat(cut.find(0x2001L << 48, 1)).isEqualTo(2);
        assertThat(cut.find(0x2001_FFFF_FFFF_FFFFL, -1)).isEqualTo(2);
        assertThat(cut.find(0x2002L << 48, 0)).isEqualTo(1);
        assertThat(cut.find(0x20FF_FFFF_FFFF_FFFFL, -1)).isEqualTo(4);
        assertThat(cut.find(0x21L << 56, 0)).isEqualTo(PrefixMap.NONE);
    }

    /// Also bits beyond a prefix do not count, and a network may end with the last address.
    @Test
    void theWholeSpaceAndItsEnd() {
        Intervals cut =
                new IntervalBuilder(List.of(network(-1, -1, 0, 7), network(-1, -1, 1, 8))).build();
        assertThat(cut.find(0, 0)).isEqualTo(7);
        assertThat(cut.find(Long.MAX_VALUE, -1)).isEqualTo(7);
        assertThat(cut.find(Long.MIN_VALUE, 0)).isEqualTo(8);
        assertThat(cut.find(-1, -1)).isEqualTo(8);
        assertThat(new IntervalBuilder(List.of()).build().find(5, 5)).isEqualTo(PrefixMap.NONE);
    }

    private static int naive(List<Entry> networks, long high, long low) {
        Entry best = null;
        for (Entry each : networks) {
            boolean in =
                    ((each.high() ^ high) & Masks.high(each.length())) == 0
                            && ((each.low() ^ low) & Masks.low(each.length())) == 0;
            if (in && (best == null || each.length() > best.length())) {
                best = each;
            }
        }
        return best == null ? PrefixMap.NONE : best.value();
    }

    /// Networks in each other and beside each other, of few bits, so that borders coincide.
    @Test
    void asAListOfNetworksFinds() {
        RandomGenerator random = Seed.generator();
        for (int round = 0; round < 200; round++) {
            List<Entry> networks = new ArrayList<>();
            for (int i = 0; i < 30; i++) {
                int length = random.nextInt(4) * 2 + (random.nextBoolean() ? 62 : 0);
                long high = (long) random.nextInt(4) << 62 | random.nextInt(4);
                long low = (long) random.nextInt(4) << 62;
                Entry next = network(high & Masks.high(length), low & Masks.low(length), length, i);
                networks.removeIf(each ->
                        each.length() == length
                                && each.high() == next.high()
                                && each.low() == next.low());
                networks.add(next);
            }
            Intervals cut = new IntervalBuilder(networks).build();
            for (int i = 0; i < 200; i++) {
                long high =
                        ((long) random.nextInt(4) << 62 | random.nextInt(4)) - random.nextInt(2);
                long low = ((long) random.nextInt(4) << 62) - random.nextInt(2);
                assertThat(cut.find(high, low))
                        .as(Seed.message(round) + " " + networks + " " + high + " " + low)
                        .isEqualTo(naive(networks, high, low));
            }
        }
    }
}
