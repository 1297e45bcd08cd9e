// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.metrics;

import io.fullnat.api.ErrorCode;
import io.fullnat.api.control.ActiveCondition;
import io.fullnat.api.control.Condition;
import io.fullnat.api.control.Control;
import io.fullnat.api.control.Health;
import io.fullnat.api.control.NeighbourStatus;
import io.fullnat.api.control.TransactionTimes;
import io.prometheus.metrics.model.snapshots.Labels;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// The balancer as a whole: how it is, its transactions, its neighbours. Thread-safe.
final class ControlSource implements Source {
    private static final Family INFO =
            Family.info("fullnat_build", "Always 1; which version runs", "version");
    private static final Family STATUS =
            Family.gauge("fullnat_status", "1 of the one state that the balancer is in", "state");
    private static final Family CONDITIONS =
            Family.gauge(
                    "fullnat_condition_subjects",
                    "Of how many addresses, ports, workers or services a condition lasts now",
                    "condition");
    private static final Family IDLE =
            Family.gauge(
                    "fullnat_worker_idle_seconds",
                    "Since the worker's last duty cycle",
                    WorkerSource.WORKER);
    private static final Family TRANSACTIONS =
            Family.histogram(
                    "fullnat_transaction_seconds",
                    "Transactions that were applied, by the time until their caller knew");
    private static final Family REFUSED =
            Family.counter(
                    "fullnat_transactions_refused",
                    "Transactions that changed nothing, by the reason",
                    "code");
    private static final Family NEIGHBOURS =
            Family.gauge(
                    "fullnat_neighbour_entries",
                    "Neighbours that a worker knows, by how sure it is of them",
                    WorkerSource.WORKER,
                    "state");

    private static final double NANOSECONDS = 1e-9;

    private final Control control;
    private final String version;

    ControlSource(Control control, String version) {
        this.control = control;
        this.version = version;
    }

    @Override
    public List<Family> families() {
        return List.of(INFO, STATUS, CONDITIONS, IDLE, TRANSACTIONS, REFUSED, NEIGHBOURS);
    }

    @Override
    public void read(Samples samples) {
        samples.add(INFO, 1, version);
        if (samples.wantsAny(List.of(STATUS, CONDITIONS, IDLE))) {
            health(samples, control.health());
        }
        transactions(samples, control.transactions());
        if (samples.wants(NEIGHBOURS)) {
            neighbours(samples, control.neighbours());
        }
    }

    private static void health(Samples samples, Health health) {
        for (Health.Status status : Health.Status.values()) {
            samples.add(STATUS, status == health.status() ? 1 : 0, word(status));
        }
        Map<Condition, Integer> lasting = new EnumMap<>(Condition.class);
        for (ActiveCondition active : health.conditions()) {
            lasting.merge(active.condition(), 1, Integer::sum);
        }
        for (Condition condition : Condition.values()) {
            samples.add(CONDITIONS, lasting.getOrDefault(condition, 0), condition.name());
        }
        for (Health.WorkerHealth worker : health.workers()) {
            samples.add(
                    IDLE, worker.idle().toNanos() * NANOSECONDS, String.valueOf(worker.worker()));
        }
    }

    private static void transactions(Samples samples, TransactionTimes times) {
        List<Double> limits = new ArrayList<>();
        TransactionTimes.LIMITS.forEach(limit -> limits.add(limit.toNanos() * NANOSECONDS));
        limits.add(Double.POSITIVE_INFINITY);
        samples.add(
                TRANSACTIONS,
                Labels.EMPTY,
                limits.stream().mapToDouble(Double::doubleValue).toArray(),
                times.counts().stream().mapToLong(Long::longValue).toArray(),
                times.total().toNanos() * NANOSECONDS);
        for (ErrorCode code : ErrorCode.values()) { // 0 too: an increase begins somewhere
            samples.add(REFUSED, times.refused().getOrDefault(code, 0L), code.name());
        }
    }

    private record Known(int worker, NeighbourStatus.State state) {}

    private static void neighbours(Samples samples, List<NeighbourStatus> neighbours) {
        Map<Known, Integer> counts = new HashMap<>();
        for (NeighbourStatus neighbour : neighbours) {
            counts.merge(new Known(neighbour.worker(), neighbour.state()), 1, Integer::sum);
        }
        counts.forEach((known, count) ->
                samples.add(NEIGHBOURS, count, String.valueOf(known.worker), word(known.state)));
    }

    private static String word(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }
}
