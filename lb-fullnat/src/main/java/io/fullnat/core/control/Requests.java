// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.control;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.concurrent.locks.LockSupport;
import org.jctools.queues.varhandle.MpscUnboundedVarHandleArrayQueue;
import org.jspecify.annotations.Nullable;

/// The requests that wait for their turn, in order. One that has waited for too long is told so and
/// forgotten.
///
/// **Thread-safety:** [#offer(Request)], [#close()] and [#wake()] from any thread; all else on the
/// control thread.
final class Requests {
    private final MpscUnboundedVarHandleArrayQueue<Request> arriving =
            new MpscUnboundedVarHandleArrayQueue<>(64);
    private final ArrayDeque<Request> waiting = new ArrayDeque<>();
    private final Duration limit;
    private volatile boolean closed;
    private volatile @Nullable Thread thread;

    /// @param limit how long a request may take, for messages
    Requests(Duration limit) {
        this.limit = limit;
    }

    /// Says which thread is to be woken.
    void servedBy(Thread control) {
        if (thread != control) {
            thread = control;
        }
    }

    /// Wakes the control thread, which may sleep for a while where there is nothing to do.
    void wake() {
        LockSupport.unpark(thread);
    }

    void offer(Request request) {
        arriving.offer(request);
        wake();
        if (closed) {
            refuseAll();
        }
    }

    /// The next request whose caller has not cancelled it.
    @Nullable Request next() {
        for (Request next = poll(); next != null; next = poll()) {
            if (!next.isCancelled()) {
                return next;
            }
        }
        return null;
    }

    private synchronized @Nullable Request poll() {
        Request first = waiting.poll();
        return first == null ? arriving.poll() : first;
    }

    /// Refuses those that have waited for too long behind others.
    ///
    /// @param reason for which they wait
    synchronized void expire(long nowNs, String reason) {
        arriving.drain(waiting::add);
        while (!waiting.isEmpty() && nowNs - waiting.peek().deadlineNs() >= 0) {
            waiting.poll().answer().refuse(late(reason));
        }
    }

    /// That a transaction has taken too long.
    ///
    /// @param reason why, with what has become of it
    BalancerException late(String reason) {
        return new BalancerException(
                ErrorCode.TRANSACTION_TIMEOUT,
                "the transaction was not done within its limit of "
                        + limit.toMillis()
                        + " ms: "
                        + reason);
    }

    /// Refuses all that wait, and all that come.
    void close() {
        closed = true;
        refuseAll();
    }

    boolean isClosed() {
        return closed;
    }

    /// Called by whichever thread finds the balancer closed, hence the lock.
    private synchronized void refuseAll() {
        for (Request left = poll(); left != null; left = poll()) {
            left.answer().refuse(closedError());
        }
    }

    static BalancerException closedError() {
        return new BalancerException(ErrorCode.CLOSED, "the balancer is closed");
    }
}
