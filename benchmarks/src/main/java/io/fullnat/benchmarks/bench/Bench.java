// SPDX-License-Identifier: Apache-2.0
package io.fullnat.benchmarks.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.fullnat.api.BalancerException;
import io.fullnat.benchmarks.device.DeviceOptions;
import io.fullnat.benchmarks.loop.WholeLoop;
import io.fullnat.benchmarks.report.Report;
import io.fullnat.benchmarks.report.Suite;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// `./fullnat bench`: what a packet costs a worker.
@Command(
        name = "bench",
        mixinStandardHelpOptions = true,
        description =
                "Measures worker processor time per packet, whole loop, or over DPDK's devices.")
public final class Bench implements Callable<Integer> {
    @Option(
            names = "--quick",
            description =
                    "One JVM a case, only the cases of the main table; one second over a device.")
    private boolean quick;

    @Option(
            names = "--case",
            paramLabel = "WORDS",
            description =
                    "Only cases whose line has this text, as in \"udp-both 10000 random\"; may be"
                            + " given several times.")
    private List<String> cases = new ArrayList<>();

    @Option(names = "--json", paramLabel = "FILE", description = "Writes the results as JSON.")
    private Path json;

    @Option(names = "--list", description = "Lists what can be measured and ends.")
    private boolean list;

    @ArgGroup(
            validate = false,
            heading = "%nOver DPDK's virtual devices, in turns with dpdk-testpmd:%n")
    private DeviceOptions devices = new DeviceOptions();

    @Spec private CommandSpec spec;

    /// Runs the command.
    ///
    /// @param args see `--help`
    public static void main(String[] args) {
        System.exit(command().execute(args));
    }

    static CommandLine command() {
        return new CommandLine(new Bench())
                .setExecutionExceptionHandler((failure, line, arguments) -> {
                    // What it says is enough: something is missing, or a device or file is.
                    if (failure instanceof IOException || failure instanceof BalancerException) {
                        line.getErr().println("bench: " + failure.getMessage());
                        return 1;
                    }
                    throw failure;
                });
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        List<Suite> suites = suites();
        PrintWriter out = spec.commandLine().getOut();
        if (list) {
            suites.forEach(suite -> suite.lines().forEach(out::println));
            return 0;
        }
        if (json != null) {
            write(""); // better fail now than after the whole run
        }
        Report report = suites.getFirst().run(spec.commandLine().getErr());
        out.print(report.table());
        out.flush();
        if (json != null) {
            write(
                    new ObjectMapper()
                            .writerWithDefaultPrettyPrinter()
                            .writeValueAsString(report.json()));
        }
        return 0;
    }

    /// What the options ask for, first what is measured.
    private List<Suite> suites() {
        if (list && json != null) {
            throw wrong("--list measures nothing, so there is nothing to write for --json");
        }
        if (devices.isChosen() && !cases.isEmpty()) {
            throw wrong(
                    "--case chooses among the cases of the whole loop, --device has others: give"
                            + " one of the two");
        }
        List<String> details = devices.detailsGiven();
        if (!devices.isChosen() && !details.isEmpty()) {
            throw wrong(String.join(", ", details) + ": only for devices, and --device names none");
        }
        Suite overDevices = overDevices();
        if (devices.isChosen()) {
            return List.of(overDevices);
        }
        Suite wholeLoop = new WholeLoop(quick, cases);
        if (wholeLoop.lines().isEmpty()) {
            throw wrong("no case has " + cases + "; --list shows all");
        }
        return cases.isEmpty() ? List.of(wholeLoop, overDevices) : List.of(wholeLoop);
    }

    private void write(String text) {
        try {
            Files.writeString(json, text);
        } catch (IOException e) {
            throw wrong("--json " + json + " cannot be written: " + e);
        }
    }

    private Suite overDevices() {
        try {
            return devices.suite(quick);
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), e.getMessage(), e);
        }
    }

    private ParameterException wrong(String reason) {
        return new ParameterException(spec.commandLine(), reason);
    }
}
