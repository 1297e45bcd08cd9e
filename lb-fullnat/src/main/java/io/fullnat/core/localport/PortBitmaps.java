// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.localport;

import io.fullnat.api.io.Memory;
import io.fullnat.core.memory.Region;

/// Bitmaps that busy allocators get: one bit a port of the worker, and above them one bit for each
/// full word of 64, so that a clear bit is found by looking at a few words however many are set.
/// Allocated at start.
final class PortBitmaps implements AutoCloseable {
    private final Region region;
    private final int ports;
    private final int words;
    private final int summaries;
    private final int length;
    private long freeList;

    /// A pool.
    ///
    /// @param bitmaps how many
    /// @param ports bits of each
    PortBitmaps(int bitmaps, int ports) {
        this.ports = ports;
        words = Math.ceilDiv(ports, Long.SIZE);
        summaries = Math.ceilDiv(words, Long.SIZE);
        length = (words + summaries) * Long.BYTES;
        region = Region.allocate(Math.max(1L, (long) bitmaps * length), "the local port bitmaps");
        for (int i = bitmaps - 1; i >= 0; i--) {
            long bitmap = region.address() + (long) i * length;
            Memory.putLong(bitmap, freeList);
            freeList = bitmap;
        }
    }

    /// A bitmap without a set bit, or 0 if none is left.
    long take() {
        long bitmap = freeList;
        if (bitmap != 0) {
            freeList = Memory.getLong(bitmap);
            Memory.zero(bitmap, length);
            // What lies behind the last port counts as set.
            if ((ports & 63) != 0) {
                Memory.putLong(word(bitmap, words - 1), -1L << ports);
            }
            if ((words & 63) != 0) {
                Memory.putLong(word(bitmap, words + summaries - 1), -1L << words);
            }
        }
        return bitmap;
    }

    void giveBack(long bitmap) {
        Memory.putLong(bitmap, freeList);
        freeList = bitmap;
    }

    void set(long bitmap, int bit) {
        long word = wordAt(bitmap, bit);
        long bits = Memory.getLong(word) | 1L << bit;
        Memory.putLong(word, bits);
        if (bits == -1L) {
            long summary = word(bitmap, words + (bit >>> 12));
            Memory.putLong(summary, Memory.getLong(summary) | 1L << (bit >>> 6));
        }
    }

    void clear(long bitmap, int bit) {
        long word = wordAt(bitmap, bit);
        long bits = Memory.getLong(word);
        Memory.putLong(word, bits & ~(1L << bit));
        if (bits == -1L) {
            long summary = word(bitmap, words + (bit >>> 12));
            Memory.putLong(summary, Memory.getLong(summary) & ~(1L << (bit >>> 6)));
        }
    }

    /// The address of the word that has a bit.
    static long wordAt(long bitmap, int bit) {
        return word(bitmap, bit >>> 6);
    }

    static boolean isClear(long bitmap, int bit) {
        return (Memory.getLong(wordAt(bitmap, bit)) & 1L << bit) == 0;
    }

    /// The first clear bit at or after a bit, going round once; -1 if all are set.
    int clearFrom(long bitmap, int from) {
        int word = from >>> 6;
        long candidates = ~Memory.getLong(word(bitmap, word)) & -1L << from;
        if (candidates == 0) {
            word = notFullFrom(bitmap, word + 1 == words ? 0 : word + 1);
            if (word < 0) {
                return -1;
            }
            candidates = ~Memory.getLong(word(bitmap, word));
        }
        return (word << 6) + Long.numberOfTrailingZeros(candidates);
    }

    /// The first word with a clear bit at or after a word, going round once; -1 if there is none.
    private int notFullFrom(long bitmap, int from) {
        int summary = from >>> 6;
        long candidates = ~Memory.getLong(word(bitmap, words + summary)) & -1L << from;
        for (int step = 0; step <= summaries; step++) {
            if (candidates != 0) {
                return (summary << 6) + Long.numberOfTrailingZeros(candidates);
            }
            summary = summary + 1 == summaries ? 0 : summary + 1;
            candidates = ~Memory.getLong(word(bitmap, words + summary));
        }
        return -1;
    }

    private static long word(long bitmap, int word) {
        return bitmap + word * (long) Long.BYTES;
    }

    long bytes() {
        return region.size();
    }

    @Override
    public void close() {
        region.close();
    }
}
