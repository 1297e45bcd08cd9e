// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.limit;

import io.fullnat.api.io.Memory;
import io.fullnat.core.memory.Region;

/// How many connections of each slot there are over all workers, where a limit wants to know: a
/// word in a cache line of its own, in whose upper half stands at which limit the slot was full
/// last.
///
/// A connection is claimed before it is opened, in one atomic step, so that of any number of
/// workers none opens one too many. Which slots count is each worker's own affair ([WorkerLimits]):
/// it adds what it has when a limit is set, so that a count is right from the first connection on
/// that is refused by it.
///
/// **Thread-safety:** all methods, by any thread.
public final class ConnectionCounts implements AutoCloseable {
    private static final long COUNT = 0xFFFF_FFFFL;

    private final Region region;

    /// Counts of zero.
    ///
    /// @param slots how many
    /// @param what has the slots, for messages
    public ConnectionCounts(int slots, String what) {
        region =
                Region.allocateSparse(
                        (long) slots * Region.CACHE_LINE, "connections of " + what + "s");
    }

    private long at(int slot) {
        return region.address() + (long) slot * Region.CACHE_LINE;
    }

    /// Claims one more connection, unless that would be one too many.
    ///
    /// @param slot whose
    /// @param limit 1 or more
    /// @param resume below how many a slot that was full gets connections again; 0 for the limit
    /// @return false if it may have no more now
    public boolean claim(int slot, int limit, int resume) {
        long at = at(slot);
        while (true) {
            long word = Memory.getLongAcquire(at);
            if (isFull(word, limit, resume)) {
                return false;
            }
            long count = (word & COUNT) + 1;
            if (Memory.compareAndSetLong(at, word, fullAt(count, limit, resume) | count)) {
                return true;
            }
        }
    }

    private static long fullAt(long count, int limit, int resume) {
        return resume > 0 && count >= limit ? (long) limit << Integer.SIZE : 0;
    }

    /// A claimed connection has ended, or was not opened after all.
    ///
    /// @param slot whose
    public void release(int slot) {
        add(slot, -1);
    }

    /// Counts connections that nobody has claimed. Without any, it is forgotten that the slot was
    /// full: a limit that is set again begins anew.
    ///
    /// @param slot whose
    /// @param connections how many more; less than 0 for fewer
    public void add(int slot, int connections) {
        long at = at(slot);
        long word;
        long next;
        do {
            word = Memory.getLongAcquire(at);
            next = (word & COUNT) + connections == 0 ? 0 : word + connections;
        } while (!Memory.compareAndSetLong(at, word, next));
    }

    /// Lets a limit hold that was set while there were as many or more: the slot is full until it
    /// has fewer than `resume`.
    ///
    /// @param slot whose
    /// @param limit 1 or more
    /// @param resume as for [#claim]
    public void limit(int slot, int limit, int resume) {
        long at = at(slot);
        long word;
        do {
            word = Memory.getLongAcquire(at);
        } while ((word & COUNT) >= limit
                && !Memory.compareAndSetLong(
                        at, word, fullAt(word & COUNT, limit, resume) | (word & COUNT)));
    }

    /// Whether a slot may have no more connections now.
    ///
    /// @param slot whose
    /// @param limit 1 or more
    /// @param resume as for [#claim]
    /// @return true if [#claim] would fail
    public boolean isFull(int slot, int limit, int resume) {
        return isFull(Memory.getLongAcquire(at(slot)), limit, resume);
    }

    /// A limit that was raised since the slot was full makes it forget that.
    private static boolean isFull(long word, int limit, int resume) {
        long count = word & COUNT;
        return count >= limit || (resume > 0 && count >= resume && word >>> Integer.SIZE >= limit);
    }

    /// How many connections there are.
    ///
    /// @param slot whose
    /// @return right if every worker counts the slot
    public int count(int slot) {
        return (int) Memory.getLongAcquire(at(slot));
    }

    @Override
    public void close() {
        region.close();
    }
}
