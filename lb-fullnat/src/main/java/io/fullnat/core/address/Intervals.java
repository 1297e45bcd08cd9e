// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.address;

import java.util.Arrays;

/// The address space cut into intervals with a number each, of which one is found by the last
/// beginning that is not beyond an address: a static B-tree, so that a look-up among 100,000
/// networks waits for memory four or five times, wherever the networks lie and however long their
/// prefixes are. (A map for each of up to 128 lengths waits for each of them; a search for the
/// length by halves as of Waldvogel, 1997, for seven.)
///
/// Each level of the tree has the first beginning of each block of the level below it, the last has
/// all. A block is 16 first halves of addresses, then the 16 last halves, which are looked at only
/// where first halves are equal. Halves are stored so that they compare as signed numbers.
///
/// **Thread-safety:** not changed after construction.
final class Intervals {
    private static final int BLOCK = 16;
    private static final int BLOCK_SHIFT = 4;
    private static final int BLOCK_WORDS_SHIFT = BLOCK_SHIFT + 1;

    /// Levels from the root on, each a whole number of blocks.
    private final long[] tree;

    /// Where each level begins in the tree, the root's first.
    private final int[] levels;

    /// The last block of each level.
    private final int[] lastBlocks;

    private final int[] values;

    /// @param highs first halves of the beginnings, which are in order; that of the first interval
    ///   is the lowest address
    /// @param lows their last halves
    /// @param values the number of each interval
    /// @param count how many there are, at least one
    Intervals(long[] highs, long[] lows, int[] values, int count) {
        this.values = Arrays.copyOf(values, count);
        int depth = 1;
        for (int blocks = blocks(count); blocks > 1; blocks = blocks(blocks)) {
            depth++;
        }
        levels = new int[depth];
        lastBlocks = new int[depth];
        int keys = count;
        for (int level = depth - 1; level >= 0; level--) {
            keys = blocks(keys);
            lastBlocks[level] = keys - 1;
        }
        int words = 0;
        for (int level = 0; level < depth; level++) {
            levels[level] = words;
            words += (lastBlocks[level] + 1) << BLOCK_WORDS_SHIFT;
        }
        tree = new long[words];
        Arrays.fill(tree, Long.MAX_VALUE);
        int step = 1;
        for (int level = depth - 1; level >= 0; level--) {
            for (int from = 0, key = 0; from < count; from += step, key++) {
                int at = levels[level] + (key >> BLOCK_SHIFT << BLOCK_WORDS_SHIFT);
                tree[at + key % BLOCK] = highs[from] ^ Long.MIN_VALUE;
                tree[at + BLOCK + key % BLOCK] = lows[from] ^ Long.MIN_VALUE;
            }
            step *= BLOCK;
        }
    }

    private static int blocks(int keys) {
        return (keys + BLOCK - 1) >> BLOCK_SHIFT;
    }

    /// The number of the interval that an address is in.
    int find(long high, long low) {
        long signedHigh = high ^ Long.MIN_VALUE;
        long signedLow = low ^ Long.MIN_VALUE;
        int block = 0;
        for (int level = 0; level < levels.length - 1; level++) {
            int child = last(level, block, signedHigh, signedLow);
            // The highest address is not below what fills the last block.
            block = Math.min(child, lastBlocks[level + 1]);
        }
        int found = last(levels.length - 1, block, signedHigh, signedLow);
        return values[Math.min(found, values.length - 1)];
    }

    /// The last key of a block that is not beyond an address: the first never is.
    private int last(int level, int block, long high, long low) {
        int at = levels[level] + (block << BLOCK_WORDS_SHIFT);
        int upTo = 0;
        for (int i = at; i < at + BLOCK; i++) {
            upTo += tree[i] <= high ? 1 : 0;
        }
        if (tree[at + upTo - 1] == high) { // seldom, of IPv6
            int beyond = 0;
            for (int i = at; i < at + BLOCK; i++) {
                beyond += (tree[i] == high ? 1 : 0) & (tree[i + BLOCK] > low ? 1 : 0);
            }
            upTo -= beyond;
        }
        return (block << BLOCK_SHIFT) + upTo - 1;
    }
}
