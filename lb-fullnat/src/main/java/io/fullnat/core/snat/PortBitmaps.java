package io.fullnat.core.snat;

import io.fullnat.api.io.Memory;
import io.fullnat.core.memory.Region;

/// The bitmaps that busy lanes get: one bit a port of the worker, allocated at start.
final class PortBitmaps implements AutoCloseable {
    private final Region region;
    private final int length;
    private long freeList;

    PortBitmaps(int bitmaps, int ports) {
        length = Math.ceilDiv(ports, Long.SIZE) * Long.BYTES;
        region = Region.allocate(Math.max(1L, (long) bitmaps * length), "the local port bitmaps");
        for (int i = bitmaps - 1; i >= 0; i--) {
            long bitmap = region.address() + (long) i * length;
            Memory.putLong(bitmap, freeList);
            freeList = bitmap;
        }
    }

    /// A bitmap of zeros, or 0 if none is left.
    long take() {
        long bitmap = freeList;
        if (bitmap != 0) {
            freeList = Memory.getLong(bitmap);
            Memory.putLong(bitmap, 0);
        }
        return bitmap;
    }

    void giveBack(long bitmap) {
        Memory.zero(bitmap, length);
        Memory.putLong(bitmap, freeList);
        freeList = bitmap;
    }

    static void set(long bitmap, int place) {
        long word = wordAt(bitmap, place);
        Memory.putLong(word, Memory.getLong(word) | 1L << place);
    }

    static void clear(long bitmap, int place) {
        long word = wordAt(bitmap, place);
        Memory.putLong(word, Memory.getLong(word) & ~(1L << place));
    }

    /// The address of the word that has a place's bit.
    static long wordAt(long bitmap, int place) {
        return bitmap + (place >>> 6) * (long) Long.BYTES;
    }

    static boolean isClear(long bitmap, int place) {
        return (word(bitmap, place >>> 6) & 1L << place) == 0;
    }

    /// The first clear bit at or after a place, going round once; -1 if all are set.
    static int clearFrom(long bitmap, int from, int ports) {
        int words = Math.ceilDiv(ports, Long.SIZE);
        int word = from >>> 6;
        long candidates = ~word(bitmap, word) & -1L << from;
        for (int step = 0; step <= words; step++) {
            if (word == words - 1 && (ports & 63) != 0) {
                candidates &= -1L >>> (64 - (ports & 63));
            }
            if (candidates != 0) {
                return (word << 6) + Long.numberOfTrailingZeros(candidates);
            }
            word = word + 1 == words ? 0 : word + 1;
            candidates = ~word(bitmap, word);
        }
        return -1;
    }

    private static long word(long bitmap, int word) {
        return Memory.getLong(bitmap + word * (long) Long.BYTES);
    }

    long bytes() {
        return region.size();
    }

    @Override
    public void close() {
        region.close();
    }
}
