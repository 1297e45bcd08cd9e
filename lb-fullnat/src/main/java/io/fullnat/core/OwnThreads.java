// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

import io.fullnat.api.BalancerException;
import io.fullnat.core.control.ControlAgent;
import io.fullnat.core.control.WaitGuard;
import io.fullnat.core.punt.PuntAgent;
import io.fullnat.core.worker.Worker;
import io.fullnat.core.worker.WorkerSet;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import org.agrona.concurrent.Agent;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A thread for each worker and one for control.
final class OwnThreads implements Drive {
    private static final Logger LOG = LoggerFactory.getLogger(OwnThreads.class);

    /// A request wakes the control thread, so this is how late it may see that a worker is done
    /// with what takes long itself, a link has changed, or an address has drained.
    private static final int LONGEST_CONTROL_PAUSE_US = 5_000;

    private static final int CONTROL_REST_US = 10_000;

    /// How late the kernel's frames may leave when there were none before, and those for it arrive.
    private static final int LONGEST_PUNT_PAUSE_US = 500;

    private static final int PUNT_REST_US = 1_000;

    /// How long closing waits for a thread that hangs in what the application supplied.
    static final long CLOSE_LIMIT_NS = TimeUnit.SECONDS.toNanos(5);

    private final WorkerSet workers;
    private final ControlAgent control;
    private final ThreadFactory threads;
    private final IdleMode idle;
    private final WaitGuard guard;
    private final AgentNames names;
    private final List<AgentThread> workerThreads = new ArrayList<>();
    private final @Nullable PuntAgent punts;
    private @Nullable AgentThread controlThread;
    private @Nullable AgentThread puntThread;

    OwnThreads(
            WorkerSet workers,
            ControlAgent control,
            @Nullable PuntAgent punts,
            ThreadFactory threads,
            IdleMode idle,
            WaitGuard guard,
            AgentNames names) {
        this.workers = workers;
        this.control = control;
        this.punts = punts;
        this.threads = threads;
        this.idle = idle;
        this.guard = guard;
        this.names = names;
    }

    /// Starts them.
    ///
    /// @throws BalancerException if one cannot be; the others are to be ended
    void start() {
        for (Worker worker : workers.workers()) {
            AgentThread thread =
                    new AgentThread(
                            guarded(worker),
                            idle.strategy(),
                            workers.counters(worker.number()).faults());
            thread.start(threads);
            workerThreads.add(thread);
        }
        workerThreads.forEach(AgentThread::awaitStart);
        AgentThread last =
                new AgentThread(
                        names.control(control, guard::enter),
                        new BackOff(LONGEST_CONTROL_PAUSE_US, CONTROL_REST_US),
                        workers.controlCounters().faults());
        last.start(threads);
        controlThread = last;
        if (punts != null) {
            AgentThread kernel =
                    new AgentThread(
                            names.punts(punts, guard::enter),
                            new BackOff(LONGEST_PUNT_PAUSE_US, PUNT_REST_US),
                            workers.controlCounters().faults());
            kernel.start(threads);
            puntThread = kernel;
        }
    }

    /// The agent, with its thread known as one that must not wait.
    private Agent guarded(Worker worker) {
        return names.worker(
                worker,
                () -> {
                    guard.enter();
                    worker.onStart();
                });
    }

    @Override
    public void requireMayClose() {
        guard.requireMayClose();
    }

    @Override
    public boolean end() {
        for (Worker worker : workers.workers()) {
            if (worker.number() >= workerThreads.size()) { // it was given no thread
                worker.onClose();
            }
        }
        boolean ended = awaitAll(workerThreads, CLOSE_LIMIT_NS);
        if (!ended) { // the others wait for one that hangs
            workerThreads.forEach(AgentThread::stop);
            ended = awaitAll(workerThreads, CLOSE_LIMIT_NS / 5);
        }
        AgentThread kernel = puntThread;
        if (kernel != null) {
            kernel.stop();
            ended &= awaitAll(List.of(kernel), CLOSE_LIMIT_NS);
        }
        AgentThread last = controlThread;
        if (last == null) {
            control.onClose();
        } else {
            last.stop();
            boolean controlEnded = awaitAll(List.of(last), CLOSE_LIMIT_NS);
            if (!controlEnded) {
                control.abandon();
            }
            ended &= controlEnded;
        }
        return ended;
    }

    private static boolean awaitAll(List<AgentThread> all, long nanos) {
        long end = System.nanoTime() + nanos;
        boolean ended = true;
        for (AgentThread each : all) {
            if (!each.awaitEnd(Math.max(0, end - System.nanoTime()))) {
                LOG.error("{} does not end; its memory stays", each.whereabouts());
                ended = false;
            }
        }
        return ended;
    }
}
