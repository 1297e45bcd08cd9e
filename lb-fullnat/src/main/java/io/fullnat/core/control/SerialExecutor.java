// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.control;

import io.fullnat.core.transmit.FaultLog;
import java.util.ArrayDeque;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/// Runs what belongs to the application, one after the other, on an executor of its choice: never
/// on the thread that adds it, unless the executor does so.
///
/// **Thread-safety:** all methods, from any thread.
final class SerialExecutor {
    /// How long a task may hold up those behind it, where they may overtake.
    static final long PATIENCE_NS = TimeUnit.SECONDS.toNanos(1);

    /// Who runs the tasks now.
    private static final class Turn {
        private long sinceNs = System.nanoTime();
    }

    private final Executor executor;
    private final FaultLog faults;
    private final String what;
    private final ArrayDeque<Runnable> tasks = new ArrayDeque<>();
    private @Nullable Turn turn;

    /// @param executor runs the tasks
    /// @param faults gets what they throw
    /// @param what they are, as a subject
    SerialExecutor(Executor executor, FaultLog faults, String what) {
        this.executor = executor;
        this.faults = faults;
        this.what = what;
    }

    void add(Runnable task) {
        Turn next;
        synchronized (this) {
            tasks.add(task);
            if (turn != null) {
                return;
            }
            next = new Turn();
            turn = next;
        }
        begin(next);
    }

    /// How many wait to be run.
    synchronized int waiting() {
        return tasks.size();
    }

    private void begin(Turn next) {
        try {
            executor.execute(() -> run(next));
        } catch (Throwable rejected) {
            faults.report("the executor of callbacks", rejected);
            Thread.startVirtualThread(() -> run(next));
        }
    }

    private void run(Turn mine) {
        for (Runnable task = next(mine); task != null; task = next(mine)) {
            try {
                task.run();
            } catch (Throwable fault) {
                faults.report(what, fault);
            }
        }
    }

    private synchronized @Nullable Runnable next(Turn mine) {
        if (turn != mine) {
            return null; // others have gone on
        }
        Runnable task = tasks.poll();
        if (task == null) {
            turn = null;
        }
        mine.sinceNs = System.nanoTime();
        return task;
    }

    /// Lets the tasks behind one that takes longer than [#PATIENCE_NS] go on beside it: it may wait
    /// for one of them.
    void overtake() {
        Turn next;
        synchronized (this) {
            Turn held = turn;
            if (held == null || tasks.isEmpty() || System.nanoTime() - held.sinceNs < PATIENCE_NS) {
                return;
            }
            next = new Turn();
            turn = next;
        }
        begin(next);
    }

    /// Nobody will call [#overtake()] any more: it is seen to until all tasks have begun.
    void release() {
        if (waiting() > 0) {
            Thread.startVirtualThread(() -> {
                while (waiting() > 0) {
                    LockSupport.parkNanos(PATIENCE_NS);
                    overtake();
                }
            });
        }
    }
}
