package io.fullnat.benchmarks.loop;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// Worker processor time for each packet through the complete engine: duty cycle, gate, look-up,
/// state, translation, counters, timers, transmit. Packets are made in the port's receive and
/// turned round in its transmit, which is in the figure. Each case runs in JVMs of its own, so that
/// what one has compiled does not serve another.
@Command(
        name = "bench",
        mixinStandardHelpOptions = true,
        description = "Measures worker processor time per packet, whole loop.")
public final class WholeLoop implements Callable<Integer> {
    private static final PrintStream OUT = System.out;
    private static final PrintStream PROGRESS = System.err;

    @Option(names = "--quick", description = "One JVM a case, only the cases of the main table.")
    private boolean quick;

    @Option(
            names = "--case",
            paramLabel = "WORDS",
            description =
                    "Only cases whose line has this text, as in \"udp-both 10000 random\"; may be"
                            + " given several times.")
    private List<String> chosen = new ArrayList<>();

    @Option(names = "--json", paramLabel = "FILE", description = "Writes the results as JSON.")
    private Path json;

    @Option(names = "--list", description = "Lists the cases and ends.")
    private boolean list;

    /// Runs the command.
    ///
    /// @param args see `--help`
    public static void main(String[] args) {
        System.exit(new CommandLine(new WholeLoop()).execute(args));
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        List<LoopCase> cases = quick ? LoopCase.quick() : LoopCase.all();
        if (!chosen.isEmpty()) {
            cases =
                    LoopCase.all().stream()
                            .filter(c -> chosen.stream().anyMatch(text -> matches(c, text)))
                            .toList();
        }
        if (cases.isEmpty()) {
            PROGRESS.println("bench: no case has " + chosen + "; --list shows all");
            return 1;
        }
        if (list) {
            cases.forEach(OUT::println);
            return 0;
        }
        List<LoopResult> results = new ArrayList<>();
        for (LoopCase wanted : cases) {
            PROGRESS.printf("[%d/%d] %s%n", results.size() + 1, cases.size(), wanted);
            results.add(run(wanted));
        }
        OUT.print(LoopReport.table(results));
        if (json != null) {
            Files.writeString(
                    json,
                    new ObjectMapper()
                            .writerWithDefaultPrettyPrinter()
                            .writeValueAsString(LoopReport.json(results)));
        }
        return 0;
    }

    private static boolean matches(LoopCase loopCase, String text) {
        return (" " + loopCase + " ").contains(" " + text.strip() + " ");
    }

    private LoopResult run(LoopCase wanted) throws IOException, InterruptedException {
        int jvms = quick ? 1 : 3;
        List<Double> ns = new ArrayList<>();
        for (int jvm = 0; jvm < jvms; jvm++) {
            ns.addAll(runOnce(wanted));
        }
        return new LoopResult(wanted, ns);
    }

    private static List<Double> runOnce(LoopCase wanted) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(ProcessHandle.current().info().command().orElse("java"));
        command.addAll(
                java.lang.management.ManagementFactory.getRuntimeMXBean().getInputArguments());
        command.addAll(List.of("-cp", System.getProperty("java.class.path")));
        command.add(CaseRun.class.getName());
        command.addAll(wanted.words());
        command.addAll(List.of("3", "20"));
        Process process =
                new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
        List<Double> ns = new ArrayList<>();
        try (BufferedReader lines = process.inputReader()) {
            lines.lines()
                    .filter(line -> line.startsWith(CaseRun.RESULT))
                    .map(line -> Double.valueOf(line.substring(CaseRun.RESULT.length())))
                    .forEach(ns::add);
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
        int status = process.waitFor();
        if (status != 0 || ns.isEmpty()) {
            throw new IOException(wanted + " ended with status " + status);
        }
        return ns;
    }
}
