// SPDX-License-Identifier: Apache-2.0
package io.fullnat.benchmarks.loop;

import io.fullnat.api.io.BufferPool;
import io.fullnat.api.io.PacketBurst;
import java.lang.foreign.Arena;

/// A stack of buffers, so that the one used last, still in the cache, is used next.
public final class LoopPool implements BufferPool {
    /// How many there are, if no other number is given.
    public static final int BUFFERS = 256;

    /// Room for a packet of 1,500 bytes wherever the first line is: the balancer makes such reports
    /// of its many addresses.
    private static final int BUFFER_LENGTH = 3072;

    private final long[] free;
    private int count;

    /// @param arena of their memory
    public LoopPool(Arena arena) {
        this(arena, BUFFERS);
    }

    /// @param arena of their memory
    /// @param buffers how many there are
    LoopPool(Arena arena, int buffers) {
        free = new long[buffers];
        long memory = arena.allocate((long) buffers * BUFFER_LENGTH, 64).address();
        for (int i = 0; i < buffers; i++) {
            // One line further each, or all first lines would fall into a few sets of the cache.
            free[count++] = memory + (long) i * BUFFER_LENGTH + (i % 16) * 64L;
        }
    }

    /// How many are free.
    public int available() {
        return count;
    }

    /// One of those that are taken next.
    ///
    /// @param index how many are taken before it
    long last(int index) {
        return free[count - 1 - index];
    }

    /// Takes some at once; they have been looked at by [#last].
    void take(int buffers) {
        count -= buffers;
    }

    /// Takes one; there must be one.
    ///
    /// @return its address
    public long take() {
        return free[--count];
    }

    @Override
    public boolean allocate(PacketBurst burst) {
        if (count == 0) {
            return false;
        }
        long buffer = take();
        burst.add(buffer, buffer + HEADROOM, 0, 0);
        return true;
    }

    @Override
    public void free(long buffer) {
        free[count++] = buffer;
    }

    @Override
    public void freeAll(PacketBurst burst) {
        for (int i = 0; i < burst.size(); i++) {
            free(burst.buffer(i));
        }
        burst.clear();
    }

    @Override
    public int dataCapacity() {
        return BUFFER_LENGTH - HEADROOM - 16 * 64;
    }

    @Override
    public long capacity() {
        return free.length;
    }

    @Override
    public long inUse() {
        return (long) free.length - count;
    }
}
