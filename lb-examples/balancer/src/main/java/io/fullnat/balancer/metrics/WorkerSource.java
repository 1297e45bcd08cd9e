// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.metrics;

import io.fullnat.api.counter.Counter;
import io.fullnat.api.counter.CountersReader;
import io.fullnat.api.counter.Outcome;
import io.prometheus.metrics.model.snapshots.Labels;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/// What each worker has counted: ends of packets, all counters, its load. Read from the memory that
/// workers write, which costs them nothing. Thread-safe.
final class WorkerSource implements Source {
    static final String WORKER = "worker";

    /// Counted by control, though it stands under worker 0.
    private static final Set<Counter> OF_CONTROL =
            EnumSet.of(
                    Counter.STEERED_ADDRESSES,
                    Counter.FLOW_RULES_REFUSED,
                    Counter.HEALTH_PROBES,
                    Counter.HEALTH_PROBES_FAILED,
                    Counter.HEALTH_PROBES_IMPOSSIBLE,
                    Counter.SERVERS_DOWN);

    /// Buckets of a histogram, by the largest size of each.
    private static final Map<Counter, Double> BURSTS = bursts();

    /// Where the counter's own name does not say of what it is.
    private static final Map<Counter, String> NAMES =
            new EnumMap<>(
                    Map.of(
                            Counter.RECEIVED, "received_packets",
                            Counter.TAKEN_OVER, "taken_over_packets",
                            Counter.WAITING, "waiting_packets",
                            Counter.SENT, "sent_packets",
                            Counter.FRAGMENTED, "fragmented_packets",
                            Counter.NEIGHBOUR_WAITING, "neighbour_waiting_packets",
                            Counter.BUSY_NANOSECONDS, "busy_seconds"));

    private static final Family WORKERS = Family.gauge("fullnat_workers", "Workers that forward");

    private static final Family PACKETS =
            Family.counter(
                    "fullnat_packets",
                    "Packets by how they ended, each once but those handed over, which the worker"
                            + " that gets them counts again",
                    WORKER,
                    "outcome",
                    "kind");

    private static final Family BURST_SIZES =
            Family.histogram(
                    "fullnat_worker_burst_packets",
                    "Sizes of the bursts in which ports gave packets; 64 are taken at once",
                    WORKER);

    private static final double NANOSECONDS = 1e-9;

    private final CountersReader counters;
    private final Map<Counter, Family> byCounter = new EnumMap<>(Counter.class);

    WorkerSource(CountersReader counters) {
        this.counters = counters;
        for (Counter counter : Counter.values()) {
            if (!BURSTS.containsKey(counter)) {
                byCounter.put(counter, family(counter));
            }
        }
    }

    private static Map<Counter, Double> bursts() {
        Map<Counter, Double> bursts = new EnumMap<>(Counter.class);
        bursts.put(Counter.BURSTS_OF_1, 1.0);
        bursts.put(Counter.BURSTS_OF_2, 3.0);
        bursts.put(Counter.BURSTS_OF_4, 7.0);
        bursts.put(Counter.BURSTS_OF_8, 15.0);
        bursts.put(Counter.BURSTS_OF_16, 31.0);
        bursts.put(Counter.BURSTS_OF_32, 63.0);
        bursts.put(Counter.BURSTS_OF_64, Double.POSITIVE_INFINITY);
        return bursts;
    }

    private static Family family(Counter counter) {
        boolean ofControl = OF_CONTROL.contains(counter);
        String name = NAMES.getOrDefault(counter, counter.name().toLowerCase(Locale.ROOT));
        String help =
                counter == Counter.BUSY_NANOSECONDS
                        ? "time spent in duty cycles in which there was something to do"
                        : counter.meaning();
        return new Family(
                (ofControl ? "fullnat_" : "fullnat_worker_") + name,
                counter.isGauge() ? Family.Kind.GAUGE : Family.Kind.COUNTER,
                help.substring(0, 1).toUpperCase(Locale.ROOT) + help.substring(1),
                ofControl ? List.of() : List.of(WORKER));
    }

    @Override
    public List<Family> families() {
        List<Family> all = new ArrayList<>(List.of(WORKERS, PACKETS, BURST_SIZES));
        all.addAll(byCounter.values());
        return all;
    }

    @Override
    public void read(Samples samples) {
        samples.add(WORKERS, counters.workers());
        for (int worker = 0; worker < counters.workers(); worker++) {
            int number = worker;
            String name = String.valueOf(worker);
            if (samples.wants(PACKETS)) {
                outcomes(samples, number);
            }
            Labels labels = Labels.of(WORKER, name);
            bursts(samples, labels, number);
            byCounter.forEach((counter, family) -> {
                if (!family.labels().isEmpty()) {
                    samples.add(family, labels, value(number, counter));
                }
            });
        }
        byCounter.forEach((counter, family) -> {
            if (family.labels().isEmpty()) {
                samples.add(family, counters.total(counter));
            }
        });
    }

    private double value(int worker, Counter counter) {
        long count = counters.get(worker, counter);
        return counter == Counter.BUSY_NANOSECONDS ? count * NANOSECONDS : (double) count;
    }

    private void outcomes(Samples samples, int worker) {
        for (Outcome outcome : Outcome.values()) {
            samples.add(
                    PACKETS,
                    counters.get(worker, outcome),
                    String.valueOf(worker),
                    outcome.name(),
                    outcome.kind().name().toLowerCase(Locale.ROOT));
        }
    }

    private void bursts(Samples samples, Labels labels, int worker) {
        double[] limits = new double[BURSTS.size()];
        long[] counts = new long[BURSTS.size()];
        int bucket = 0;
        for (Map.Entry<Counter, Double> burst : BURSTS.entrySet()) {
            limits[bucket] = burst.getValue();
            counts[bucket++] = counters.get(worker, burst.getKey());
        }
        samples.add(
                BURST_SIZES,
                labels,
                limits,
                counts,
                (double) counters.get(worker, Counter.RECEIVED));
    }
}
