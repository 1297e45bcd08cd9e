// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.metrics;

import io.prometheus.metrics.model.snapshots.ClassicHistogramBuckets;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.CounterSnapshot.CounterDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Exemplars;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot.GaugeDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot.HistogramDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.InfoSnapshot;
import io.prometheus.metrics.model.snapshots.InfoSnapshot.InfoDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricMetadata;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import io.prometheus.metrics.model.snapshots.UnknownSnapshot;
import io.prometheus.metrics.model.snapshots.UnknownSnapshot.UnknownDataPointSnapshot;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/// The values of one scrape, on their way into the library's snapshots. Those of subjects of which
/// there may be many go past it, as a [Table]. For one thread.
final class Samples {
    private static final long NOT_SAID = 0;

    private final Predicate<String> wanted;
    private final IdentityHashMap<Family, Points> families = new IdentityHashMap<>();
    private final List<Family> inOrder = new ArrayList<>();
    private final List<Table> tables = new ArrayList<>();

    /// @param wanted by the name that Prometheus knows
    Samples(Predicate<String> wanted) {
        this.wanted = wanted;
    }

    /// The series of a family.
    private static final class Points {
        final boolean kept;
        final List<CounterDataPointSnapshot> counters = new ArrayList<>();
        final List<GaugeDataPointSnapshot> gauges = new ArrayList<>();
        final List<HistogramDataPointSnapshot> histograms = new ArrayList<>();
        final List<UnknownDataPointSnapshot> unknown = new ArrayList<>();
        final List<InfoDataPointSnapshot> infos = new ArrayList<>();

        Points(boolean kept) {
            this.kept = kept;
        }
    }

    private Points points(Family family) {
        Points known = families.get(family);
        if (known == null) {
            known = new Points(wanted.test(family.shown()));
            families.put(family, known);
            inOrder.add(family);
        }
        return known;
    }

    /// Whether somebody asks for a family.
    boolean wants(Family family) {
        return points(family).kept;
    }

    /// Whether somebody asks for one of some families.
    boolean wantsAny(List<Family> some) {
        return some.stream().anyMatch(this::wants);
    }

    /// Labels that several families can share.
    ///
    /// @param family one of them
    /// @param values in its order
    static Labels labels(Family family, String... values) {
        return Labels.of(family.labels().toArray(String[]::new), values);
    }

    /// Adds a series of a single value.
    void add(Family family, Labels labels, double value) {
        Points points = points(family);
        if (!points.kept) {
            return;
        }
        switch (family.kind()) {
            case COUNTER ->
                    points.counters.add(
                            new CounterDataPointSnapshot(value, labels, null, NOT_SAID));
            case GAUGE -> points.gauges.add(new GaugeDataPointSnapshot(value, labels, null));
            case UNKNOWN -> points.unknown.add(new UnknownDataPointSnapshot(value, labels, null));
            case INFO -> points.infos.add(new InfoDataPointSnapshot(labels));
            case HISTOGRAM -> throw new IllegalArgumentException(family + " has buckets");
        }
    }

    /// Adds a series of a count, of which Prometheus keeps 53 bits exactly.
    void add(Family family, Labels labels, long value) {
        add(family, labels, (double) value);
    }

    /// Adds a series of a count.
    ///
    /// @param labels values of the family's labels
    void add(Family family, long value, String... labels) {
        add(family, (double) value, labels);
    }

    /// Adds a series of a single value.
    ///
    /// @param labels values of the family's labels
    void add(Family family, double value, String... labels) {
        if (wants(family)) {
            add(family, labels(family, labels), value);
        }
    }

    /// Adds a histogram.
    ///
    /// @param limits of its buckets, each included; the last is infinite
    /// @param counts of each bucket alone
    /// @param sum of all that was counted
    void add(Family family, Labels labels, double[] limits, long[] counts, double sum) {
        Points points = points(family);
        if (points.kept) {
            points.histograms.add(
                    new HistogramDataPointSnapshot(
                            ClassicHistogramBuckets.of(limits, counts),
                            sum,
                            labels,
                            Exemplars.EMPTY,
                            NOT_SAID));
        }
    }

    /// Adds metrics that have a series of each of many subjects.
    ///
    /// @param columns counters and gauges, all with the same labels
    /// @return to be filled; empty if nobody asks for any of them
    Optional<Table> table(List<Family> columns) {
        boolean[] wantedOnes = new boolean[columns.size()];
        boolean any = false;
        for (int column = 0; column < wantedOnes.length; column++) {
            wantedOnes[column] = wanted.test(columns.get(column).shown());
            any |= wantedOnes[column];
        }
        if (!any) {
            return Optional.empty();
        }
        Table table = new Table(columns, wantedOnes);
        tables.add(table);
        return Optional.of(table);
    }

    /// What is written past the library.
    List<Table> tables() {
        return List.copyOf(tables);
    }

    /// What the library writes. Families that have no series now are left out.
    MetricSnapshots snapshots() {
        List<MetricSnapshot> all = new ArrayList<>();
        for (Family family : inOrder) {
            Points points = points(family);
            MetricMetadata about = new MetricMetadata(family.name(), family.help());
            if (!points.counters.isEmpty()) {
                all.add(new CounterSnapshot(about, points.counters));
            } else if (!points.gauges.isEmpty()) {
                all.add(new GaugeSnapshot(about, points.gauges));
            } else if (!points.histograms.isEmpty()) {
                all.add(new HistogramSnapshot(about, points.histograms));
            } else if (!points.unknown.isEmpty()) {
                all.add(new UnknownSnapshot(about, points.unknown));
            } else if (!points.infos.isEmpty()) {
                all.add(new InfoSnapshot(about, points.infos));
            }
        }
        return new MetricSnapshots(all);
    }
}
