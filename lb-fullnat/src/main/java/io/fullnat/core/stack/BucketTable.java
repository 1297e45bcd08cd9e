// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.stack;

/// Token buckets for the keys that were seen last: a fixed table, hashed with a secret, of sets of
/// four. A key without a bucket gets the one of its set that was asked for longest ago; keys that
/// came back keep theirs for [#RETURNED_BONUS_NS] longer than those that came once, so that a flood
/// of keys that never return drives out its own. For one thread.
final class BucketTable {
    /// A key that comes again after so long is no repetition of the same moment.
    static final long RETURN_NS = 500_000_000L;

    private static final long RETURNED_BONUS_NS = 60_000_000_000L;
    private static final int WAYS = 4;

    private final TokenBucket rate;
    private final long seed;
    private final int mask;
    private final long[] keys;
    private final long[] fullNs;
    private final long[] bornNs;
    private final long[] askedNs;

    /// A table of full buckets.
    ///
    /// @param size how many, a power of two
    /// @param perSecond tokens that each gets
    /// @param burst tokens that each holds
    /// @param seed secret of the hash
    BucketTable(int size, int perSecond, int burst, long seed) {
        rate = new TokenBucket(perSecond, burst);
        this.seed = seed;
        mask = size - WAYS;
        keys = new long[size];
        fullNs = new long[size];
        bornNs = new long[size];
        askedNs = new long[size];
    }

    /// Finds the bucket of a key, or gives it one.
    ///
    /// @param key not 0
    /// @return its place, good until the next call
    int find(long key, long nowNs) {
        int first = set(key);
        int oldest = first;
        for (int slot = first; slot < first + WAYS; slot++) {
            if (keys[slot] == key) {
                askedNs[slot] = nowNs;
                return slot;
            }
            if (keptUntil(slot) < keptUntil(oldest)) {
                oldest = slot;
            }
        }
        keys[oldest] = key;
        fullNs[oldest] = nowNs;
        bornNs[oldest] = nowNs;
        askedNs[oldest] = nowNs;
        return oldest;
    }

    private int set(long key) {
        long mixed = (key ^ seed) * 0x9E37_79B9_7F4A_7C15L;
        mixed = (mixed ^ mixed >>> 32) * 0xD6E8_FEB8_6659_FD93L;
        return (int) (mixed >>> 32) & mask;
    }

    private long keptUntil(int slot) {
        if (keys[slot] == 0) {
            return Long.MIN_VALUE;
        }
        return askedNs[slot] + (hasReturned(slot) ? RETURNED_BONUS_NS : 0);
    }

    private boolean hasReturned(int slot) {
        return askedNs[slot] - bornNs[slot] >= RETURN_NS;
    }

    /// Whether a bucket has a token.
    boolean has(int slot, long nowNs) {
        return rate.has(fullNs[slot], nowNs);
    }

    /// Whether a key came back and has used little of its bucket.
    boolean isQuiet(int slot, long nowNs) {
        return hasReturned(slot) && rate.isHalfFull(fullNs[slot], nowNs);
    }

    /// Takes a token that is there.
    void take(int slot, long nowNs) {
        fullNs[slot] = rate.after(fullNs[slot], nowNs);
    }
}
