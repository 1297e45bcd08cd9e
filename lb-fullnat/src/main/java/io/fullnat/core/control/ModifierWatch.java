// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.control;

import io.fullnat.api.control.Condition;
import io.fullnat.api.counter.Counter;
import io.fullnat.api.counter.Outcome;
import io.fullnat.core.transmit.WorkerCounters;
import io.fullnat.core.worker.WorkerSet;

/// Tells that connections of a worker are refused, or begin without what their service tells
/// servers of clients: from the first one until it does not happen any more.
final class ModifierWatch implements Watch {
    private final WorkerSet workers;
    private final Conditions conditions;
    private final long[] refused;

    ModifierWatch(WorkerSet workers, Conditions conditions) {
        this.workers = workers;
        this.conditions = conditions;
        refused = new long[workers.size()];
    }

    @Override
    public void poll(long nowNs) {
        for (int worker = 0; worker < refused.length; worker++) {
            WorkerCounters counters = workers.counters(worker);
            long now =
                    counters.get(Counter.MODIFIERS_REFUSED) + counters.get(Outcome.MODIFIERS_FULL);
            if (now != refused[worker]) {
                conditions.present(
                        Condition.MODIFIERS_FULL,
                        "worker " + worker,
                        "in the last second "
                                + (now - refused[worker])
                                + " connections found no room to tell servers their clients",
                        nowNs);
                refused[worker] = now;
            }
        }
    }
}
