// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.worker;

import java.util.concurrent.atomic.AtomicLong;
import org.agrona.concurrent.OneToOneConcurrentArrayQueue;
import org.jspecify.annotations.Nullable;

/// How a new state passes from the control thread to one worker: *offer* a view, the worker
/// *prepares* it between bursts and acknowledges or refuses; when all workers have, one store to
/// the shared revision *publishes* it, and each worker *adopts* it at its next burst.
public final class ViewExchange {
    private final AtomicLong published;
    private final OneToOneConcurrentArrayQueue<WorkerView> inbox =
            new OneToOneConcurrentArrayQueue<>(8);
    private volatile long prepared;
    private volatile long adopted;
    private volatile long purged;
    private long ended;
    private volatile @Nullable String refusal;
    private @Nullable WorkerView next;

    /// An exchange with one worker.
    ///
    /// @param published shared by all workers: the revision in force
    public ViewExchange(AtomicLong published) {
        this.published = published;
    }

    /// Control: offers a view.
    ///
    /// @param view the next one
    /// @return false if the worker has not looked at the last ones
    public boolean offer(WorkerView view) {
        refusal = null;
        return inbox.offer(view);
    }

    /// Control: which revision the worker has prepared, or refused.
    ///
    /// @return the last revision it has looked at
    public long prepared() {
        return prepared;
    }

    /// Control: why the worker refused the revision it has looked at last.
    ///
    /// @return null if it accepted
    public @Nullable String refusal() {
        return refusal;
    }

    /// Control: which revision the worker works by.
    ///
    /// @return the revision
    public long adopted() {
        return adopted;
    }

    /// Control: up to which revision the worker has ended the connections that a change does away
    /// with.
    ///
    /// @return the revision
    public long purgedUpTo() {
        return purged;
    }

    /// Control: how many connections the worker has ended for the revision that [#purgedUpTo()]
    /// told last.
    ///
    /// @return how many
    public long ended() {
        return ended;
    }

    /// Decides whether a worker can take a view over.
    @FunctionalInterface
    public interface Preparation {
        /// Allocates what the view needs.
        ///
        /// @param view the next one
        /// @return null, or why it cannot be taken over
        @Nullable String prepare(WorkerView view);
    }

    /// Worker: looks into the inbox, and takes over what has been published.
    ///
    /// @param preparation asked for each offered view
    /// @return the view to work by from now on, or null if nothing changed
    public @Nullable WorkerView poll(Preparation preparation) {
        WorkerView offered = inbox.poll();
        if (offered != null) {
            String reason = preparation.prepare(offered);
            next = reason == null ? offered : null;
            refusal = reason;
            prepared = offered.revision();
        }
        WorkerView candidate = next;
        if (candidate == null || published.get() != candidate.revision()) {
            return null;
        }
        next = null;
        return candidate;
    }

    /// Worker: says that a burst will be handled by a view.
    ///
    /// @param view taken over
    void adopted(WorkerView view) {
        adopted = view.revision();
    }

    /// Worker: says that no connection is left that the adopted view does away with.
    ///
    /// @param count how many it has ended
    void purged(long count) {
        ended = count; // seen by a thread that sees what follows
        purged = adopted;
    }
}
