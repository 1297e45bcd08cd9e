// SPDX-License-Identifier: Apache-2.0
package io.fullnat.benchmarks.soak;

import io.fullnat.balancer.cli.Commands;
import io.fullnat.balancer.config.Configuration;
import io.fullnat.balancer.config.ConfigurationFile;
import io.fullnat.balancer.run.CommandRunner;
import io.fullnat.balancer.run.OwnCommands;
import io.fullnat.balancer.run.RunningBalancer;
import io.fullnat.balancer.server.ApiServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Stream;

/// One soak: a balancer as `fullnat run` has it, with its API, but over a port that makes traffic;
/// commands that change it; and a look at what is left when the traffic has ended.
final class SoakRun {
    private static final Duration PATIENCE = Duration.ofMinutes(1);

    private final int connections;
    private final int steadyFlows;
    private final long seed;
    private final List<Sample> samples = new ArrayList<>();
    private final List<String> failures = new ArrayList<>();

    /// @param connections capacity of the worker
    /// @param steadyFlows that last as long as the traffic
    /// @param seed of all choices
    SoakRun(int connections, int steadyFlows, long seed) {
        this.connections = connections;
        this.steadyFlows = steadyFlows;
        this.seed = seed;
    }

    /// Runs it.
    ///
    /// @param length of the traffic
    /// @param interval between two samples
    /// @param listener gets each sample
    void run(Duration length, Duration interval, Consumer<Sample> listener)
            throws IOException, InterruptedException {
        Path folder = Files.createTempDirectory("fullnat-soak");
        try {
            Path file = ControlLoad.file(folder);
            Files.writeString(file, SoakTopology.yaml(ControlLoad.socket(folder), connections, 0));
            run(folder, length, interval, listener);
        } finally {
            delete(folder);
        }
    }

    /// With what a balancer leaves there, such as the lock of its socket.
    private static void delete(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }
        Files.delete(folder);
    }

    private void run(Path folder, Duration length, Duration interval, Consumer<Sample> listener)
            throws IOException, InterruptedException {
        Path file = ControlLoad.file(folder);
        Configuration configuration = ConfigurationFile.read(file);
        SoakIo io = new SoakIo();
        RunningBalancer balancer = RunningBalancer.start(io, configuration, Optional.of(file));
        try (balancer) {
            MixedTraffic traffic = new MixedTraffic(io.soak().arena(), steadyFlows);
            ControlLoad load = new ControlLoad(folder, connections, traffic, seed);
            try (ApiServer api = serve(configuration, balancer)) {
                Objects.requireNonNull(api);
                io.soak().play(traffic);
                drive(balancer, load, length, interval, listener);
                load.reload();
            }
            traffic.end();
            await(traffic);
            failures.addAll(load.failures());
            failures.addAll(new LeakCheck(balancer, io.soak(), PATIENCE).find());
        }
        if (balancer.buffersLost() != 0) {
            failures.add(balancer.buffersLost() + " buffers were not given back at the end");
        }
    }

    private static ApiServer serve(Configuration configuration, RunningBalancer balancer) {
        OwnCommands own = new OwnCommands(balancer);
        CommandRunner others = Commands.over(balancer);
        return ApiServer.start(
                configuration.api(),
                balancer,
                (line, input, out, err) ->
                        (OwnCommands.isKnown(line) ? own : others).run(line, input, out, err));
    }

    private void drive(
            RunningBalancer balancer,
            ControlLoad load,
            Duration length,
            Duration interval,
            Consumer<Sample> listener)
            throws IOException, InterruptedException {
        Probe probe = new Probe(balancer);
        long start = System.nanoTime();
        long next = interval.toNanos();
        for (long passed = 0; passed < length.toNanos(); passed = System.nanoTime() - start) {
            load.step();
            if (System.nanoTime() - start >= next) {
                next += interval.toNanos();
                Sample sample = probe.sample(load.commands());
                samples.add(sample);
                listener.accept(sample);
            }
        }
    }

    private static void await(MixedTraffic traffic) throws InterruptedException {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!traffic.isEnded()) {
            if (System.nanoTime() - deadline > 0) {
                throw new IllegalStateException("the worker stands still");
            }
            TimeUnit.MILLISECONDS.sleep(1);
        }
    }

    /// What was sampled.
    List<Sample> samples() {
        return samples;
    }

    /// What went wrong or was left.
    List<String> failures() {
        return failures;
    }
}
