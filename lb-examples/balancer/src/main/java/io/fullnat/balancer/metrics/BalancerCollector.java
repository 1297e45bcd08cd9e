// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.metrics;

import io.prometheus.metrics.model.registry.MultiCollector;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.util.List;
import java.util.function.Predicate;

/// Reads a balancer for Prometheus' library. Thread-safe.
final class BalancerCollector implements MultiCollector {
    private final List<Source> sources;

    BalancerCollector(List<Source> sources) {
        this.sources = List.copyOf(sources);
    }

    /// All that may be told, in order.
    List<Family> families() {
        return sources.stream().flatMap(source -> source.families().stream()).toList();
    }

    @Override
    public MetricSnapshots collect() {
        return collect(name -> true);
    }

    @Override
    public MetricSnapshots collect(Predicate<String> wanted) {
        Samples samples = new Samples(wanted);
        sources.forEach(source -> source.read(samples));
        return samples.snapshots();
    }
}
