// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.address;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.IpAddress;
import io.fullnat.testing.Seed;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Networks against the plainest search there is, bit by bit.
@Tag("optimized")
class PrefixMapTest {
    private static final int LOOK_UPS = 10_000;
    private static final long MAPPED = IpAddress.mapped(0);

    private final RandomGenerator random = Seed.generator();

    @Test
    void withoutANetworkNothingIsFound() {
        PrefixMap none = new PrefixMap(List.of());

        assertThat(none.find(0, MAPPED)).isEqualTo(PrefixMap.NONE);
        assertThat(none.isEmpty()).isTrue();
    }

    @ParameterizedTest(name = "{0} networks, IPv6: {1}")
    @CsvSource({
        "1, false",
        "7, false",
        "8, false",
        "9, false",
        "500, false",
        "1, true",
        "8, true",
        "9, true",
        "500, true",
        "5000, false",
        "5000, true"
    })
    void theLongestPrefixIsFoundHoweverManyThereAre(int count, boolean wide) {
        List<PrefixMap.Entry> entries = new ArrayList<>();
        Set<List<Long>> seen = new HashSet<>();
        while (entries.size() < count) {
            int length = wide ? random.nextInt(129) : 96 + random.nextInt(33);
            long high = wide ? 0x2001_0DB8_0000_0000L ^ random.nextInt(1 << 16) : 0;
            long low = wide ? random.nextLong() : MAPPED | (random.nextInt() & 0x0FFF_FFFFL);
            List<Long> network =
                    List.of(high & Masks.high(length), low & Masks.low(length), (long) length);
            if (seen.add(network)) {
                entries.add(new PrefixMap.Entry(high, low, length, entries.size()));
            }
        }
        PrefixMap map = new PrefixMap(entries);
        assertThat(map.isEmpty()).isFalse();
        for (int i = 0; i < LOOK_UPS; i++) {
            PrefixMap.Entry near = entries.get(random.nextInt(count));
            int flip = random.nextInt(wide ? 128 : 32);
            long high = near.high() ^ (flip >= 64 ? 1L << (flip - 64) : 0);
            long low = near.low() ^ (flip < 64 ? 1L << flip : 0);
            int expected = longest(entries, high, low);
            assertThat(map.find(high, low)).as(Seed.message(i)).isEqualTo(expected);
            assertThat(map.contains(high, low)).isEqualTo(expected != PrefixMap.NONE);
        }
    }

    /// Few and many, since they are looked up in different ways.
    @ParameterizedTest
    @ValueSource(ints = {0, 100})
    void familiesAreApart(int others) {
        List<PrefixMap.Entry> entries = new ArrayList<>();
        for (int i = 0; i < others; i++) {
            entries.add(new PrefixMap.Entry(0x2001_0DB8_0000_0000L + i, 0, 64, 1000 + i));
        }
        entries.add(new PrefixMap.Entry(0, 0, 0, 1));
        assertThat(new PrefixMap(entries).find(0, MAPPED | 7)).isEqualTo(PrefixMap.NONE);
        assertThat(new PrefixMap(entries).find(0, MAPPED - 1)).isEqualTo(1);
        assertThat(new PrefixMap(entries).find(0, MAPPED + (1L << 32))).isEqualTo(1);
        assertThat(new PrefixMap(entries).find(-1, -1)).isEqualTo(1);

        entries.add(new PrefixMap.Entry(0, 0, 64, 2));
        entries.add(new PrefixMap.Entry(0, MAPPED | 4, 126, 3));
        assertThat(new PrefixMap(entries).find(0, MAPPED | 7)).isEqualTo(3);
        assertThat(new PrefixMap(entries).find(0, MAPPED | 8)).isEqualTo(PrefixMap.NONE);
        assertThat(new PrefixMap(entries).find(0, 8)).isEqualTo(2);

        entries.add(new PrefixMap.Entry(0, MAPPED, 96, 4));
        assertThat(new PrefixMap(entries).find(0, MAPPED | 8)).isEqualTo(4);
        assertThat(new PrefixMap(entries).find(0, MAPPED | 0xFFFF_FFFFL)).isEqualTo(4);
        assertThat(new PrefixMap(entries).find(0, MAPPED + (1L << 32))).isEqualTo(2);
    }

    /// Networks at both ends of the address space, in each other and side by side.
    @Test
    void bothEndsAreFound() {
        List<PrefixMap.Entry> entries = new ArrayList<>();
        for (int length = 1; length <= 128; length++) {
            entries.add(new PrefixMap.Entry(-1, -1, length, length));
            if (length > 1) {
                entries.add(new PrefixMap.Entry(0, 0, length, 1000 + length));
            }
        }
        PrefixMap map = new PrefixMap(entries);
        assertThat(map.find(-1, -1)).isEqualTo(128);
        assertThat(map.find(-1, -2)).isEqualTo(127);
        assertThat(map.find(Long.MIN_VALUE, 0)).isEqualTo(1);
        assertThat(map.find(Long.MAX_VALUE, -1)).isEqualTo(PrefixMap.NONE);
        assertThat(map.find(0, 0)).isEqualTo(1128);
        assertThat(map.find(0, 1)).isEqualTo(1127);
        assertThat(map.find(1, 0)).isEqualTo(1063);
    }

    private static int longest(List<PrefixMap.Entry> entries, long high, long low) {
        int best = PrefixMap.NONE;
        int bestLength = -1;
        for (PrefixMap.Entry entry : entries) {
            if (entry.length() > bestLength && isIn(entry, high, low)) {
                best = entry.value();
                bestLength = entry.length();
            }
        }
        return best;
    }

    private static boolean isIn(PrefixMap.Entry entry, long high, long low) {
        for (int bit = 0; bit < entry.length(); bit++) {
            long difference = bit < 64 ? entry.high() ^ high : entry.low() ^ low;
            if ((difference << (bit % 64)) < 0) {
                return false;
            }
        }
        return true;
    }

    @Test
    void masksLeaveAsManyBitsAsThePrefixIsLong() {
        for (int length = 0; length <= 128; length++) {
            assertThat(Long.bitCount(Masks.high(length)) + Long.bitCount(Masks.low(length)))
                    .isEqualTo(length);
            assertThat(Long.numberOfLeadingZeros(~Masks.high(length)))
                    .isEqualTo(Math.min(length, 64));
            assertThat(Long.numberOfLeadingZeros(~Masks.low(length)))
                    .isEqualTo(Math.max(0, length - 64));
        }
    }
}
