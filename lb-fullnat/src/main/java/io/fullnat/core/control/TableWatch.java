package io.fullnat.core.control;

import io.fullnat.api.control.Condition;
import io.fullnat.api.counter.Counter;
import io.fullnat.api.counter.Outcome;
import io.fullnat.core.worker.WorkerSet;

/// Tells that a worker's connection table is full: from the first connection that was refused, or
/// that gave way, until neither happens any more.
final class TableWatch implements Watch {
    private final WorkerSet workers;
    private final Conditions conditions;
    private final long[] refused;
    private final long[] evicted;

    TableWatch(WorkerSet workers, Conditions conditions) {
        this.workers = workers;
        this.conditions = conditions;
        refused = new long[workers.size()];
        evicted = new long[workers.size()];
    }

    @Override
    public void poll(long nowNs) {
        for (int worker = 0; worker < refused.length; worker++) {
            long refusedNow = workers.counters(worker).get(Outcome.TABLE_FULL);
            long evictedNow = workers.counters(worker).get(Counter.CONNECTIONS_EVICTED);
            if (refusedNow != refused[worker] || evictedNow != evicted[worker]) {
                conditions.present(
                        Condition.TABLE_FULL,
                        "worker " + worker,
                        workers.counters(worker).get(Counter.CONNECTIONS)
                                + " connections; in the last second "
                                + (refusedNow - refused[worker])
                                + " were refused and "
                                + (evictedNow - evicted[worker])
                                + " gave way",
                        nowNs);
            }
            refused[worker] = refusedNow;
            evicted[worker] = evictedNow;
        }
    }
}
