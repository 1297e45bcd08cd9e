// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.transmit;

import io.fullnat.api.counter.Counter;
import io.fullnat.api.counter.Outcome;
import io.fullnat.api.io.Memory;
import io.fullnat.core.tap.Tap;
import org.jspecify.annotations.Nullable;

/// The counters of one worker, each on cache lines of its own. The worker adds with plain stores of
/// 64-bit words; any thread may read: each reading is a whole value and none is older than the one
/// before, but counters that belong together may be read in between.
public final class WorkerCounters {
    private final long[] outcomes;
    private final long[] counters;
    private final FaultLog faults = new FaultLog(this);
    private @Nullable Tap tap;

    /// Counters at given places.
    ///
    /// @param outcomes addresses by ordinal of the [Outcome]
    /// @param counters addresses by ordinal of the [Counter]
    public WorkerCounters(long[] outcomes, long[] counters) {
        this.outcomes = outcomes.clone();
        this.counters = counters.clone();
    }

    /// Counts one packet's end.
    ///
    /// @param outcome how it ended
    public void count(Outcome outcome) {
        Memory.addLong(outcomes[outcome.ordinal()], 1);
    }

    /// Counts the end of a packet that a port has brought, and tells the tap of it, if there is
    /// one.
    ///
    /// @param outcome how it ended
    /// @param buffer its handle, still the packet's
    public void end(Outcome outcome, long buffer) {
        count(outcome);
        Tap present = tap;
        if (present != null) {
            present.ended(buffer, outcome);
        }
    }

    /// The worker's tap, for its thread.
    ///
    /// @return null while nothing is captured
    public @Nullable Tap tap() {
        return tap;
    }

    /// Gives the worker a tap, by its thread.
    ///
    /// @param other null for none
    public void tap(@Nullable Tap other) {
        tap = other;
    }

    /// Counts several packets' end.
    ///
    /// @param outcome how they ended
    /// @param packets how many
    public void count(Outcome outcome, long packets) {
        Memory.addLong(outcomes[outcome.ordinal()], packets);
    }

    /// Adds one to a counter.
    ///
    /// @param counter which
    public void count(Counter counter) {
        Memory.addLong(counters[counter.ordinal()], 1);
    }

    /// Adds to a counter.
    ///
    /// @param counter which
    /// @param increment what to add, may be negative for a gauge
    public void count(Counter counter, long increment) {
        Memory.addLong(counters[counter.ordinal()], increment);
    }

    /// Where a counter is, for a part of the worker that counts often.
    ///
    /// @param counter which
    /// @return its address, to which the worker's thread may add
    public long at(Counter counter) {
        return counters[counter.ordinal()];
    }

    /// Adds one to a counter that several threads write.
    ///
    /// @param counter which
    void countShared(Counter counter) {
        Memory.addLongAtomically(counters[counter.ordinal()], 1);
    }

    /// Where faults end.
    ///
    /// @return counts them here
    public FaultLog faults() {
        return faults;
    }

    /// Sets a gauge.
    ///
    /// @param counter which
    /// @param value its value
    public void set(Counter counter, long value) {
        Memory.putLong(counters[counter.ordinal()], value);
    }

    /// Reads a counter.
    ///
    /// @param counter which
    /// @return its value
    public long get(Counter counter) {
        return Memory.getLongAcquire(counters[counter.ordinal()]);
    }

    /// Reads how many packets ended in a way.
    ///
    /// @param outcome which
    /// @return packets
    public long get(Outcome outcome) {
        return Memory.getLongAcquire(outcomes[outcome.ordinal()]);
    }
}
