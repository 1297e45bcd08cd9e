// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.path;

import io.fullnat.api.counter.Outcome;
import io.fullnat.core.stack.StackContext;
import org.jspecify.annotations.Nullable;

/// Where packets that end are counted, and their buffers given back. For the worker's thread.
final class PacketEnd {
    private final StackContext stack;

    PacketEnd(StackContext stack) {
        this.stack = stack;
    }

    /// Ends a packet.
    ///
    /// @param buffer its handle, used up
    /// @param outcome how it ended; null if its buffer has gone its way
    void end(long buffer, @Nullable Outcome outcome) {
        if (outcome != null) {
            stack.counters().end(outcome, buffer);
            free(buffer);
        }
    }

    /// A pool that throws must not cost the packets behind in the burst.
    private void free(long buffer) {
        try {
            stack.pool().free(buffer);
        } catch (Throwable fault) {
            stack.counters().faults().report("giving a buffer back", fault);
        }
    }

    /// Tells of a fault that a packet has met.
    void report(Throwable fault) {
        stack.counters().faults().report("handling a packet", fault);
    }
}
