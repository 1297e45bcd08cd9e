// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.localport;

import io.fullnat.api.io.Memory;
import io.fullnat.core.memory.Region;

/// Cache lines that will soon be needed. Loaded together, their misses overlap; loaded one by one
/// when they are needed, each costs its whole latency. Java has no prefetch. For one thread.
final class Prefetches implements AutoCloseable {
    private static final int MOST = 64;

    private final Region lines = Region.allocate((long) MOST * Long.BYTES, "lines to prefetch");
    private final long first = lines.address();
    private int count;
    private long sum;

    /// Notes a line.
    ///
    /// @param address of one of its words
    void add(long address) {
        if (count == MOST) {
            load();
        }
        Memory.putLong(first + (long) count * Long.BYTES, address);
        count++;
    }

    /// Loads the lines noted.
    ///
    /// @return a meaningless sum: without a use the compiler would drop the loads
    long load() {
        for (int i = 0; i < count; i++) {
            sum += Memory.getLong(Memory.getLong(first + (long) i * Long.BYTES));
        }
        count = 0;
        return sum;
    }

    @Override
    public void close() {
        lines.close();
    }
}
