// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.address;

/// Numbers by address: open addressing, at most half full, so that a look-up mostly costs one load.
///
/// **Thread-safety:** filled by one thread; once all has been put any may look up.
public final class AddressMap {
    /// No such address.
    public static final int NONE = -1;

    /// Both halves of the address, its number, and one that fills the slot up.
    private static final int SLOT_WORDS = 4;

    private static final int VALUE = 2;

    private final int mask;
    private final long[] words;

    /// An empty map.
    ///
    /// @param addresses how many will be put at most
    public AddressMap(int addresses) {
        int slots = Integer.highestOneBit(Math.max(4, 2 * addresses - 1)) << 1;
        mask = SLOT_WORDS * slots - SLOT_WORDS;
        words = new long[SLOT_WORDS * slots];
        for (int slot = 0; slot < words.length; slot += SLOT_WORDS) {
            words[slot + VALUE] = NONE;
        }
    }

    /// Puts the number of an address; one that it had is replaced.
    ///
    /// @param high first half of the address
    /// @param low last half
    /// @param value 0 or more
    public void put(long high, long low, int value) {
        int slot = slot(high, low);
        words[slot + VALUE] = value;
        words[slot] = high;
        words[slot + 1] = low;
    }

    /// The number of an address.
    ///
    /// @param high first half of the address
    /// @param low last half
    /// @return the number, or [#NONE]
    public int get(long high, long low) {
        for (int slot = hash(high, low) & mask; ; slot = slot + SLOT_WORDS & mask) {
            int value = (int) words[slot + VALUE];
            if (value == NONE || (words[slot] == high && words[slot + 1] == low)) {
                return value;
            }
        }
    }

    /// Whether an address has a number.
    ///
    /// @param high first half of the address
    /// @param low last half
    /// @return true if it was put
    public boolean contains(long high, long low) {
        return get(high, low) != NONE;
    }

    /// Where the slot of an address begins: its own, or the free one where it would be.
    private int slot(long high, long low) {
        int slot = hash(high, low) & mask;
        while (words[slot + VALUE] != NONE && (words[slot] != high || words[slot + 1] != low)) {
            slot = slot + SLOT_WORDS & mask;
        }
        return slot;
    }

    /// Without a secret: who configures the addresses is trusted, and how long a look-up takes
    /// depends on what was put only.
    private static int hash(long high, long low) {
        long mixed = (high * 0xC2B2_AE3D_27D4_EB4FL ^ low) * 0x9E37_79B9_7F4A_7C15L;
        return (int) (mixed >>> 32);
    }
}
