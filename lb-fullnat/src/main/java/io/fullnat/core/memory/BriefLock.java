// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.memory;

import io.fullnat.api.io.Memory;

/// A lock of some few lines of memory that threads hold for a fraction of a microsecond: the lowest
/// bit of a word, whose other bits belong to who holds it.
///
/// A thread that the system interrupts while it holds one must not hold up the others, which are on
/// a packet's way: who does not get it within some microseconds has to do without.
public final class BriefLock {
    /// Set while it is held.
    public static final long HELD = 1;

    /// Some microseconds.
    private static final int PATIENCE = 128;

    private BriefLock() {}

    /// Takes a lock.
    ///
    /// @param word its address, a multiple of 8
    /// @return false if somebody holds it for too long
    public static boolean tryTake(long word) {
        for (int tries = 0; tries < PATIENCE; tries++) {
            long free = Memory.getLongAcquire(word) & ~HELD;
            if (Memory.compareAndSetLong(word, free, free | HELD)) {
                return true;
            }
            Thread.onSpinWait();
        }
        return false;
    }

    /// Gives it back; what was written under it is seen by the next who takes it.
    ///
    /// @param word its address
    public static void giveBack(long word) {
        Memory.putLongRelease(word, Memory.getLong(word) & ~HELD);
    }
}
