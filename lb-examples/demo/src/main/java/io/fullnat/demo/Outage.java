// SPDX-License-Identifier: Apache-2.0
package io.fullnat.demo;

import io.fullnat.api.health.ServerHealth;
import io.fullnat.api.service.RealServerStatus;
import io.fullnat.balancer.run.Termination;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/// What becomes of clients when a real server dies: its check takes it out, requests go on by the
/// others, and when it is back it is asked again. Those in flight may fail, none that began later.
/// For one thread.
final class Outage {
    /// How long checks may take to find out.
    static final Duration PATIENCE = Duration.ofSeconds(5);

    private static final Duration POLL = Duration.ofMillis(20);

    /// How long it is looked at while the server is out.
    private static final Duration OUT = Duration.ofMillis(700);

    /// How long those on their way to it may need when it is out.
    private static final Duration ON_THE_WAY = Duration.ofMillis(100);

    private final Backend backend;
    private final Termination termination;
    private final Consumer<String> screen;
    private final Duration patience;
    private final List<String> faults = new ArrayList<>();
    private long startNs;
    private long diedNs;
    private String figures = "";

    /// @param termination ends the step early
    /// @param screen gets lines that say what happens
    /// @param patience how long is waited for the checks to find out
    Outage(Backend backend, Termination termination, Consumer<String> screen, Duration patience) {
        this.backend = backend;
        this.termination = termination;
        this.screen = screen;
        this.patience = patience;
    }

    /// What the servers of the service have been asked.
    ///
    /// @param connections that were given to the mortal one
    /// @param own requests that it answered
    /// @param others requests that the others answered
    private record Asked(long connections, long own, long others) {}

    /// Lets the server die and come back; afterwards it is alive.
    ///
    /// @param demoStartNs when clients began
    /// @return whether the user ended the demo meanwhile
    boolean play(long demoStartNs) {
        startNs = demoStartNs;
        if (!until(() -> server().health().active() == ServerHealth.State.UP)) {
            tooLate("found alive by its check");
            return termination.isRequested();
        }
        backend.mortalTraffic().forEach(TrafficLog::beginOutage);
        diedNs = System.nanoTime();
        tell("real server " + Scenario.MORTAL + " dies");
        backend.killServer();
        boolean out = isTakenOut();
        backend.reviveServer();
        if (out) {
            comeBack();
        }
        return termination.isRequested();
    }

    private boolean isTakenOut() {
        if (!until(() -> use() == ServerHealth.Use.OUT)) {
            tooLate("taken out after it died");
            return false;
        }
        backend.mortalTraffic().forEach(TrafficLog::endOutage);
        String after = secondsSince(diedNs);
        tell("it is out: " + server().health().reason());
        if (termination.await(ON_THE_WAY)) {
            return false;
        }
        Asked before = asked();
        if (termination.await(OUT)) {
            return false;
        }
        Asked now = asked();
        long others = now.others() - before.others();
        if (now.connections() > before.connections() || now.own() > before.own()) {
            fault("was asked while it was out");
        } else if (others == 0) {
            fault("was out, and no other server was asked");
        }
        tell(String.format(Locale.ROOT, "the others answered %,d requests", others));
        figures = String.format(Locale.ROOT, "out after %s s, others answered %,d", after, others);
        return true;
    }

    private void comeBack() {
        long backNs = System.nanoTime();
        Asked before = asked();
        tell("it is started again");
        if (!until(() -> isAskedAgain(before))) {
            tooLate("asked again after its return");
            return;
        }
        tell("it is asked again");
        figures += ", asked again after " + secondsSince(backNs) + " s";
    }

    private boolean isAskedAgain(Asked before) {
        Asked now = asked();
        return use() == ServerHealth.Use.IN
                && now.connections() > before.connections()
                && now.own() > before.own();
    }

    private void tooLate(String what) {
        fault("was not " + what + ", within " + patience.toMillis() + " ms");
    }

    private void fault(String what) {
        faults.add("real server " + Scenario.MORTAL + " " + what);
    }

    private boolean until(BooleanSupplier reached) {
        long beganNs = System.nanoTime();
        while (!reached.getAsBoolean()) {
            if (System.nanoTime() - beganNs > patience.toNanos() || termination.await(POLL)) {
                return false;
            }
        }
        return true;
    }

    private void tell(String what) {
        long seconds = Duration.ofNanos(System.nanoTime() - startNs).toSeconds();
        screen.accept(String.format(Locale.ROOT, "%3d s  %s", seconds, what));
    }

    private static String secondsSince(long beganNs) {
        return String.format(Locale.ROOT, "%.2f", (System.nanoTime() - beganNs) / 1e9);
    }

    private ServerHealth.Use use() {
        return server().health().use();
    }

    private RealServerStatus server() {
        Optional<RealServerStatus> found =
                backend.engine().control().status().services().stream()
                        .flatMap(service -> service.realServers().stream())
                        .filter(server -> server.server().endpoint().equals(Scenario.MORTAL))
                        .findFirst();
        return found.orElseThrow();
    }

    private Asked asked() {
        List<ServerLog> logs = backend.serverLogs();
        return new Asked(
                server().traffic().connections(),
                requests(logs, Scenario.MORTAL_NUMBER),
                Scenario.numbers()
                        .filter(number -> number != Scenario.MORTAL_NUMBER)
                        .mapToLong(number -> requests(logs, number))
                        .sum());
    }

    private static long requests(List<ServerLog> logs, int number) {
        return logs.stream()
                .filter(log -> log.endpoint().equals(Scenario.http(number)))
                .mapToLong(ServerLog::requests)
                .sum();
    }

    /// Sums up and judges; says nothing of what the user has ended.
    void judge(List<String> summary, List<String> allFaults) {
        if (termination.isRequested()) {
            return;
        }
        summary.add(
                String.format(
                        Locale.ROOT,
                        "  real server %s died: %,d requests in flight failed",
                        Scenario.MORTAL,
                        backend.mortalTraffic().stream()
                                .mapToLong(TrafficLog::inFlightCount)
                                .sum()));
        if (!figures.isEmpty()) {
            summary.add("  " + figures);
        }
        allFaults.addAll(faults);
    }
}
