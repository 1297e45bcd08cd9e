// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.connection;

import static io.fullnat.core.connection.ConnectionLayout.FLOW_LENGTH;
import static io.fullnat.core.connection.ConnectionLayout.INBOUND;
import static io.fullnat.core.connection.ConnectionLayout.LAST_SEEN;
import static io.fullnat.core.connection.ConnectionLayout.OUTBOUND;
import static io.fullnat.core.connection.ConnectionLayout.TIMEOUT;

import io.fullnat.api.io.Memory;

/// Ends the connections of a table whose time has come, some at once: as with packets, what all of
/// them need is loaded before the first one is dealt with.
final class Expiry {
    /// How many connections whose time may have come are looked at together.
    private static final int DUE = 32;

    private final ConnectionTable table;
    private final TimerWheel timers;
    private final EndListener listener;
    private final long[] due = new long[DUE];
    private final long[] hashes = new long[2 * DUE];
    private long touched;

    Expiry(ConnectionTable table, TimerWheel timers, EndListener listener) {
        this.table = table;
        this.timers = timers;
        this.listener = listener;
    }

    /// Looks at connections whose time may have come; see [ConnectionTable#expire].
    int step(int nowSeconds, int limit) {
        int seen = 0;
        int taken;
        do {
            taken = timers.take(nowSeconds, due, Math.min(due.length, limit - seen));
            endDue(taken, nowSeconds);
            seen += taken;
        } while (taken == due.length && seen < limit);
        return seen;
    }

    /// Ends those of the taken connections that had no packet meanwhile, and arms the others again.
    private void endDue(int count, int nowSeconds) {
        long sum = 0;
        for (int i = 0; i < count; i++) {
            sum +=
                    Memory.getInt(due[i] + LAST_SEEN)
                            + Memory.getInt(due[i] + FLOW_LENGTH + LAST_SEEN);
        }
        int ending = 0;
        for (int i = 0; i < count; i++) {
            long entry = due[i];
            PacketCounts.noteWraps(entry);
            int deadline = deadline(entry);
            if (deadline - nowSeconds <= 0) {
                listener.idle(entry);
                deadline = deadline(entry);
            }
            if (deadline - nowSeconds > 0) {
                timers.arm(entry, deadline);
                continue;
            }
            due[ending] = entry;
            hashes[2 * ending] = table.hashOf(entry, INBOUND);
            hashes[2 * ending + 1] = table.hashOf(entry, OUTBOUND);
            ending++;
        }
        for (int i = 0; i < ending; i++) {
            sum +=
                    Memory.getLong(table.bucketOf(due[i], INBOUND, hashes[2 * i]))
                            + Memory.getLong(table.bucketOf(due[i], OUTBOUND, hashes[2 * i + 1]))
                            + listener.prefetch(due[i]);
        }
        for (int i = 0; i < ending; i++) {
            listener.ended(due[i], false);
            table.unhash(due[i], hashes[2 * i], hashes[2 * i + 1]);
        }
        touched += sum;
    }

    /// Keeps the early loads alive: without a use the compiler would drop them.
    ///
    /// @return a meaningless sum
    long touched() {
        return touched;
    }

    /// The second at which a connection ends if no packet comes: its idle time must have passed in
    /// full, and the second of its last packet was not a full one.
    static int deadline(long entry) {
        int in = Memory.getInt(entry + LAST_SEEN);
        int out = Memory.getInt(entry + FLOW_LENGTH + LAST_SEEN);
        return deadline(in - out > 0 ? in : out, Memory.getInt(entry + TIMEOUT));
    }

    static int deadline(int lastSeconds, int timeoutSeconds) {
        return lastSeconds + timeoutSeconds + 1;
    }
}
