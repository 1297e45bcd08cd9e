// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.control;

import io.fullnat.api.control.Condition;
import io.fullnat.api.counter.Counter;
import io.fullnat.api.counter.Outcome;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.core.connection.Shares;
import io.fullnat.core.worker.WorkerSet;
import java.util.HashMap;
import java.util.Map;

/// Tells that half-open connections of a service give way, or new ones are refused, because it has
/// as many as it may have: from the first until neither happens any more. One condition a service.
final class HalfOpenWatch implements Watch {
    private final WorkerSet workers;
    private final Slots<ServiceKey> services;
    private final Conditions conditions;
    private final Map<ServiceKey, Seen> before = new HashMap<>();
    private long happened;

    /// How often something had happened to connections of a service at the last look.
    private record Seen(long gaveWay, long refused) {
        static final Seen NOTHING = new Seen(0, 0);
    }

    HalfOpenWatch(WorkerSet workers, Slots<ServiceKey> services, Conditions conditions) {
        this.workers = workers;
        this.services = services;
        this.conditions = conditions;
    }

    @Override
    public void poll(long nowNs) {
        long now = 0;
        for (int worker = 0; worker < workers.size(); worker++) {
            now +=
                    workers.counters(worker).get(Counter.HALF_OPEN_GAVE_WAY)
                            + workers.counters(worker).get(Outcome.HALF_OPEN_FULL);
        }
        if (now != happened) {
            happened = now;
            services.forEach((key, slot) -> look(key, slot, nowNs));
        }
    }

    private void look(ServiceKey key, int slot, long nowNs) {
        long gaveWay = 0;
        long refused = 0;
        for (int worker = 0; worker < workers.size(); worker++) {
            Shares shares = workers.workers().get(worker).connections().shares();
            gaveWay += shares.gaveWayOf(slot);
            refused += shares.refusedHalfOpenOf(slot);
        }
        Seen seen = new Seen(gaveWay, refused);
        Seen last = before.getOrDefault(key, Seen.NOTHING);
        if (!seen.equals(last)) {
            before.put(key, seen);
            conditions.present(
                    Condition.HALF_OPEN_FULL,
                    key.toString(),
                    workers.limits().halfOpen().count(slot)
                            + " half-open connections; since the last look "
                            + (gaveWay - last.gaveWay)
                            + " gave way and "
                            + (refused - last.refused)
                            + " were refused",
                    nowNs);
        }
    }
}
