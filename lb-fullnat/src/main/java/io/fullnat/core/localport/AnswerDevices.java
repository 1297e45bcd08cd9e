// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.localport;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/// The devices that routes to real servers lead to: besides the local addresses' own, those by
/// which answers come. Filled by workers when they look a server's route up, never emptied, so that
/// connections of a removed server go on. Shared by all workers; thread-safe.
public final class AnswerDevices {
    private static final VarHandle WORDS = MethodHandles.arrayElementVarHandle(long[].class);

    /// Devices above are all taken for ones by which answers may come.
    private static final int CAPACITY = 1 << 16;

    private final long[] words = new long[CAPACITY / Long.SIZE];

    /// None.
    public AnswerDevices() {}

    /// Adds a device.
    ///
    /// @param device its number
    public void add(int device) {
        if (device < CAPACITY && !contains(device)) {
            WORDS.getAndBitwiseOr(words, device / Long.SIZE, 1L << device);
        }
    }

    /// Whether a device has been added.
    ///
    /// @param device its number, or a negative one for none
    /// @return true if answers may come by it
    public boolean contains(int device) {
        if (device < 0 || device >= CAPACITY) {
            return device >= 0;
        }
        long word = (long) WORDS.getAcquire(words, device / Long.SIZE);
        return (word & (1L << device)) != 0;
    }
}
