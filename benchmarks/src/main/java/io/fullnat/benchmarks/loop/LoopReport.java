// SPDX-License-Identifier: Apache-2.0
package io.fullnat.benchmarks.loop;

import io.fullnat.benchmarks.report.Report;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// Results of the whole loop.
final class LoopReport {
    private LoopReport() {}

    static Report of(List<LoopResult> results) {
        return new Report(table(results), results.stream().map(LoopReport::json).toList());
    }

    private static String table(List<LoopResult> results) {
        StringBuilder table = new StringBuilder(Report.heading());
        table.append(
                String.format(
                        "%n%-20s %9s %-8s %-7s %8s %8s %8s %8s%n",
                        "case", "flows", "order", "phase", "min ns", "median", "max", "Mpps"));
        for (LoopResult result : results) {
            LoopCase measured = result.measured();
            table.append(
                    String.format(
                            Locale.ROOT,
                            "%-20s %9d %-8s %-7s %8.1f %8.1f %8.1f %8.2f%n",
                            measured.name(),
                            measured.flows(),
                            LoopCase.text(measured.order()),
                            LoopCase.text(measured.phase()),
                            result.ns().min(),
                            result.ns().median(),
                            result.ns().max(),
                            Report.mpps(result.ns())));
        }
        return table.toString();
    }

    private static Map<String, Object> json(LoopResult result) {
        Map<String, Object> what = new LinkedHashMap<>();
        LoopCase measured = result.measured();
        what.put("case", measured.name());
        what.put("flows", measured.flows());
        what.put("order", LoopCase.text(measured.order()));
        what.put("phase", LoopCase.text(measured.phase()));
        return Report.result(what, result.ns());
    }
}
