// SPDX-License-Identifier: Apache-2.0
package io.fullnat.demo;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import io.fullnat.api.control.AddressStatus;
import io.fullnat.api.control.BalancerStatus;
import io.fullnat.api.counter.Counter;
import io.fullnat.api.counter.CountersReader;
import io.fullnat.api.counter.Outcome;
import io.fullnat.balancer.run.Termination;
import io.fullnat.balancer.text.Figures;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/// Runs a backend for a while before the eyes of a user, sums up and judges. For one thread.
public final class Demo {
    private static final int PATIENCE_S = 5;

    private final Backend backend;
    private final PrintWriter out;
    private final Screen screen;
    private final Termination termination;
    private final Replacement replacement;

    private Demo(Backend backend, PrintWriter out, boolean terminal, Termination termination) {
        this.backend = backend;
        this.out = out;
        this.screen = new Screen(out, terminal);
        this.termination = termination;
        replacement = new Replacement(backend.engine().control());
    }

    /// What the user chose.
    ///
    /// @param seconds how long clients send before servers fail
    /// @param keep whether everything stays up after that until the user ends it
    /// @param memory whether to play in memory, which needs no privileges
    /// @param page whether the live page is served, and clients go on until the user ends it
    /// @param terminal whether the output understands ANSI escape sequences
    public record Options(
            int seconds, boolean keep, boolean memory, boolean page, boolean terminal) {}

    /// Plays the demo to its end and removes all that it made.
    ///
    /// @param options what the user chose
    /// @param out for table and summary
    /// @param termination ends the demo early
    /// @throws BalancerException [ErrorCode#CHECK_FAILED] if not all went right, with every fault
    ///   as a line; else what keeps it from starting
    public static void play(Options options, PrintWriter out, Termination termination) {
        try (Backend backend = options.memory() ? MemoryBackend.open() : NamespaceBackend.open()) {
            Demo demo = new Demo(backend, out, options.terminal(), termination);
            if (options.page()) {
                try (LivePage page = LivePage.open(backend.operations())) {
                    demo.screen.print(List.of("page: " + page.address()));
                    Browser.Desktop desktop = Browser.Desktop.ofProcess(options.terminal());
                    try (Browser browser =
                            Browser.open(page.address(), desktop, Browser.PATIENCE)) {
                        demo.screen.print(List.of("  " + browser.said()));
                        demo.play(options);
                    }
                }
            } else {
                demo.play(options);
            }
        }
    }

    private void play(Options options) {
        screen.print(List.of("fullnat demo: " + backend.description()));
        awaitAddresses();
        backend.start();
        long startNs = System.nanoTime();
        boolean interrupted = watch(options.seconds());
        BalancerStatus whole = backend.engine().control().status();
        List<ServerLog> wholeLogs = backend.serverLogs();
        List<Outage> outages = Arrays.stream(Mishap.values()).map(this::outage).toList();
        boolean cutShort =
                !interrupted && outages.stream().anyMatch(outage -> outage.play(startNs));
        if (options.page() && !interrupted && !cutShort) {
            goOn();
        }
        backend.stop();
        BalancerStatus status = backend.engine().control().status();
        DemoResult result = DemoResult.of(backend, whole, wholeLogs);
        List<String> summary = new ArrayList<>(result.summary());
        List<String> faults = new ArrayList<>(result.faults());
        replacement.judge(status, backend.serverLogs(), summary, faults);
        outages.forEach(outage -> outage.judge(summary, faults));
        screen.print(summary);
        screen.print(drops());
        if (interrupted) {
            faults.add("interrupted before its " + options.seconds() + " s were over");
        }
        if (cutShort) {
            faults.add("interrupted before all real servers had failed and come back");
        }
        if (faults.isEmpty()) {
            screen.print(List.of("", "all went right"));
        }
        if (options.keep() && !interrupted && !cutShort) {
            keep();
        }
        if (!faults.isEmpty()) {
            throw new BalancerException(ErrorCode.CHECK_FAILED, String.join("\n", faults));
        }
    }

    private Outage outage(Mishap mishap) {
        return new Outage(
                backend, mishap, termination, line -> screen.print(List.of(line)), Outage.PATIENCE);
    }

    /// Addresses of IPv6 are spoken for when nobody has objected for a second (RFC 4862).
    private void awaitAddresses() {
        for (int waited = 0; waited < PATIENCE_S && !areAddressesOurs(); waited++) {
            if (termination.await(1)) {
                return;
            }
        }
    }

    private boolean areAddressesOurs() {
        return backend.engine().control().status().addresses().stream()
                .allMatch(each -> each.state() == AddressStatus.State.VALID);
    }

    private boolean watch(int seconds) {
        StatusTable table = new StatusTable(System.nanoTime());
        long requestsBefore = 0;
        for (int second = 1; second <= seconds; second++) {
            if (termination.await(1)) {
                return true;
            }
            if (second == (seconds + 1) / 2 && seconds > 1) {
                screen.print(List.of(replacement.replace(second)));
            }
            long requests = backend.traffic().stream().mapToLong(TrafficLog::requests).sum();
            BalancerStatus status = backend.engine().control().status();
            List<String> lines = new ArrayList<>(table.lines(status, System.nanoTime()));
            replacement.line(status).ifPresent(lines::add);
            screen.show(headline(second, requests - requestsBefore), lines);
            requestsBefore = requests;
        }
        return false;
    }

    private String headline(int second, long requests) {
        CountersReader counters = backend.engine().counters();
        long errors = backend.traffic().stream().mapToLong(TrafficLog::errors).sum();
        long dropped =
                Arrays.stream(Outcome.values())
                        .filter(outcome -> outcome.kind() == Outcome.Kind.DROPPED)
                        .mapToLong(counters::total)
                        .sum();
        return String.format(
                Locale.ROOT,
                "%3d s  %7s req/s  errors %s  conns %s  in %s  out %s  drops %s",
                second,
                Figures.count(requests),
                Figures.count(errors),
                Figures.count(counters.total(Counter.CONNECTIONS)),
                Figures.count(counters.total(Counter.RECEIVED)),
                Figures.count(counters.total(Counter.SENT)),
                Figures.count(dropped));
    }

    private List<String> drops() {
        CountersReader counters = backend.engine().counters();
        return Arrays.stream(Outcome.values())
                .filter(outcome -> outcome.kind() == Outcome.Kind.DROPPED)
                .filter(outcome -> counters.total(outcome) > 0)
                .map(outcome ->
                        String.format(
                                Locale.ROOT,
                                "  dropped %,d: %s",
                                counters.total(outcome),
                                outcome.meaning()))
                .toList();
    }

    /// Somebody looks at the page, who wants to see something move.
    private void goOn() {
        screen.print(
                List.of(
                        "",
                        "clients go on; end them with Ctrl-C or kill -TERM "
                                + ProcessHandle.current().pid()));
        out.flush();
        termination.await(Long.MAX_VALUE);
    }

    private void keep() {
        List<String> lines = new ArrayList<>(List.of("", "everything stays up; try"));
        backend.suggestions().forEach(line -> lines.add("  " + line));
        lines.add("and end it with Ctrl-C or kill -TERM " + ProcessHandle.current().pid());
        screen.print(lines);
        out.flush();
        termination.await(Long.MAX_VALUE);
    }
}
