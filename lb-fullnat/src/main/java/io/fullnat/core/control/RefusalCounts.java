// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.control;

import io.fullnat.api.counter.Outcome;
import io.fullnat.core.service.RefusalTable;
import io.fullnat.core.worker.WorkerSet;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReferenceArray;

/// What services have refused, by slot, since the service was added or its counts were zeroed.
/// Workers only ever add: what a slot had counted before is remembered.
///
/// Read by any thread; written, but for the workers' own counting, by the control thread.
final class RefusalCounts {
    private final WorkerSet workers;

    /// By slot: what each worker had counted, all columns of one after the other. Null is zero.
    private final AtomicReferenceArray<long[]> zeroes;

    RefusalCounts(WorkerSet workers, int slots) {
        this.workers = workers;
        zeroes = new AtomicReferenceArray<>(slots);
    }

    /// Counts of a slot begin at zero.
    void zero(int slot) {
        long[] now = new long[workers.size() * RefusalTable.COLUMNS];
        long any = 0;
        for (int i = 0; i < now.length; i++) {
            now[i] = counted(slot, i / RefusalTable.COLUMNS, i % RefusalTable.COLUMNS);
            any |= now[i];
        }
        zeroes.set(slot, any == 0 ? null : now);
    }

    private long counted(int slot, int worker, int column) {
        return workers.traffic(worker).refusals().get(slot, column);
    }

    /// Packets that a service has refused. Allocates nothing for one that has refused none.
    ///
    /// @return those that there were, by how they ended
    Map<Outcome, Long> of(int slot, WorkerChoice choice) {
        long[] zero = zeroes.get(slot);
        Map<Outcome, Long> refused = null;
        for (int column = 0; column < RefusalTable.COLUMNS; column++) {
            long sum = 0;
            for (int worker = choice.first(); worker < choice.end(); worker++) {
                sum += counted(slot, worker, column);
                sum -= zero == null ? 0 : zero[worker * RefusalTable.COLUMNS + column];
            }
            if (sum != 0) {
                refused = refused == null ? new EnumMap<>(Outcome.class) : refused;
                refused.put(RefusalTable.outcome(column), sum);
            }
        }
        return refused == null ? Map.of() : refused;
    }
}
