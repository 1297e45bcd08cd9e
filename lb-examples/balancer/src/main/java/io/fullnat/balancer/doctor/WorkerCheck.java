// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.doctor;

import io.fullnat.api.counter.Counter;
import io.fullnat.api.counter.Outcome;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// Tables, time and traffic of workers.
final class WorkerCheck implements Check {
    private static final String SOURCE = "fullnat counters --worker";

    @Override
    public String what() {
        return "tables and load of workers";
    }

    @Override
    public List<Finding> findings(Observation reading) {
        List<Finding> findings = new ArrayList<>();
        reading.running()
                .ifPresent(running -> {
                    for (int worker = 0; worker < running.workers(); worker++) {
                        table(running, worker, findings);
                        modifiers(running, worker, findings);
                        busy(running, worker, reading.interval(), findings);
                    }
                    full(running, findings);
                    uneven(running, findings);
                    handedOver(running, findings);
                });
        return findings;
    }

    private static String percent(double share) {
        return String.format(Locale.ROOT, "%.0f %%", share * 100);
    }

    private static void table(Running running, int worker, List<Finding> findings) {
        long connections = running.after().of(worker, Counter.CONNECTIONS);
        long capacity = running.after().of(worker, Counter.CONNECTION_CAPACITY);
        if (capacity > 0 && connections > Thresholds.TABLE * capacity) {
            findings.add(
                    Diagnosis.TABLE_NEARLY_FULL.of(
                            "worker " + worker,
                            connections + " of " + capacity + " connections",
                            SOURCE + " " + worker));
        }
    }

    private static void modifiers(Running running, int worker, List<Finding> findings) {
        long modified = running.after().of(worker, Counter.MODIFIERS);
        long capacity = running.after().of(worker, Counter.MODIFIER_CAPACITY);
        if (capacity > 0 && modified > Thresholds.TABLE * capacity) {
            findings.add(
                    Diagnosis.MODIFIERS_NEARLY_FULL.of(
                            "worker " + worker,
                            modified + " of " + capacity + " connections",
                            SOURCE + " " + worker + ", MODIFIERS"));
        }
    }

    private static void full(Running running, List<Finding> findings) {
        long refused = running.grown(Outcome.TABLE_FULL);
        boolean lasts =
                running.conditions().stream()
                        .anyMatch(each -> each.name().equals(Diagnosis.TABLE_FULL.name()));
        if (refused > 0 && !lasts) {
            findings.add(
                    Diagnosis.TABLE_FULL.of(
                            "connection tables",
                            "TABLE_FULL +" + refused,
                            "fullnat counters, twice"));
        }
    }

    private static void busy(
            Running running, int worker, Duration interval, List<Finding> findings) {
        double share =
                (double) running.grown(worker, Counter.BUSY_NANOSECONDS) / interval.toNanos();
        if (share > Thresholds.BUSY) {
            findings.add(
                    Diagnosis.WORKER_BUSY.of(
                            "worker " + worker,
                            "busy "
                                    + percent(Math.min(1, share))
                                    + " of "
                                    + interval.toMillis()
                                    + " ms",
                            SOURCE + " " + worker + ", BUSY_NANOSECONDS"));
        }
    }

    private static void uneven(Running running, List<Finding> findings) {
        long all = running.grown(Counter.RECEIVED);
        int workers = running.workers();
        if (workers < 2 || all < Thresholds.FEW_PACKETS) {
            return;
        }
        for (int worker = 0; worker < workers; worker++) {
            long own = running.grown(worker, Counter.RECEIVED);
            if (own * workers > Thresholds.UNEVEN * all || (workers == 2 && own == all)) {
                findings.add(
                        Diagnosis.UNEVEN_WORKERS.of(
                                "worker " + worker,
                                "received "
                                        + own
                                        + " of "
                                        + all
                                        + " packets, one of "
                                        + workers
                                        + " workers",
                                SOURCE + " " + worker + ", RECEIVED"));
            }
        }
    }

    private static void handedOver(Running running, List<Finding> findings) {
        long received = running.grown(Counter.RECEIVED);
        long moved = running.grown(Outcome.HANDED_OVER);
        if (received >= Thresholds.FEW_PACKETS && moved > Thresholds.HANDED_OVER * received) {
            findings.add(
                    Diagnosis.HANDED_OVER.of(
                            "workers",
                            percent((double) moved / received)
                                    + " of "
                                    + received
                                    + " packets; answers: "
                                    + answers(running),
                            "fullnat counters, twice; dpip link show -v"));
        }
    }

    private static String answers(Running running) {
        return String.join(
                ", ",
                running.ports().stream().map(port -> port.name() + " " + port.answers()).toList());
    }
}
