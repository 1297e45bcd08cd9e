// SPDX-License-Identifier: Apache-2.0
package io.fullnat.benchmarks.start;

import io.fullnat.demo.lab.Lab;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// How long after its start `fullnat run` forwards its first packet: from the exec of `./fullnat`,
/// over af_packet in network namespaces, with a table for two million connections. Two ways to
/// start take turns, as other work on the machine changes its speed.
///
/// As root, after a build: `java $OPTIONS -cp benchmarks/target/benchmarks.jar
/// io.fullnat.benchmarks.start.StartTime [ROUNDS [CONNECTIONS]]`, in the folder of `./fullnat`.
public final class StartTime {
    private static final PrintStream OUT = System.out;

    /// The ways to start that are compared: the name, and what it sets in the environment.
    private static final Map<String, Map<String, String>> WAYS =
            Map.of(
                    "with AOT cache", Map.of(),
                    "without", Map.of("FULLNAT_AOT", "off"));

    private StartTime() {}

    /// Measures and prints.
    ///
    /// @param arguments rounds of each way (11), connections (2000000)
    /// @throws IOException if `./fullnat` cannot be run
    /// @throws InterruptedException never: nobody interrupts it
    public static void main(String[] arguments) throws IOException, InterruptedException {
        int rounds = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 11;
        int connections = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 2_000_000;
        Path folder = Files.createTempDirectory("fullnat-start");
        try (Lab lab = Lab.create("fullnat-start", 1)) {
            StartRig rig = new StartRig(lab, folder, connections);
            List<String> names = WAYS.keySet().stream().sorted().toList();
            names.forEach(name -> rig.measure(WAYS.get(name)));
            List<List<StartRig.Times>> times = List.of(new ArrayList<>(), new ArrayList<>());
            for (int round = 0; round < rounds; round++) {
                for (int way = 0; way < names.size(); way++) {
                    times.get(way).add(rig.measure(WAYS.get(names.get(way))));
                }
            }
            for (int way = 0; way < names.size(); way++) {
                print(names.get(way), times.get(way));
            }
        } finally {
            try (var files = Files.list(folder)) {
                for (Path file : files.toList()) {
                    Files.delete(file);
                }
            }
            Files.delete(folder);
        }
    }

    private static void print(String name, List<StartRig.Times> times) {
        OUT.printf(
                Locale.ROOT,
                "%s: first packet after %s ms, \"ready\" after %s ms%n",
                name,
                spread(times.stream().map(StartRig.Times::firstPacketMs).sorted().toList()),
                spread(times.stream().map(StartRig.Times::readyMs).sorted().toList()));
    }

    private static String spread(List<Double> sorted) {
        return String.format(
                Locale.ROOT,
                "%.0f (%.0f-%.0f)",
                sorted.get(sorted.size() / 2),
                sorted.getFirst(),
                sorted.getLast());
    }
}
