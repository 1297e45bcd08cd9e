// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.control;

import io.fullnat.api.control.Condition;
import io.fullnat.api.counter.Counter;
import io.fullnat.api.counter.Outcome;
import io.fullnat.core.transmit.WorkerCounters;
import io.fullnat.core.worker.WorkerSet;
import java.util.function.LongSupplier;
import java.util.function.ToLongFunction;

/// Tells that a table which all workers share is full: of clients whose connections are counted, or
/// of persistence templates. From the first client that found no room, or took another's, until
/// that happens no more.
final class SharedTableWatch implements Watch {
    private static final String SUBJECT = "all workers";

    /// How often something has happened, and how often at the last look.
    private static final class Count {
        private final LongSupplier source;
        private long before;

        Count(LongSupplier source) {
            this.source = source;
        }

        /// How often since the last look.
        long more() {
            long now = source.getAsLong();
            long more = now - before;
            before = now;
            return more;
        }
    }

    private final Conditions conditions;
    private final Count clientsRefused;
    private final Count templatesRefused;
    private final Count templatesDisplaced;

    SharedTableWatch(WorkerSet workers, Conditions conditions) {
        this(
                conditions,
                () -> sum(workers, worker -> worker.get(Outcome.CLIENT_TABLE_FULL)),
                () -> sum(workers, worker -> worker.get(Counter.TEMPLATES_REFUSED)),
                () -> sum(workers, worker -> worker.get(Counter.TEMPLATES_DISPLACED)));
    }

    SharedTableWatch(
            Conditions conditions,
            LongSupplier clientsRefused,
            LongSupplier templatesRefused,
            LongSupplier templatesDisplaced) {
        this.conditions = conditions;
        this.clientsRefused = new Count(clientsRefused);
        this.templatesRefused = new Count(templatesRefused);
        this.templatesDisplaced = new Count(templatesDisplaced);
    }

    private static long sum(WorkerSet workers, ToLongFunction<WorkerCounters> counter) {
        long sum = 0;
        for (int worker = 0; worker < workers.size(); worker++) {
            sum += counter.applyAsLong(workers.counters(worker));
        }
        return sum;
    }

    @Override
    public void poll(long nowNs) {
        long clients = clientsRefused.more();
        if (clients > 0) {
            conditions.present(
                    Condition.CLIENTS_FULL,
                    SUBJECT,
                    "in the last second " + clients + " connections were refused",
                    nowNs);
        }
        long without = templatesRefused.more();
        long displaced = templatesDisplaced.more();
        if (without > 0 || displaced > 0) {
            conditions.present(
                    Condition.TEMPLATES_FULL,
                    SUBJECT,
                    "in the last second "
                            + displaced
                            + " templates gave way and "
                            + without
                            + " connections got none",
                    nowNs);
        }
    }
}
