// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.address;

import java.util.Arrays;

/// The address space of IPv4 cut into intervals with a number each, as [Intervals], where there are
/// many: a table of the upper halves of addresses says between which two intervals one is looked
/// for, which are a few mostly. So a look-up waits for memory three times instead of five.
///
/// **Thread-safety:** not changed after construction.
final class Ipv4Intervals {
    /// From so many networks on it is worth 256 KiB for the table.
    static final int MANY = 4096;

    private static final int HALF = Short.SIZE;
    private static final int HALVES = 1 << HALF;

    /// By upper half: the interval that its lowest address is in; behind them the last interval.
    private final int[] firsts = new int[HALVES + 1];

    /// Beginnings, which compare as signed numbers.
    private final int[] beginnings;

    private final int[] values;

    /// @param highs beginnings, in their upper 32 bits, in order; the first is the lowest address
    /// @param values the number of each interval
    /// @param count how many there are, at least one
    Ipv4Intervals(long[] highs, int[] values, int count) {
        this.values = Arrays.copyOf(values, count);
        beginnings = new int[count];
        for (int i = 0; i < count; i++) {
            beginnings[i] = signed((int) (highs[i] >>> Integer.SIZE));
        }
        int interval = 0;
        for (int half = 0; half < HALVES; half++) {
            int lowest = signed(half << HALF);
            while (interval + 1 < count && beginnings[interval + 1] <= lowest) {
                interval++;
            }
            firsts[half] = interval;
        }
        firsts[HALVES] = count - 1;
    }

    private static int signed(int address) {
        return address ^ Integer.MIN_VALUE;
    }

    /// The number of the interval that an address is in.
    int find(int address) {
        int half = address >>> HALF;
        int low = firsts[half];
        int high = firsts[half + 1];
        int wanted = signed(address);
        while (low < high) {
            int middle = (low + high + 1) >>> 1;
            boolean begun = beginnings[middle] <= wanted;
            low = begun ? middle : low;
            high = begun ? high : middle - 1;
        }
        return values[low];
    }
}
