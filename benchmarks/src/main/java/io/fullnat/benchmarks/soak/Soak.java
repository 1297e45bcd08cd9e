// SPDX-License-Identifier: Apache-2.0
package io.fullnat.benchmarks.soak;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// Runs a balancer at full rate for a long time, changes it all the while, and fails if it grows,
/// slows down, or keeps anything when the traffic has ended.
@Command(
        name = "soak",
        mixinStandardHelpOptions = true,
        description =
                "Runs a balancer at full rate under changes and looks for what grows or stays.")
public final class Soak implements Callable<Integer> {
    private static final PrintStream OUT = System.out;
    private static final int CONNECTIONS = 1 << 19;
    private static final int STEADY_FLOWS = 50_000;

    /// The first minute is the compiler's: what it takes is no leak.
    private static final int WARM_UP_SECONDS = 60;

    @Option(
            names = "--minutes",
            paramLabel = "N",
            defaultValue = "30",
            description = "How long the traffic lasts (${DEFAULT-VALUE}).")
    private int minutes;

    @Option(
            names = "--interval",
            paramLabel = "SECONDS",
            defaultValue = "10",
            description = "A line of figures each so many seconds (${DEFAULT-VALUE}).")
    private int interval;

    @Option(
            names = "--slowdown",
            paramLabel = "RATIO",
            defaultValue = "1.5",
            description =
                    "How many times as long a packet may take in the last quarter as in the first"
                            + " (${DEFAULT-VALUE}).")
    private double slowdown;

    @Option(
            names = "--seed",
            paramLabel = "N",
            defaultValue = "1",
            description = "Of the order of changes (${DEFAULT-VALUE}).")
    private long seed;

    @Option(names = "--json", paramLabel = "FILE", description = "Writes the results as JSON.")
    private Path json;

    @Spec private CommandSpec spec;

    /// Runs the command.
    ///
    /// @param args see `--help`
    public static void main(String[] args) {
        System.exit(new CommandLine(new Soak()).execute(args));
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        check();
        if (json != null) {
            Files.writeString(json, ""); // better now than after the whole run
        }
        SoakRun run = new SoakRun(CONNECTIONS, STEADY_FLOWS, seed);
        OUT.println(Sample.header());
        run.run(
                Duration.ofMinutes(minutes),
                Duration.ofSeconds(interval),
                sample -> OUT.println(sample.line()));
        Drift drift =
                new Drift(
                        run.samples().stream()
                                .filter(sample -> sample.seconds() > WARM_UP_SECONDS)
                                .toList(),
                        slowdown);
        drift.lines().forEach(OUT::println);
        List<String> failures = new ArrayList<>(run.failures());
        failures.addAll(drift.failures());
        if (json != null) {
            Files.writeString(json, json(run.samples(), drift, failures));
        }
        failures.forEach(failure -> OUT.println("FAILED: " + failure));
        OUT.println(
                failures.isEmpty()
                        ? "passed: nothing grew, nothing is left"
                        : failures.size() + " failed");
        return failures.isEmpty() ? 0 : 1;
    }

    private void check() {
        if (minutes < 1 || interval < 1 || slowdown < 1) {
            throw new ParameterException(
                    spec.commandLine(), "--minutes, --interval and --slowdown begin at 1");
        }
        // Samples come a little late, so the last one may be missing.
        if ((minutes * 60L - WARM_UP_SECONDS) / interval <= Drift.MIN_SAMPLES) {
            throw new ParameterException(
                    spec.commandLine(),
                    "--interval "
                            + interval
                            + " gives too few lines in "
                            + minutes
                            + " min, of which the first is warm-up, to compare the first quarter"
                            + " with the last");
        }
    }

    private String json(List<Sample> samples, Drift drift, List<String> failures)
            throws IOException {
        Map<String, Object> result = new LinkedHashMap<>();
        result.put("minutes", minutes);
        result.put("seed", seed);
        result.put("commit", System.getProperty("fullnat.commit", "unknown"));
        result.put("samples", samples);
        result.put("comparisons", drift.lines());
        result.put("failures", failures);
        return new ObjectMapper().writerWithDefaultPrettyPrinter().writeValueAsString(result);
    }
}
