// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import io.fullnat.core.control.ControlAgent;
import io.fullnat.core.control.WaitGuard;
import io.fullnat.core.punt.PuntAgent;
import io.fullnat.core.transmit.WorkerCounters;
import io.fullnat.core.worker.Worker;
import io.fullnat.core.worker.WorkerSet;
import java.util.ArrayList;
import java.util.List;
import org.agrona.concurrent.Agent;
import org.agrona.concurrent.AgentTerminationException;
import org.jspecify.annotations.Nullable;

/// Control and all workers in turn, by whichever one thread asks for a duty cycle.
final class HandDrive implements Drive {
    /// Duty cycles by which workers have ended, unless one fails each time.
    private static final int LAST_TURNS = 1_000;

    private final WorkerSet workers;
    private final ControlAgent control;
    private final @Nullable PuntAgent punts;
    private final WaitGuard guard;
    private boolean working;

    HandDrive(WorkerSet workers, ControlAgent control, @Nullable PuntAgent punts, WaitGuard guard) {
        this.punts = punts;
        this.workers = workers;
        this.control = control;
        this.guard = guard;
        workers.workers().forEach(Worker::onStart);
    }

    int cycle() {
        requireNotWorking();
        guard.driven();
        working = true;
        int work = 0;
        try {
            work += cycle(control, workers.controlCounters());
            if (punts != null) {
                work += cycle(punts, workers.controlCounters());
            }
            for (Worker worker : workers.workers()) {
                work += cycle(worker, workers.counters(worker.number()));
            }
        } finally {
            working = false;
        }
        return work;
    }

    private void requireNotWorking() {
        if (working) {
            throw new BalancerException(
                    ErrorCode.WOULD_DEADLOCK,
                    "the balancer is in the middle of a duty cycle of this thread");
        }
    }

    private static int cycle(Agent agent, WorkerCounters counters) {
        try {
            return agent.doWork();
        } catch (Throwable fault) {
            counters.faults().report(agent.roleName(), fault);
            return 0;
        }
    }

    @Override
    public void requireMayClose() {
        guard.requireMayClose();
        requireNotWorking();
    }

    @Override
    public boolean end() {
        List<Worker> running = new ArrayList<>(workers.workers());
        for (int turn = 0; !running.isEmpty() && turn < LAST_TURNS; turn++) {
            running.removeIf(this::hasEnded);
        }
        for (Worker worker : workers.workers()) {
            try {
                worker.onClose();
            } catch (Throwable fault) {
                workers.counters(worker.number()).faults().report("closing a worker", fault);
            }
        }
        control.onClose();
        return true;
    }

    private boolean hasEnded(Worker worker) {
        try {
            worker.doWork();
            return false;
        } catch (AgentTerminationException ended) {
            return true;
        } catch (Throwable fault) {
            workers.counters(worker.number()).faults().report(worker.roleName(), fault);
            return false;
        }
    }
}
