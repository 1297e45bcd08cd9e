// SPDX-License-Identifier: Apache-2.0
package io.fullnat.benchmarks;

import io.fullnat.api.IpAddress;
import io.fullnat.api.IpPrefix;
import io.fullnat.api.control.Change;
import io.fullnat.api.control.ConnectionFilter;
import io.fullnat.api.control.Control;
import io.fullnat.api.counter.Counter;
import io.fullnat.api.network.InterfaceAddress;
import io.fullnat.api.network.Route;
import io.fullnat.api.service.AccessRule;
import io.fullnat.api.service.LocalAddress;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.VirtualService;
import io.fullnat.benchmarks.loop.LoopNetwork;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;

/// How long control commands keep a worker at full load from its next burst.
///
/// For each command, windows with the command and windows of the same length without it alternate;
/// of each the longest time between two bursts counts, on the wall clock and in the worker's own
/// processor time. Other work on the machine interrupts the worker now and then, in either kind of
/// window: medians tell what the command costs.
///
/// `java … WorkerStall CONNECTIONS [ROUNDS]`
public final class WorkerStall {
    private static final ServiceKey LOADED = LoadedBalancer.NETWORK.key();
    private static final RealServer SECOND = RealServer.of("203.0.113.19", 8080);
    private static final LocalAddress SPARE = LocalAddress.of("203.0.113.200", "port");
    private static final AccessRule STRANGER = AccessRule.deny("198.18.0.1");
    private static final int MANY = 20_000;

    private WorkerStall() {}

    /// Runs all commands and prints a table.
    ///
    /// @param args how many connections, and how many windows of each kind (21)
    public static void main(String[] args) {
        int connections = Integer.parseInt(args[0]);
        int rounds = args.length > 1 ? Integer.parseInt(args[1]) : 21;
        try (LoadedBalancer loaded = LoadedBalancer.start(connections)) {
            Map<String, Runnable> commands = commands(loaded.control());
            commands.forEach((name, command) -> loaded.gaps().during(command)); // warm-up
            commands.forEach((name, command) -> loaded.gaps().during(command));
            System.out.printf("%,d connections, %d windows each, µs%n", connections, rounds);
            System.out.printf(
                    "%-44s %10s | %19s | %19s%n",
                    "", "", "longest gap, clock", "worker's own time");
            System.out.printf(
                    "%-44s %10s | %9s %9s | %9s %9s%n",
                    "command", "takes", "without", "with it", "without", "with it");
            commands.forEach((name, command) -> measure(loaded, name, command, rounds));
            long left = loaded.balancer().counters().total(Counter.CONNECTIONS);
            System.out.printf("%,d connections at the end%n", left);
        }
    }

    private static void measure(LoadedBalancer loaded, String name, Runnable command, int rounds) {
        Windows idle = new Windows(rounds);
        Windows busy = new Windows(rounds);
        long[] took = new long[rounds];
        for (int round = 0; round < rounds; round++) {
            loaded.awaitConnections();
            long start = System.nanoTime();
            busy.add(round, loaded.gaps().during(command));
            long taken = System.nanoTime() - start;
            took[round] = taken;
            loaded.awaitConnections();
            idle.add(round, loaded.gaps().during(() -> sleep(taken)));
        }
        System.out.printf(
                "%-44s %,10.0f | %9.1f %9.1f | %9.1f %9.1f%n",
                name,
                median(took),
                median(idle.wall),
                median(busy.wall),
                median(idle.cpu),
                median(busy.cpu));
    }

    /// The longest gaps of several windows.
    private static final class Windows {
        private final long[] wall;
        private final long[] cpu;

        Windows(int count) {
            wall = new long[count];
            cpu = new long[count];
        }

        void add(int window, BurstGaps.Gap gap) {
            wall[window] = gap.wallNs();
            cpu[window] = gap.cpuNs();
        }
    }

    private static double median(long[] ns) {
        long[] sorted = ns.clone();
        Arrays.sort(sorted);
        return sorted[sorted.length / 2] / 1000.0;
    }

    private static void sleep(long ns) {
        long end = System.nanoTime() + ns;
        for (long left = ns; left > 0; left = end - System.nanoTime()) {
            LockSupport.parkNanos(left);
        }
    }

    /// Each leaves the state as it was, but for what the traffic opens again.
    private static Map<String, Runnable> commands(Control control) {
        IpAddress used = IpAddress.parse(LoopNetwork.FIRST_LOCAL);
        LocalAddress usedLocal = new LocalAddress(used, "port");
        VirtualService small =
                VirtualService.of(ServiceKey.tcp("192.0.2.81", 80))
                        .withRealServer(SECOND)
                        .withLocalAddress(usedLocal);
        InterfaceAddress address = InterfaceAddress.of("203.0.113.250/32", "port");
        Route route = Route.onLink("10.200.0.0/16", "port");
        Map<String, Runnable> commands = new LinkedHashMap<>();
        commands.put(
                "add and remove a local address",
                () -> {
                    control.apply(new Change.AddLocalAddress(LOADED, SPARE));
                    control.apply(new Change.RemoveLocalAddress(LOADED, SPARE.address()));
                });
        commands.put(
                "remove a used local address, revive it",
                () -> {
                    control.apply(new Change.RemoveLocalAddress(LOADED, used));
                    control.apply(new Change.AddLocalAddress(LOADED, usedLocal));
                });
        commands.put(
                "remove a used local address by force, add",
                () -> {
                    control.apply(new Change.RemoveLocalAddress(LOADED, used, true));
                    control.apply(new Change.AddLocalAddress(LOADED, usedLocal));
                });
        commands.put(
                "add, edit and remove a real server",
                () -> {
                    control.apply(new Change.AddRealServer(LOADED, SECOND.withWeight(0)));
                    control.apply(new Change.EditRealServer(LOADED, SECOND.withWeight(0)));
                    control.apply(new Change.RemoveRealServer(LOADED, SECOND.endpoint()));
                });
        commands.put(
                "add and remove a service",
                () -> {
                    control.apply(new Change.AddService(small));
                    control.apply(new Change.RemoveService(small.key()));
                });
        commands.put("add and remove " + MANY + " services", () -> many(control));
        commands.put(
                "edit a service's scheduler",
                () -> {
                    control.apply(new Change.EditService(LOADED, "wrr", Optional.empty()));
                    control.apply(new Change.EditService(LOADED, "rr", Optional.empty()));
                });
        commands.put(
                "add and remove a deny rule",
                () -> {
                    control.apply(new Change.AddAccessRule(LOADED, STRANGER));
                    control.apply(new Change.RemoveAccessRule(LOADED, STRANGER));
                });
        commands.put(
                "add and remove an interface address",
                () -> {
                    control.apply(new Change.AddAddress(address));
                    control.apply(new Change.RemoveAddress(address));
                });
        commands.put(
                "add and remove a route",
                () -> {
                    control.apply(new Change.AddRoute(route));
                    control.apply(new Change.RemoveRoute(IpPrefix.parse("10.200.0.0/16")));
                });
        commands.put(
                "zero all counters",
                () -> control.apply(new Change.ZeroCounters(Optional.empty())));
        commands.put("status of everything", control::status);
        commands.put("list all connections", () -> list(control));
        return commands;
    }

    private static void many(Control control) {
        List<Change> added = new ArrayList<>();
        List<Change> removed = new ArrayList<>();
        IntStream.range(0, MANY)
                .forEach(i -> {
                    ServiceKey key = ServiceKey.tcp("192.0.3." + i % 250, 1000 + i);
                    VirtualService service =
                            VirtualService.of(key)
                                    .withRealServer(RealServer.of("203.0.113.11", 8080))
                                    .withRealServer(SECOND)
                                    .withLocalAddress(SPARE);
                    added.add(new Change.AddService(service));
                    removed.add(new Change.RemoveService(key));
                });
        control.apply(added.toArray(Change[]::new));
        control.apply(removed.toArray(Change[]::new));
    }

    private static void list(Control control) {
        long[] seen = new long[1];
        control.connections(
                ConnectionFilter.ALL,
                connection -> {
                    seen[0] += connection.secondsLeft() >= 0 ? 1 : 0;
                    return true;
                });
        if (seen[0] == 0) {
            throw new IllegalStateException("no connection was listed");
        }
    }
}
