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

/// What becomes of clients when something befalls a real server: its check takes it out, its
/// connections are ended, requests go on by the others, and when it is back it is asked again,
/// first with a part of its share. Those in flight may fail, none that began later. For one thread.
final class Outage {
    /// How long checks may take to find out.
    static final Duration PATIENCE = Duration.ofSeconds(5);

    private static final Duration POLL = Duration.ofMillis(20);

    /// How long it is looked at while the server is out.
    private static final Duration OUT = Duration.ofMillis(700);

    /// How long those on their way to it may need when it is out.
    private static final Duration ON_THE_WAY = Duration.ofMillis(100);

    private final Backend backend;
    private final Mishap mishap;
    private final Termination termination;
    private final Consumer<String> screen;
    private final Duration patience;
    private final List<String> faults = new ArrayList<>();
    private long startNs;
    private long struckNs;
    private long inFlight;
    private String figures = "";

    /// @param mishap what befalls which server
    /// @param termination ends the step early
    /// @param screen gets lines that say what happens
    /// @param patience how long is waited for the checks to find out
    Outage(
            Backend backend,
            Mishap mishap,
            Termination termination,
            Consumer<String> screen,
            Duration patience) {
        this.backend = backend;
        this.mishap = mishap;
        this.termination = termination;
        this.screen = screen;
        this.patience = patience;
    }

    /// What the servers of the service have been asked.
    ///
    /// @param connections that were given to the one that fails
    /// @param own requests that reached it
    /// @param others requests that the others answered
    private record Asked(long connections, long own, long others) {}

    /// Lets the server fail and come back; afterwards it is as before.
    ///
    /// @param demoStartNs when clients began
    /// @return whether the user ended the demo meanwhile
    boolean play(long demoStartNs) {
        startNs = demoStartNs;
        if (!until(() -> server().health().active() == ServerHealth.State.UP)) {
            tooLate("found alive by its check");
            return termination.isRequested();
        }
        long failedBefore = failedInFlight();
        backend.struckTraffic().forEach(TrafficLog::beginOutage);
        struckNs = System.nanoTime();
        tell("real server " + mishap.server() + " " + mishap.befallen());
        backend.strike(mishap);
        boolean out = isTakenOut();
        backend.heal(mishap);
        if (out) {
            comeBack();
        }
        inFlight = failedInFlight() - failedBefore;
        return termination.isRequested();
    }

    private boolean isTakenOut() {
        if (!until(() -> use() == ServerHealth.Use.OUT)) {
            tooLate("taken out");
            return false;
        }
        backend.struckTraffic().forEach(TrafficLog::endOutage);
        String after = secondsSince(struckNs);
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
        tell(mishap.over());
        if (!until(() -> use() == ServerHealth.Use.SLOW_START)) {
            tooLate("given a part of its share after its return");
            return;
        }
        tell("it is in again, at first with a part of its share");
        if (!until(() -> isAskedAgain(before))) {
            tooLate("asked again after its return");
            return;
        }
        figures += ", asked again after " + secondsSince(backNs) + " s";
        if (!until(() -> use() == ServerHealth.Use.IN)) {
            tooLate("given its whole share again");
            return;
        }
        tell("it has its whole share again");
    }

    private boolean isAskedAgain(Asked before) {
        Asked now = asked();
        return now.connections() > before.connections() && now.own() > before.own();
    }

    private long failedInFlight() {
        return backend.struckTraffic().stream().mapToLong(TrafficLog::inFlightCount).sum();
    }

    private void tooLate(String what) {
        fault("was not " + what + ", within " + patience.toMillis() + " ms");
    }

    private void fault(String what) {
        faults.add("real server " + mishap.server() + " " + what);
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
                        .filter(server -> server.server().endpoint().equals(mishap.server()))
                        .findFirst();
        return found.orElseThrow();
    }

    private Asked asked() {
        List<ServerLog> logs = backend.serverLogs();
        return new Asked(
                server().traffic().connections(),
                requests(logs, mishap.number()),
                Scenario.numbers()
                        .filter(number -> number != mishap.number())
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
                        "  %s %s: %,d requests in flight failed",
                        mishap.server(),
                        mishap.befallen(),
                        inFlight));
        if (!figures.isEmpty()) {
            summary.add("  " + figures);
        }
        allFaults.addAll(faults);
    }
}
