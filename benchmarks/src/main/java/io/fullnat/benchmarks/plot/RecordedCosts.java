// SPDX-License-Identifier: Apache-2.0
package io.fullnat.benchmarks.plot;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;

/// What was measured of packets' costs, as `benchmarks/results/packet-cost.json` has it.
///
/// @param title of all
/// @param panels beside each other
record RecordedCosts(String title, List<Panel> panels) {
    /// Results of one machine and commit.
    ///
    /// @param title what is compared
    /// @param subtitle of which packets
    /// @param machine where
    /// @param commit of the engine
    /// @param figures which of the rounds they are
    /// @param source the page that tells them
    /// @param command that repeats them
    /// @param series the curves
    record Panel(
            String title,
            String subtitle,
            String machine,
            String commit,
            String figures,
            String source,
            String command,
            List<Series> series) {
        int leastFlows() {
            return series.stream()
                    .flatMap(each -> each.points().stream())
                    .mapToInt(Point::flows)
                    .min()
                    .orElseThrow();
        }
    }

    /// A curve.
    ///
    /// @param name what it is of
    /// @param points with growing numbers of flows
    record Series(String name, List<Point> points) {}

    /// One case.
    ///
    /// @param flows that take turns
    /// @param ns nanoseconds a packet, of each run
    record Point(int flows, List<Double> ns) {
        double least() {
            return Collections.min(ns);
        }

        double most() {
            return Collections.max(ns);
        }
    }

    static RecordedCosts read(Path file) throws IOException {
        return new ObjectMapper().readValue(Files.readString(file), RecordedCosts.class);
    }
}
