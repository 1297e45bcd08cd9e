// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.connection;

import io.fullnat.api.io.Memory;
import io.fullnat.core.memory.FirstTouch;
import io.fullnat.core.memory.Region;

/// Where the direction flows of connections are found by hash: buckets of one cache line with ten
/// slots.
///
/// ```
///   +0 | ref 0 | ref 4 | ref 8 | tags 8, 24     |   a reference takes 4 bytes, a tag 2
///  +16 | ref 16| ref 20| ref 24| displaced | 0  |
///  +32 | ref 32| ref 36| tags 0, 16, 32, 48     |
///  +48 | ref 48| ref 52| tags 4, 20, 36, 52     |
/// ```
///
/// A slot is named by the place of its reference, and its tag lies where the comparison leaves that
/// place behind as the number of a bit: from a tag found to its reference is one load. A free slot
/// has the tag 0; *displaced* is how many entries of this home are elsewhere.
///
/// A look-up loads one cache line of the index and, when a tag fits, one of the entries. All tags
/// of a bucket are compared in three words without a branch, because which slot an entry has cannot
/// be predicted. A tag of 15 random bits fits by accident once in some 8,000 look-ups.
///
/// An entry whose home bucket is full goes to one of the next buckets, and the count in its home
/// says whether a miss has to look further, so that removal needs no tombstones. The fast path
/// looks at the home bucket only ([#inHome]).
///
/// References are numbers of flows, as the caller counts them from 1.
final class ConnectionIndex implements AutoCloseable {
    private static final int SLOTS = 10;
    private static final int TAGS_OF_TWO = 12;
    private static final int DISPLACED = 28;
    private static final int TAGS_OF_FOUR = 40;
    private static final int TAGS_OF_NEXT_FOUR = 56;

    /// The three of them, an octet each.
    private static final int WORDS_OF_TAGS =
            TAGS_OF_TWO << 16 | TAGS_OF_NEXT_FOUR << 8 | TAGS_OF_FOUR;

    /// How many buckets after its home an entry may be. With half of the slots in use, one bucket
    /// in 70 is home to more than it holds; a full run of 16 means the hash was broken.
    private static final int MAX_DISPLACEMENT = 16;

    private static final int TAG_SHIFT = 48;
    private static final long TAG_NOT_ZERO = 1L << TAG_SHIFT;
    private static final long EACH = 0x0001_0001_0001_0001L;
    private static final long HIGH = 0x8000_8000_8000_8000L;

    /// One word of tags has two only.
    private static final long HIGH_OF_TWO = 0x8000_8000L;

    private final Region buckets;
    private final long bucketsAddress;
    private final long mask;
    private final long seed0;
    private final long seed1;
    private final long seed2;
    private final long seed3;

    /// An index for a number of entries, 25 to 50 % full with them.
    ///
    /// @param entries how many at the most
    /// @param seed secret of the hash
    ConnectionIndex(long entries, long seed) {
        this(entries, seed, false);
    }

    /// An index for a number of entries, 25 to 50 % full with them.
    ///
    /// @param entries how many at the most
    /// @param seed secret of the hash
    /// @param sparse whether it takes memory only as it is used, and not all from the start
    ConnectionIndex(long entries, long seed, boolean sparse) {
        long least = Math.max(2, Math.ceilDiv(entries, SLOTS / 2));
        long count = Long.highestOneBit(least - 1) << 1;
        long length = count * Region.CACHE_LINE;
        buckets =
                sparse
                        ? Region.allocateSparse(length, "the index of IPv6")
                        : Region.allocate(length, "the connection index");
        bucketsAddress = buckets.address();
        mask = (count - 1) * Region.CACHE_LINE;
        seed0 = mix(seed, 0x9E37_79B9_7F4A_7C15L);
        seed1 = mix(seed0, 0xD1B5_4A32_D192_ED03L);
        seed2 = mix(seed1, 0x8BB8_4B93_962E_ACC9L);
        seed3 = mix(seed2, 0x4B33_A62E_D433_D4A3L);
    }

    /// The hash of a key. Without the seed its collisions cannot be predicted: a peer who chooses
    /// its addresses and ports cannot fill one bucket.
    long hash(long addresses, long portsAndProtocol) {
        long first = mix(addresses ^ seed0, portsAndProtocol ^ seed1);
        return mix(first, 0xA24B_AED4_963E_E407L) | TAG_NOT_ZERO;
    }

    /// The hash of a key with addresses of 16 bytes: the same, once for each two words. Source and
    /// destination are multiplied beside each other, each with seeds of its own.
    long hash(
            long sourceHigh,
            long sourceLow,
            long destinationHigh,
            long destinationLow,
            long portsAndProtocol) {
        long source = mix(sourceHigh ^ seed0, sourceLow ^ seed1);
        long destination = mix(destinationHigh ^ seed2, destinationLow ^ seed3);
        return hash(source ^ destination, portsAndProtocol);
    }

    private static long mix(long a, long b) {
        return Math.unsignedMultiplyHigh(a, b) ^ (a * b);
    }

    /// The home bucket of a hash: the word a packet's look-up will read first.
    long bucket(long hash) {
        return bucketsAddress + (hash & mask);
    }

    /// The reference of the first slot of a home bucket that has this hash's tag, or 0.
    static int inHome(long bucket, long hash) {
        long found = slotsWith(bucket, hash >>> TAG_SHIFT);
        return found == 0 ? 0 : Memory.getInt(bucket + slot(found));
    }

    /// The slots that have a tag, a bit each: that of the slot's number. Above a true one, a bit
    /// may stand for a tag that differs in its last place (the zero test of Mycroft 1987).
    private static long slotsWith(long bucket, long tag) {
        long wanted = tag * EACH;
        long two = Memory.getInt(bucket + TAGS_OF_TWO) & 0xFFFF_FFFFL;
        return zeroLanes(Memory.getLong(bucket + TAGS_OF_FOUR) ^ wanted) >>> 15
                | zeroLanes(Memory.getLong(bucket + TAGS_OF_NEXT_FOUR) ^ wanted) >>> 11
                | (zeroLanes(two ^ wanted) & HIGH_OF_TWO) >>> 7;
    }

    private static long zeroLanes(long word) {
        return (word - EACH) & ~word & HIGH;
    }

    /// The slot of the lowest bit.
    private static int slot(long found) {
        return Long.numberOfTrailingZeros(found);
    }

    /// Where the tag of a slot is: a slot's number is 16 times the lane and 4 times the word.
    /// Without a branch: which slot is free, or has the entry, cannot be predicted either.
    private static long tag(long bucket, int slot) {
        int word = (WORDS_OF_TAGS >>> (2 * (slot & 12))) & 0xFF;
        return bucket + word + (slot >>> 4) * 2L;
    }

    private long bucketAfter(long hash, int step) {
        return bucket(hash + step * (long) Region.CACHE_LINE);
    }

    /// Whether no slot has a hash's tag, and none of its home is elsewhere: so it is of most keys
    /// that are not there, and [#find] need not be asked.
    boolean isNowhere(long hash) {
        long home = bucket(hash);
        return slotsWith(home, hash >>> TAG_SHIFT) == 0 && Memory.getShort(home + DISPLACED) == 0;
    }

    /// Visits all slots that have this hash's tag, until the reader accepts one.
    int find(long hash, KeyTest test, long addresses, long portsAndProtocol) {
        int further = Memory.getShort(bucket(hash) + DISPLACED) == 0 ? 0 : MAX_DISPLACEMENT;
        for (int step = 0; step <= further; step++) {
            long bucket = bucketAfter(hash, step);
            long found = slotsWith(bucket, hash >>> TAG_SHIFT);
            while (found != 0) {
                int candidate = Memory.getInt(bucket + slot(found));
                if (candidate != 0 && test.matches(candidate, addresses, portsAndProtocol)) {
                    return candidate;
                }
                found &= found - 1;
            }
        }
        return 0;
    }

    /// Adds an entry.
    ///
    /// @return false, with nothing changed, if no slot is free near its home
    boolean insert(long hash, int reference) {
        return insert(bucket(hash), hash, reference) || insertElsewhere(hash, reference);
    }

    private static boolean insert(long bucket, long hash, int reference) {
        long free = slotsWith(bucket, 0);
        if (free == 0) {
            return false;
        }
        int slot = slot(free);
        Memory.putShort(tag(bucket, slot), (int) (hash >>> TAG_SHIFT));
        Memory.putInt(bucket + slot, reference);
        return true;
    }

    private boolean insertElsewhere(long hash, int reference) {
        for (int step = 1; step <= MAX_DISPLACEMENT; step++) {
            if (insert(bucketAfter(hash, step), hash, reference)) {
                addDisplaced(hash, 1);
                return true;
            }
        }
        return false;
    }

    /// Removes an entry that is there.
    void remove(long hash, int reference) {
        for (int step = 0; step <= MAX_DISPLACEMENT; step++) {
            long bucket = bucketAfter(hash, step);
            long found = slotsWith(bucket, hash >>> TAG_SHIFT);
            while (found != 0) {
                int slot = slot(found);
                if (Memory.getInt(bucket + slot) == reference) {
                    Memory.putShort(tag(bucket, slot), 0);
                    Memory.putInt(bucket + slot, 0);
                    if (step > 0) {
                        addDisplaced(hash, -1);
                    }
                    return;
                }
                found &= found - 1;
            }
        }
        throw new IllegalStateException("reference " + reference + " is not in the index");
    }

    /// At most 16 buckets of ten slots hold entries of one home.
    private void addDisplaced(long hash, int change) {
        long count = bucket(hash) + DISPLACED;
        Memory.putShort(count, Memory.getShort(count) + change);
    }

    /// Gets the pages of a sparse one ahead of need.
    FirstTouch firstTouch() {
        return new FirstTouch(bucketsAddress, buckets.size());
    }

    long bytes() {
        return buckets.size();
    }

    @Override
    public void close() {
        buckets.close();
    }

    /// Compares a candidate's key.
    @FunctionalInterface
    interface KeyTest {
        boolean matches(int reference, long addresses, long portsAndProtocol);
    }
}
