// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.localport;

/// Positions at random, where order does not matter: xorshift64* (Vigna 2016). For one thread.
final class RandomPositions {
    private final int count;
    private long state;

    /// @param seed any
    /// @param count how many positions there are
    RandomPositions(long seed, int count) {
        this.count = count;
        state = seed == 0 ? 1 : seed;
    }

    /// The next one.
    ///
    /// @return 0 to the count less one
    int next() {
        state ^= state >>> 12;
        state ^= state << 25;
        state ^= state >>> 27;
        long bits = state * 0x2545_F491_4F6C_DD1DL;
        return (int) (((bits >>> 32) * count) >>> 32);
    }
}
