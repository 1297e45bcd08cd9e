// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.limit;

import io.fullnat.api.io.Memory;
import io.fullnat.core.memory.Region;

/// How long real servers take to answer, by slot: a mean of what all workers have measured, which a
/// longer time replaces at once and shorter ones lower by and by (the *peak EWMA* of Finagle). What
/// is not measured for a while counts less and less, so that a server that was slow is tried again.
/// Beside it stands how many connections wait for their answer.
///
/// ```
/// +0 eighths of a microsecond, millisecond of the last measurement (upper half)  +8 waiting
/// ```
///
/// **Thread-safety:** all methods, by any thread. Of two that measure at once one may be forgotten;
/// the count is exact.
public final class AnswerTimes implements AutoCloseable {
    /// What counts for a connection that a server refused or did not answer.
    public static final int FAILED_MICROS = 1_000_000;

    private static final long NS_PER_MS = 1_000_000;

    /// After this time a measurement counts 1/e.
    private static final double DECAY_MS = 10_000;

    private static final int PARTS = 8;
    private static final int LONGEST = Integer.MAX_VALUE / PARTS;
    private static final int WAITING = 8;
    private static final long VALUE = 0xFFFF_FFFFL;

    private final Region region;

    /// Nothing is known of any server.
    ///
    /// @param slots of real servers
    public AnswerTimes(int slots) {
        region = Region.allocateSparse((long) slots * Region.CACHE_LINE, "answer times of servers");
    }

    private long at(int slot) {
        return region.address() + (long) slot * Region.CACHE_LINE;
    }

    private static int milliseconds(long nowNs) {
        return (int) (nowNs / NS_PER_MS);
    }

    /// What is left of a word's value.
    private static double value(long word, long nowNs) {
        int age = milliseconds(nowNs) - (int) (word >> Integer.SIZE);
        return (word & VALUE) * (age <= 0 ? 1 : Math.exp(-age / DECAY_MS));
    }

    /// A server is asked.
    ///
    /// @param slot the server's
    public void asked(int slot) {
        Memory.addLongAtomically(at(slot) + WAITING, 1);
    }

    /// Nobody waits any more for the answer to one connection.
    ///
    /// @param slot the server's
    public void settled(int slot) {
        Memory.addLongAtomically(at(slot) + WAITING, -1);
    }

    /// A server has answered, or failed to.
    ///
    /// @param slot the server's
    /// @param micros it took, 0 or more
    /// @param nowNs the present
    public void measured(int slot, int micros, long nowNs) {
        long at = at(slot);
        long word = Memory.getLongAcquire(at);
        double known = value(word, nowNs);
        double taken = Math.max(1, Math.min(micros, LONGEST) * (double) PARTS);
        double mean = taken;
        if (taken < known) {
            mean = taken + (known - taken) * (known / (word & VALUE));
        }
        long stamp = (long) milliseconds(nowNs) << Integer.SIZE;
        Memory.putLongRelease(at, stamp | (long) mean);
    }

    /// How long a server takes.
    ///
    /// @param slot the server's
    /// @param nowNs the present
    /// @return microseconds, 1 at least; 0 if nothing is known, or not any more
    public int micros(int slot, long nowNs) {
        double value = value(Memory.getLongAcquire(at(slot)), nowNs);
        return value < 1 ? 0 : Math.max(1, (int) (value / PARTS));
    }

    /// How many connections wait for their answer.
    ///
    /// @param slot the server's
    /// @return of all workers
    public int waiting(int slot) {
        return (int) Memory.getLongAcquire(at(slot) + WAITING);
    }

    /// Control: a slot is another server's.
    ///
    /// @param slot of which nothing is known
    public void forget(int slot) {
        Memory.putLongRelease(at(slot), 0);
    }

    @Override
    public void close() {
        region.close();
    }
}
