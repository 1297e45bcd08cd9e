// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.stack;

import java.util.Arrays;
import java.util.random.RandomGenerator;

/// Which entry of an [AdjacencyTable] a neighbour has: lists of those that share a hash, in arrays.
/// Nothing is allocated after the start.
///
/// Used by the table's thread; [#high] and [#low] of an entry that is in use may be read by others.
final class NeighbourIndex {
    private static final int SLOTS = 4 * AdjacencyTable.CAPACITY;
    private static final int NONE = AdjacencyTable.NONE;

    private final int[] heads = new int[SLOTS];
    private final int[] next = new int[AdjacencyTable.CAPACITY];
    private final int[] devices = new int[AdjacencyTable.CAPACITY];
    private final long[] highs = new long[AdjacencyTable.CAPACITY];
    private final long[] lows = new long[AdjacencyTable.CAPACITY];

    /// Secret, so that stations cannot choose addresses that share a list.
    private final long seed = RandomGenerator.getDefault().nextLong();

    NeighbourIndex() {
        Arrays.fill(heads, NONE);
    }

    private int slot(int device, long high, long low) {
        long mixed = (high ^ seed) * 0xC2B2_AE3D_27D4_EB4FL + device;
        mixed = (mixed ^ mixed >>> 29 ^ low) * 0x9E37_79B9_7F4A_7C15L;
        return (int) ((mixed ^ seed) >>> 40) & SLOTS - 1;
    }

    /// The entry of a neighbour, or [AdjacencyTable#NONE].
    int find(int device, long high, long low) {
        int index = heads[slot(device, high, low)];
        while (index != NONE
                && (lows[index] != low || devices[index] != device || highs[index] != high)) {
            index = next[index];
        }
        return index;
    }

    /// Adds a neighbour that is not there.
    void add(int index, int device, long high, long low) {
        int slot = slot(device, high, low);
        devices[index] = device;
        highs[index] = high;
        lows[index] = low;
        next[index] = heads[slot];
        heads[slot] = index;
    }

    /// Removes a neighbour that is there.
    void remove(int index) {
        int slot = slot(devices[index], highs[index], lows[index]);
        if (heads[slot] == index) {
            heads[slot] = next[index];
            return;
        }
        int before = heads[slot];
        while (next[before] != index) {
            before = next[before];
        }
        next[before] = next[index];
    }

    long high(int index) {
        return highs[index];
    }

    long low(int index) {
        return lows[index];
    }
}
