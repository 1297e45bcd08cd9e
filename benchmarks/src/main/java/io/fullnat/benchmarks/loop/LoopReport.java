package io.fullnat.benchmarks.loop;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// Results as a table for people and as JSON for programs.
final class LoopReport {
    private LoopReport() {}

    static String table(List<LoopResult> results) {
        StringBuilder table = new StringBuilder();
        table.append(machine()).append(", ").append(jvm()).append(", ").append(commit());
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
                            result.min(),
                            result.median(),
                            result.max(),
                            1000 / result.median()));
        }
        return table.toString();
    }

    /// One object for each case.
    static List<Map<String, Object>> json(List<LoopResult> results) {
        return results.stream().map(LoopReport::json).toList();
    }

    private static Map<String, Object> json(LoopResult result) {
        Map<String, Object> object = new LinkedHashMap<>();
        LoopCase measured = result.measured();
        object.put("case", measured.name());
        object.put("flows", measured.flows());
        object.put("order", LoopCase.text(measured.order()));
        object.put("phase", LoopCase.text(measured.phase()));
        Map<String, Object> ns = new LinkedHashMap<>();
        ns.put("min", rounded(result.min()));
        ns.put("median", rounded(result.median()));
        ns.put("max", rounded(result.max()));
        object.put("nsPerPacket", ns);
        object.put("mpps", rounded(1000 / result.median()));
        object.put("machine", machine());
        object.put("jvm", jvm());
        object.put("commit", commit());
        return object;
    }

    private static double rounded(double value) {
        return Math.round(value * 100) / 100.0;
    }

    private static String machine() {
        String model = System.getProperty("os.arch");
        Path cpus = Path.of("/proc/cpuinfo");
        if (Files.isReadable(cpus)) {
            try (BufferedReader lines = Files.newBufferedReader(cpus)) {
                model =
                        lines.lines()
                                .filter(line -> line.startsWith("model name"))
                                .map(line -> line.substring(line.indexOf(':') + 2))
                                .findFirst()
                                .orElse(model);
            } catch (IOException e) {
                return model;
            }
        }
        return model + " x " + Runtime.getRuntime().availableProcessors();
    }

    private static String jvm() {
        return System.getProperty("java.vm.name") + " " + Runtime.version();
    }

    private static String commit() {
        return "commit " + System.getProperty("fullnat.commit", "unknown");
    }
}
