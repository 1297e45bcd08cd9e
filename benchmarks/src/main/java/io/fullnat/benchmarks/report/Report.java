// SPDX-License-Identifier: Apache-2.0
package io.fullnat.benchmarks.report;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Results as a table for people and as JSON for programs.
///
/// @param table with a line for each result
/// @param json an object for each result
public record Report(String table, List<Map<String, Object>> json) {
    /// Under which a result names the JVM.
    public static final String JVM = "jvm";

    private static final double NS_IN_US = 1000;

    /// On what the results were made: the line above a table.
    ///
    /// @return machine, JVM and commit
    public static String heading() {
        return machine() + ", " + jvm() + ", " + commit();
    }

    /// Millions of packets a second that so much processor time allows.
    ///
    /// @param ns nanoseconds a packet
    /// @return by the median
    public static double mpps(Spread ns) {
        return NS_IN_US / ns.median();
    }

    /// One result.
    ///
    /// @param what was measured
    /// @param ns processor time of a packet
    /// @return the object
    public static Map<String, Object> result(Map<String, Object> what, Spread ns) {
        Map<String, Object> object = new LinkedHashMap<>(what);
        object.put("nsPerPacket", ns.json());
        object.put("mpps", Spread.rounded(mpps(ns)));
        object.put("machine", machine());
        object.put(JVM, jvm());
        object.put("commit", commit());
        return object;
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
