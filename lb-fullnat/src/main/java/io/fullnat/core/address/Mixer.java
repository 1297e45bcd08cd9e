// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.address;

/// Makes hashes of words. Stateless, so thread-safe.
public final class Mixer {
    private Mixer() {}

    /// Of a whole word, each bit depends on all (Stafford's variant 13 of MurmurHash3's finalizer).
    /// No two words give the same. It has no secret.
    ///
    /// @param word to be mixed
    /// @return another word; 0 for 0
    public static long mix(long word) {
        long mixed = (word ^ word >>> 30) * 0xBF58_476D_1CE4_E5B9L;
        mixed = (mixed ^ mixed >>> 27) * 0x94D0_49BB_1331_11EBL;
        return mixed ^ mixed >>> 31;
    }
}
