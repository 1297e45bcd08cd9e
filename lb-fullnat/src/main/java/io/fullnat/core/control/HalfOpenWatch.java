// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.control;

import io.fullnat.api.control.Condition;
import io.fullnat.api.counter.Counter;
import io.fullnat.api.counter.Outcome;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.core.connection.Shares;
import io.fullnat.core.worker.WorkerSet;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Tells that half-open connections of a service give way, or new ones are refused, because it has
/// as many as it may have: from the first until neither happens any more. One condition a service.
///
/// What happened is counted by slots, which outlast services: so what was seen last is kept by them
/// too, of those without a service as well.
final class HalfOpenWatch implements Watch {
    private final WorkerSet workers;
    private final Slots<ServiceKey> services;
    private final Conditions conditions;

    // By slot: how often something had happened at the last look, and whose it is.
    private long[] gaveWay = {};
    private long[] refused = {};
    private @Nullable ServiceKey[] keys = {};

    private long happened;

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
            lookAtAll(nowNs);
        }
    }

    private void lookAtAll(long nowNs) {
        int slots = services.bound();
        if (slots > keys.length) {
            gaveWay = Arrays.copyOf(gaveWay, slots);
            refused = Arrays.copyOf(refused, slots);
            keys = new @Nullable ServiceKey[slots];
        }
        Arrays.fill(keys, null);
        services.forEach((key, slot) -> keys[slot] = key);
        for (int slot = 0; slot < slots; slot++) {
            look(keys[slot], slot, nowNs);
        }
    }

    private void look(@Nullable ServiceKey key, int slot, long nowNs) {
        long moreGaveWay = -gaveWay[slot];
        long moreRefused = -refused[slot];
        for (int worker = 0; worker < workers.size(); worker++) {
            Shares shares = workers.workers().get(worker).connections().shares();
            moreGaveWay += shares.gaveWayOf(slot);
            moreRefused += shares.refusedHalfOpenOf(slot);
        }
        gaveWay[slot] += moreGaveWay;
        refused[slot] += moreRefused;
        if (key != null && (moreGaveWay != 0 || moreRefused != 0)) {
            conditions.present(
                    Condition.HALF_OPEN_FULL,
                    key.toString(),
                    workers.limits().halfOpen().count(slot)
                            + " half-open connections; since the last look "
                            + moreGaveWay
                            + " gave way and "
                            + moreRefused
                            + " were refused",
                    nowNs);
        }
    }
}
