package io.fullnat.core.snat;

import io.fullnat.api.io.Memory;

/// Cache lines that will soon be needed. Loaded together, their misses overlap; loaded one by one
/// when they are needed, each costs its whole latency. Java has no prefetch. For one thread.
final class Touches {
    private static final int MOST = 64;

    private final long[] lines = new long[MOST];
    private int count;
    private long sum;

    /// Notes a line.
    ///
    /// @param address of one of its words
    void add(long address) {
        if (count == MOST) {
            load();
        }
        lines[count++] = address;
    }

    /// Loads the lines noted.
    ///
    /// @return a meaningless sum: without a use the compiler would drop the loads
    long load() {
        for (int i = 0; i < count; i++) {
            sum += Memory.getLong(lines[i]);
        }
        count = 0;
        return sum;
    }
}
