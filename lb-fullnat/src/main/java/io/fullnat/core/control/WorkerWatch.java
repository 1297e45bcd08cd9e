// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.control;

import io.fullnat.api.control.Condition;
import io.fullnat.api.counter.Counter;
import io.fullnat.core.worker.WorkerSet;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLongArray;

/// Tells that a worker stands still: its duty cycles are no more than they were at the last looks,
/// a second apart.
final class WorkerWatch implements Watch {
    /// Looks at which a worker has not moved before it is told.
    private static final int LOOKS = 2;

    private final WorkerSet workers;
    private final Conditions conditions;
    private final AtomicLongArray cycles;
    private final AtomicLongArray movedNs;
    private final int[] still;

    WorkerWatch(WorkerSet workers, Conditions conditions, long nowNs) {
        this.workers = workers;
        this.conditions = conditions;
        cycles = new AtomicLongArray(workers.size());
        movedNs = new AtomicLongArray(workers.size());
        still = new int[workers.size()];
        for (int worker = 0; worker < still.length; worker++) {
            movedNs.set(worker, nowNs);
        }
    }

    @Override
    public void poll(long nowNs) {
        for (int worker = 0; worker < still.length; worker++) {
            long now = workers.counters(worker).get(Counter.CYCLES);
            String subject = "worker " + worker;
            if (now != cycles.get(worker)) {
                cycles.set(worker, now);
                movedNs.set(worker, nowNs);
                still[worker] = 0;
                conditions.over(Condition.WORKER_STALLED, subject, "it goes on", nowNs);
            } else if (++still[worker] >= LOOKS) {
                String detail = "no duty cycle for " + idle(worker, nowNs).toSeconds() + " s";
                conditions.present(Condition.WORKER_STALLED, subject, detail, nowNs);
            }
        }
    }

    /// Since a worker's last cycle, to a second. Any thread.
    Duration idle(int worker, long nowNs) {
        boolean moved = workers.counters(worker).get(Counter.CYCLES) != cycles.get(worker);
        return moved ? Duration.ZERO : Duration.ofNanos(Math.max(0, nowNs - movedNs.get(worker)));
    }
}
