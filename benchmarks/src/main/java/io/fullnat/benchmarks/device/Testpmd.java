// SPDX-License-Identifier: Apache-2.0
package io.fullnat.benchmarks.device;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// A running `dpdk-testpmd` with one forwarding thread, told what to do over its standard input.
final class Testpmd implements AutoCloseable {
    /// As the balancer's.
    static final int BURST = 64;

    private static final String FORWARDING_LCORE = "1";
    private static final Pattern FORWARDING = Pattern.compile("packet forwarding - ports=1");
    private static final Pattern PACKETS = Pattern.compile("RX-packets: +(\\d+)");
    private static final Pattern RATE = Pattern.compile("Rx-pps: +(\\d+)");
    private static final int PATIENCE_S = 20;
    private static final int KEPT_LINES = 20;

    private final Process process;
    private final Path folder;
    private final Writer input;
    private final BlockingQueue<String> lines = new LinkedBlockingQueue<>();
    private final Deque<String> last = new ArrayDeque<>();

    /// Without the JVM it would go on for seconds, and leave its folder.
    private final Thread whenJvmEnds = new Thread(this::kill);

    /// What it says of port 0.
    ///
    /// @param packets received since it started
    /// @param packetsPerSecond received since the sample before
    /// @param cpuNs processor time of each thread since it started
    record Sample(long packets, long packetsPerSecond, Map<Path, Long> cpuNs) {
        /// Processor time of the forwarding thread since an earlier sample. It is the busiest one:
        /// names of threads differ between versions, but all the others wait for something. (At the
        /// start, they do not: the first one prepares memory then.)
        long forwardingNs(Sample earlier) {
            return cpuNs.entrySet().stream()
                    .mapToLong(thread ->
                            thread.getValue() - earlier.cpuNs.getOrDefault(thread.getKey(), 0L))
                    .max()
                    .orElseThrow();
        }
    }

    private Testpmd(Process process, Path folder) {
        this.process = process;
        this.folder = folder;
        input = process.outputWriter();
        Thread.ofPlatform().daemon().start(() -> read(process.inputReader()));
    }

    /// Whether there is one.
    static boolean isInstalled() {
        return Pattern.compile(":")
                .splitAsStream(Objects.requireNonNullElse(System.getenv("PATH"), ""))
                .anyMatch(folder -> Files.isExecutable(Path.of(folder, "dpdk-testpmd")));
    }

    /// Starts it without forwarding yet, in ordinary pages.
    ///
    /// @param device as `--vdev` takes it
    /// @param mode of forwarding
    /// @param cpu of the forwarding thread
    static Testpmd start(String device, String mode, int cpu) throws IOException {
        Path folder = Files.createTempDirectory("fullnat-testpmd");
        int lastCpu = Runtime.getRuntime().availableProcessors() - 1;
        ProcessBuilder builder =
                new ProcessBuilder(
                        // its answers would wait in a buffer, as a pipe is no terminal
                        "stdbuf",
                        "--output=L",
                        "dpdk-testpmd",
                        "--no-huge",
                        "--no-shconf",
                        "--no-telemetry",
                        "--no-pci",
                        "-m",
                        Integer.toString(EngineContender.MEMORY_MB),
                        "--lcores",
                        "0@(0-" + lastCpu + ")," + FORWARDING_LCORE + "@" + cpu,
                        "--vdev=" + device,
                        "--",
                        "--interactive",
                        "--forward-mode=" + mode,
                        "--port-topology=loop",
                        "--burst=" + BURST,
                        "--rxd=1024",
                        "--txd=1024",
                        "--mbcache=256",
                        "--total-num-mbufs=" + EngineContender.BUFFERS);
        builder.environment().put("RUNTIME_DIRECTORY", folder.toString());
        Testpmd testpmd = new Testpmd(builder.redirectErrorStream(true).start(), folder);
        Runtime.getRuntime().addShutdownHook(testpmd.whenJvmEnds);
        return testpmd;
    }

    private void read(BufferedReader output) {
        try (output) {
            output.lines().forEach(lines::add);
        } catch (IOException | UncheckedIOException ended) {
            lines.add("(the pipe broke: " + ended.getMessage() + ")");
        }
    }

    /// Lets it forward, and returns when it does.
    ///
    /// @param fills how many bursts of [#BURST] it sends before
    void forward(int fills) throws IOException, InterruptedException {
        say(fills > 0 ? "start tx_first " + fills : "start");
        await(FORWARDING);
    }

    private void say(String command) throws IOException {
        try {
            input.write(command + "\n");
            input.flush();
        } catch (IOException e) {
            throw new IOException("dpdk-testpmd ended: " + output(), e);
        }
    }

    /// Asks for the port's statistics.
    Sample sample() throws IOException, InterruptedException {
        say("show port stats 0");
        long packets = Long.parseLong(await(PACKETS).group(1));
        long rate = Long.parseLong(await(RATE).group(1));
        return new Sample(packets, rate, cpuNs());
    }

    private Matcher await(Pattern wanted) throws IOException, InterruptedException {
        while (true) {
            String line = lines.poll(PATIENCE_S, TimeUnit.SECONDS);
            if (line == null) {
                throw new IOException(
                        "dpdk-testpmd does not say \"" + wanted + "\"; it said: " + output());
            }
            keep(line);
            Matcher matcher = wanted.matcher(line);
            if (matcher.find()) {
                return matcher;
            }
        }
    }

    private void keep(String line) {
        if (last.size() == KEPT_LINES) {
            last.removeFirst();
        }
        last.addLast(line);
    }

    private String output() {
        lines.forEach(this::keep);
        return String.join("\n", last);
    }

    /// Of each thread: the first figure of `schedstat` is nanoseconds on a processor.
    private Map<Path, Long> cpuNs() throws IOException {
        Map<Path, Long> times = new HashMap<>();
        try (var threads = Files.list(Path.of("/proc/" + process.pid() + "/task"))) {
            for (Path thread : threads.toList()) {
                String figures = Files.readString(thread.resolve("schedstat"));
                times.put(thread, Long.parseLong(figures, 0, figures.indexOf(' '), 10));
            }
        }
        return times;
    }

    /// Ends it and deletes the folder that it had for its files.
    @Override
    public void close() throws IOException {
        try (input) {
            input.write("stop\nquit\n");
        } catch (IOException endedAlready) {
            keep("(it ended by itself: " + endedAlready.getMessage() + ")");
        }
        try {
            process.waitFor(PATIENCE_S, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        kill();
        Runtime.getRuntime().removeShutdownHook(whenJvmEnds);
    }

    private void kill() {
        process.destroyForcibly().onExit().join();
        try (var files = Files.walk(folder)) {
            for (Path file : files.toList().reversed()) {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
