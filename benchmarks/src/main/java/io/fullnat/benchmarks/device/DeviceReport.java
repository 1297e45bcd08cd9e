// SPDX-License-Identifier: Apache-2.0
package io.fullnat.benchmarks.device;

import io.fullnat.benchmarks.report.Report;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// Results over devices. They have two rates: that which the processor time allows, as the whole
/// loop has it, and what was received by the clock, which is less where other work took the CPU.
final class DeviceReport {
    private DeviceReport() {}

    static Report of(List<DeviceResult> results) {
        return new Report(table(results), results.stream().map(DeviceReport::json).toList());
    }

    private static String table(List<DeviceResult> results) {
        StringBuilder table = new StringBuilder(Report.heading());
        table.append(
                String.format(
                        "%n%-8s %-12s %-9s %6s %8s %8s %8s %10s %8s %8s%n",
                        "device",
                        "program",
                        "case",
                        "flows",
                        "min ns",
                        "median",
                        "max",
                        "min Mpps",
                        "median",
                        "max"));
        for (DeviceResult result : results) {
            DeviceCase measured = result.measured();
            table.append(
                    String.format(
                            Locale.ROOT,
                            "%-8s %-12s %-9s %6s %8.1f %8.1f %8.1f %10.1f %8.1f %8.1f%n",
                            measured.device(),
                            measured.program(),
                            measured.work(),
                            measured.flows() > 0 ? measured.flows() : "-",
                            result.ns().min(),
                            result.ns().median(),
                            result.ns().max(),
                            result.mpps().min(),
                            result.mpps().median(),
                            result.mpps().max()));
        }
        return table.toString();
    }

    private static Map<String, Object> json(DeviceResult result) {
        Map<String, Object> object = Report.result(result.measured().json(), result.ns());
        object.put("mppsReceived", result.mpps().json());
        if (!result.measured().isFullnat()) {
            object.remove(Report.JVM);
        }
        return object;
    }
}
