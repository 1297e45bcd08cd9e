// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.control;

import io.fullnat.api.control.Condition;
import io.fullnat.api.counter.Counter;
import io.fullnat.api.counter.Outcome;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.core.connection.ConnectionTable;
import io.fullnat.core.worker.WorkerSet;
import java.util.HashMap;
import java.util.Map;

/// Tells that a worker's connection table is full: from the first connection that was refused, or
/// that gave way, until neither happens any more.
final class TableWatch implements Watch {
    private final WorkerSet workers;
    private final Slots<ServiceKey> services;
    private final Conditions conditions;
    private final Map<Integer, Map<ServiceKey, Long>> refusedOf = new HashMap<>();
    private final long[] refused;
    private final long[] evicted;

    TableWatch(WorkerSet workers, Slots<ServiceKey> services, Conditions conditions) {
        this.workers = workers;
        this.services = services;
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
                                + " were refused"
                                + (refusedNow == refused[worker] ? "" : mostOf(worker))
                                + " and "
                                + (evictedNow - evicted[worker])
                                + " gave way",
                        nowNs);
            }
            refused[worker] = refusedNow;
            evicted[worker] = evictedNow;
        }
    }

    /// Of which service most were refused since this was asked before.
    private String mostOf(int worker) {
        ConnectionTable table = workers.workers().get(worker).connections();
        Map<ServiceKey, Long> counts = new HashMap<>();
        services.forEach((key, slot) -> counts.put(key, table.shares().refused(slot)));
        Map<ServiceKey, Long> before = refusedOf.put(worker, counts);
        String most = "";
        long mostRefused = 0;
        for (Map.Entry<ServiceKey, Long> entry : counts.entrySet()) {
            long earlier =
                    before == null ? 0 : before.getOrDefault(entry.getKey(), entry.getValue());
            if (entry.getValue() - earlier > mostRefused) {
                mostRefused = entry.getValue() - earlier;
                most = " (most of " + entry.getKey() + ")";
            }
        }
        return most;
    }
}
