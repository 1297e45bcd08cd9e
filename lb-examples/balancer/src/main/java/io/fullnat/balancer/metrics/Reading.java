// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.metrics;

import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.io.IOException;
import java.io.OutputStream;
import java.util.List;
import java.util.stream.Stream;

/// All that is told at one time. For one thread.
///
/// @param tables of subjects of which there may be many
/// @param others all else of the balancer
/// @param jvm of the process
record Reading(List<Table> tables, MetricSnapshots others, MetricSnapshots jvm) {
    /// Writes it. The library's part comes last, as it knows how a format ends.
    void write(Format format, OutputStream out) throws IOException {
        for (Table table : tables) {
            table.write(format, out);
        }
        format.writer()
                .write(
                        out,
                        MetricSnapshots.of(
                                Stream.concat(others.stream(), jvm.stream())
                                        .toArray(MetricSnapshot[]::new)));
    }
}
