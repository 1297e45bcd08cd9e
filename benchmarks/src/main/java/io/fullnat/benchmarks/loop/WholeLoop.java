// SPDX-License-Identifier: Apache-2.0
package io.fullnat.benchmarks.loop;

import io.fullnat.benchmarks.report.Report;
import io.fullnat.benchmarks.report.Suite;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;

/// Worker processor time for each packet through the complete engine: duty cycle, gate, look-up,
/// state, translation, counters, timers, transmit. Packets are made in the port's receive and
/// turned round in its transmit, which is in the figure. Each case runs in JVMs of its own, so that
/// what one has compiled does not serve another.
public final class WholeLoop implements Suite {
    private static final int JVMS = 3;

    private final List<LoopCase> cases;
    private final int jvms;

    /// Measures nothing yet.
    ///
    /// @param quick one JVM a case; without `chosen`, only the cases of the main table
    /// @param chosen only cases whose line has one of these texts, none for all
    public WholeLoop(boolean quick, List<String> chosen) {
        jvms = quick ? 1 : JVMS;
        cases =
                chosen.isEmpty()
                        ? quick ? LoopCase.quick() : LoopCase.all()
                        : LoopCase.all().stream()
                                .filter(c -> chosen.stream().anyMatch(text -> matches(c, text)))
                                .toList();
    }

    private static boolean matches(LoopCase loopCase, String text) {
        return (" " + loopCase + " ").contains(" " + text.strip() + " ");
    }

    @Override
    public List<String> lines() {
        return cases.stream().map(LoopCase::toString).toList();
    }

    @Override
    public Report run(PrintWriter progress) throws IOException, InterruptedException {
        List<LoopResult> results = new ArrayList<>();
        for (LoopCase wanted : cases) {
            progress.printf("[%d/%d] %s%n", results.size() + 1, cases.size(), wanted);
            results.add(run(wanted));
        }
        return LoopReport.of(results);
    }

    private LoopResult run(LoopCase wanted) throws IOException, InterruptedException {
        List<Double> ns = new ArrayList<>();
        for (int jvm = 0; jvm < jvms; jvm++) {
            ns.addAll(runOnce(wanted));
        }
        return LoopResult.of(wanted, ns);
    }

    private static List<Double> runOnce(LoopCase wanted) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(ProcessHandle.current().info().command().orElse("java"));
        command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
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
