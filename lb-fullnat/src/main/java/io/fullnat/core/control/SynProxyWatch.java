// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.control;

import io.fullnat.api.control.Condition;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.core.limit.SynProxyStates;
import io.fullnat.core.worker.WorkerSet;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// Tells that the SYN proxy of a service has gone on because of its half-open connections, and
/// switches it off when it is not needed any more: when the service has had less than half as many
/// for ten seconds, and would have had them too if real servers had been asked by each SYN whose
/// cookie nobody has acknowledged; or at once when the service no longer wants one, or always.
final class SynProxyWatch implements Watch {
    /// Looks, one a second, over which cookies without acknowledgement are counted.
    private static final int LOOKS = 10;

    /// For how long a half-open connection lasts, in as many looks.
    private static final int LASTING = 3;

    private final WorkerSet workers;
    private final SynProxyStates states;
    private final Slots<ServiceKey> services;
    private final Predicate<ServiceKey> wanted;
    private final Conditions conditions;
    private final Map<Integer, History> histories = new HashMap<>();

    /// What was seen of a service that is switched on.
    private static final class History {
        private final ServiceKey key;
        private final long[] totals = new long[LOOKS];
        private int looks;

        History(ServiceKey key) {
            this.key = key;
        }

        /// Notes how many cookies were not acknowledged, and returns how many more that is than ten
        /// looks ago.
        private long more(long total) {
            int at = looks % LOOKS;
            long before = looks < LOOKS ? totals[0] : totals[at];
            totals[at] = total;
            return looks++ == 0 ? 0 : total - before;
        }
    }

    /// @param wanted whether a service has a SYN proxy that goes on by itself
    SynProxyWatch(
            WorkerSet workers,
            Slots<ServiceKey> services,
            Predicate<ServiceKey> wanted,
            Conditions conditions) {
        this.workers = workers;
        states = workers.limits().synProxies();
        this.services = services;
        this.wanted = wanted;
        this.conditions = conditions;
    }

    @Override
    public void poll(long nowNs) {
        @Nullable ServiceKey[] keys = null;
        for (int slot = 0; slot < services.bound(); slot++) {
            if (states.from(slot) == 0) {
                continue;
            }
            if (keys == null) {
                keys = keys();
            }
            ServiceKey key = keys[slot];
            if (key == null) {
                off(slot);
            } else if (!wanted.test(key)) {
                off(slot);
                conditions.over(
                        Condition.SYN_PROXY_ACTIVE, key.toString(), "the service says so", nowNs);
            } else {
                look(key, slot, nowNs);
            }
        }
    }

    private void off(int slot) {
        states.off(slot);
        histories.remove(slot);
    }

    private @Nullable ServiceKey[] keys() {
        @Nullable ServiceKey[] keys = new @Nullable ServiceKey[services.bound()];
        services.forEach((key, slot) -> keys[slot] = key);
        return keys;
    }

    private void look(ServiceKey key, int slot, long nowNs) {
        History history = histories.get(slot);
        if (history == null || !history.key.equals(key)) {
            history = new History(key);
            histories.put(slot, history);
        }
        long more = history.more(unacknowledged(slot));
        long halfOpen = workers.limits().halfOpen().count(slot);
        String detail =
                halfOpen
                        + " half-open connections; of the SYNs of the last ten seconds "
                        + more
                        + " were answered in vain";
        long most = Math.max(halfOpen, LASTING * more);
        if (history.looks > LOOKS && 2 * most < states.from(slot)) {
            off(slot);
            conditions.over(Condition.SYN_PROXY_ACTIVE, key.toString(), detail, nowNs);
        } else {
            conditions.present(Condition.SYN_PROXY_ACTIVE, key.toString(), detail, nowNs);
        }
    }

    private long unacknowledged(int slot) {
        return workers.workers().stream()
                .mapToLong(worker -> worker.flows().synProxies().unacknowledged(slot))
                .sum();
    }
}
