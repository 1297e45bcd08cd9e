// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.control;

import io.fullnat.api.io.Memory;
import io.fullnat.api.service.TrafficCounts;
import io.fullnat.core.service.TrafficTable;
import io.fullnat.core.worker.WorkerSet;

/// Where the counts of one service are, after one transaction: the slots of its real servers, those
/// that it no longer has included, and what is to be added to what lies there. Immutable.
final class ServiceReading {
    private final WorkerSet workers;
    private final int[] slots;
    private final TrafficCounts base;

    /// @param slots of its real servers, former ones included
    /// @param base what retired servers counted, less what was zeroed
    ServiceReading(WorkerSet workers, int[] slots, TrafficCounts base) {
        this.workers = workers;
        this.slots = slots;
        this.base = base;
    }

    TrafficCounts base() {
        return base;
    }

    /// The sum of a field over all servers and workers.
    long sum(int field) {
        long sum = 0;
        for (int worker = 0; worker < workers.size(); worker++) {
            TrafficTable table = workers.traffic(worker);
            for (int slot : slots) {
                sum += Memory.getLong(table.server(slot) + field);
            }
        }
        return sum;
    }
}
