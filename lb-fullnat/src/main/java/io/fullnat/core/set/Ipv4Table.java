// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.set;

import io.fullnat.api.set.SetEntry;
import java.util.List;

/// Networks of IPv4 of a few lengths, longest first: for each length one multiplication, and one
/// look at a filter of 16 to 32 bits an entry (Bloom, 1970, with one hash), where nearly all of
/// those that are not in the set end. It fits the processor's second cache and is hardly ever
/// guessed wrong, so that the lengths are looked for beside each other.
///
/// A slot is a word: the network, its length and whether it is an exception. Not changed after
/// construction.
final class Ipv4Table {
    private static final long USED = 1L << 63;
    private static final long EXCEPTION = 1L << 62;
    private static final long SPREAD = 0x9E37_79B9_7F4A_7C15L;
    private static final int IPV4 = 96;

    private final long[] filter;
    private final long[] slots;
    private final int filterMask;
    private final int mask;
    private final long[] masks;
    private final long[] lengths;

    /// @param entries networks of IPv4, each once
    Ipv4Table(List<SetEntry> entries) {
        int power = Integer.highestOneBit(Math.max(2, entries.size()));
        filter = new long[Math.max(1, power / 2)];
        slots = new long[power * 4];
        filterMask = filter.length - 1;
        mask = slots.length - 1;
        int[] known =
                entries.stream()
                        .mapToInt(entry -> IPV4 + Integer.SIZE - entry.length())
                        .distinct()
                        .sorted()
                        .toArray();
        masks = new long[known.length];
        lengths = new long[known.length];
        for (int i = 0; i < known.length; i++) {
            masks[i] = 0xFFFF_FFFFL & (-1L << known[i]);
            lengths[i] = USED | ((long) (Integer.SIZE - known[i]) << Integer.SIZE);
        }
        entries.forEach(this::enter);
    }

    private void enter(SetEntry entry) {
        long length = (entry.length() - (long) IPV4) << Integer.SIZE;
        long key = USED | length | (entry.low() & 0xFFFF_FFFFL);
        long hash = key * SPREAD;
        filter[filterWord(hash)] |= filterBit(hash);
        int slot = slot(hash);
        while (slots[slot] != 0) {
            slot = (slot + 1) & mask;
        }
        slots[slot] = key | (entry.isException() ? EXCEPTION : 0);
    }

    private int filterWord(long hash) {
        return (int) (hash >>> 40) & filterMask;
    }

    private static long filterBit(long hash) {
        return 1L << (hash >>> 34);
    }

    private int slot(long hash) {
        return (int) (hash >>> 32) & mask;
    }

    /// Whether the longest network that has an address is no exception.
    ///
    /// @param low last half of a mapped address
    boolean contains(long low) {
        for (int i = 0; i < masks.length; i++) {
            long key = lengths[i] | (low & masks[i]);
            long hash = key * SPREAD;
            if ((filter[filterWord(hash)] & filterBit(hash)) != 0) {
                long found = find(key, hash);
                if (found != 0) {
                    return (found & EXCEPTION) == 0;
                }
            }
        }
        return false;
    }

    private long find(long key, long hash) {
        int slot = slot(hash);
        long word = slots[slot];
        while (word != 0 && (word & ~EXCEPTION) != key) {
            slot = (slot + 1) & mask;
            word = slots[slot];
        }
        return word;
    }
}
