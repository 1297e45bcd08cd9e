// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.control;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import java.util.Iterator;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.LongSupplier;

/// Callers who wait for the last connection of a real server or a local address. Looked at every
/// tenth of a second, on the control thread.
///
/// **Thread-safety:** [#add] from any thread.
final class Drains implements Watch {
    private static final long INTERVAL_NS = 100_000_000;

    private record Waiting(String what, LongSupplier left, Answer<Void> answer, long deadlineNs) {}

    private final Queue<Waiting> all = new ConcurrentLinkedQueue<>();
    private long nextNs;
    private volatile boolean closed;

    /// Waits.
    ///
    /// @param what drains, for messages
    /// @param left how many connections it has
    /// @param answer settled when it has none
    /// @param deadlineNs refused then
    void add(String what, LongSupplier left, Answer<Void> answer, long deadlineNs) {
        all.add(new Waiting(what, left, answer, deadlineNs));
        if (closed) {
            close();
        }
    }

    @Override
    public void poll(long nowNs) {
        if (all.isEmpty() || nowNs - nextNs < 0) {
            return;
        }
        nextNs = nowNs + INTERVAL_NS;
        for (Iterator<Waiting> each = all.iterator(); each.hasNext(); ) {
            Waiting waiting = each.next();
            long left = waiting.left.getAsLong();
            if (waiting.answer.isDone()) {
                each.remove();
            } else if (left == 0) {
                each.remove();
                waiting.answer.fulfil(null);
            } else if (nowNs - waiting.deadlineNs >= 0) {
                each.remove();
                waiting.answer.refuse(
                        new BalancerException(
                                ErrorCode.TRANSACTION_TIMEOUT,
                                waiting.what
                                        + " has "
                                        + left
                                        + " connections at the end of the limit; it goes on"
                                        + " draining"));
            }
        }
    }

    /// Nobody waits any more.
    void close() {
        closed = true;
        for (Waiting left = all.poll(); left != null; left = all.poll()) {
            left.answer.refuse(Requests.closedError());
        }
    }
}
