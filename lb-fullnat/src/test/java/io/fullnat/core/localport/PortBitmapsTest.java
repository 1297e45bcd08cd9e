// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.localport;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.testing.Seed;
import java.util.BitSet;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Bitmaps of ports in use, against [BitSet].
class PortBitmapsTest {
    @ParameterizedTest
    @ValueSource(ints = {1, 63, 64, 65, 4096, 4097, 64_511})
    void theNextClearBitIsThatOfABitSet(int ports) {
        try (PortBitmaps bitmaps = new PortBitmaps(1, ports)) {
            long bitmap = bitmaps.take();
            BitSet expected = new BitSet();
            RandomGenerator random = Seed.generator(ports);
            for (int step = 0; step < 20_000; step++) {
                int bit = random.nextInt(ports);
                if (random.nextInt(10) < 8) { // so that it gets full, or nearly so
                    bitmaps.set(bitmap, bit);
                    expected.set(bit);
                } else {
                    bitmaps.clear(bitmap, bit);
                    expected.clear(bit);
                }
                int from = random.nextInt(ports);
                assertThat(bitmaps.clearFrom(bitmap, from))
                        .as("from %d", from)
                        .isEqualTo(clearFrom(expected, from, ports));
                assertThat(PortBitmaps.isClear(bitmap, from)).isEqualTo(!expected.get(from));
            }
        }
    }

    private static int clearFrom(BitSet bits, int from, int ports) {
        int next = bits.nextClearBit(from);
        int found = next < ports ? next : bits.nextClearBit(0);
        return found < ports ? found : -1;
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 64, 100, 64_511})
    void aFullBitmapHasNoClearBitAndOneThatIsClearedIsFound(int ports) {
        try (PortBitmaps bitmaps = new PortBitmaps(1, ports)) {
            long bitmap = bitmaps.take();
            for (int bit = 0; bit < ports; bit++) {
                bitmaps.set(bitmap, bit);
            }
            assertThat(bitmaps.clearFrom(bitmap, 0)).isEqualTo(-1);
            assertThat(bitmaps.clearFrom(bitmap, ports - 1)).isEqualTo(-1);

            bitmaps.clear(bitmap, ports / 2);
            for (int from : new int[] {0, ports / 2, ports - 1}) {
                assertThat(bitmaps.clearFrom(bitmap, from)).isEqualTo(ports / 2);
            }
        }
    }

    @Test
    void aBitmapThatComesBackIsEmptyAndNoneIsGivenTwice() {
        try (PortBitmaps bitmaps = new PortBitmaps(2, 100)) {
            long first = bitmaps.take();
            long second = bitmaps.take();
            assertThat(second).isNotEqualTo(first).isNotZero();
            assertThat(bitmaps.take()).isZero();
            bitmaps.set(first, 7);

            bitmaps.giveBack(first);

            assertThat(bitmaps.take()).isEqualTo(first);
            assertThat(PortBitmaps.isClear(first, 7)).isTrue();
            assertThat(bitmaps.take()).isZero();
        }
    }

    @Test
    void withoutBitmapsNoneIsGiven() {
        try (PortBitmaps bitmaps = new PortBitmaps(0, 100)) {
            assertThat(bitmaps.take()).isZero();
        }
    }
}
