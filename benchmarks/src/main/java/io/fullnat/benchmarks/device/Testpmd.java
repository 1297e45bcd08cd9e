package io.fullnat.benchmarks.device;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// A running `dpdk-testpmd` with one forwarding thread, told what to do over its standard input.
final class Testpmd implements AutoCloseable {
    private static final Path RUNTIME_FOLDERS = Path.of("/var/run/dpdk");
    private static final String FORWARDING_LCORE = "1";
    private static final Pattern PACKETS = Pattern.compile("RX-packets: +(\\d+)");
    private static final Pattern RATE = Pattern.compile("Rx-pps: +(\\d+)");
    private static final int PATIENCE_S = 20;
    private static final int KEPT_LINES = 20;

    private final Process process;
    private final String prefix;
    private final Writer input;
    private final BlockingQueue<String> lines = new LinkedBlockingQueue<>();
    private final Deque<String> last = new ArrayDeque<>();

    /// What it says of port 0.
    ///
    /// @param packets received since it started
    /// @param packetsPerSecond received since the sample before
    /// @param cpuNs processor time of the forwarding thread since it started
    record Sample(long packets, long packetsPerSecond, long cpuNs) {}

    private Testpmd(Process process, String prefix) {
        this.process = process;
        this.prefix = prefix;
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
        String prefix = "fullnat-testpmd-" + ProcessHandle.current().pid();
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
                        Integer.toString(EngineWay.MEMORY_MB),
                        "--file-prefix=" + prefix,
                        "--lcores",
                        "0@(0-" + lastCpu + ")," + FORWARDING_LCORE + "@" + cpu,
                        "--vdev=" + device,
                        "--",
                        "--interactive",
                        "--forward-mode=" + mode,
                        "--port-topology=loop",
                        "--burst=32",
                        "--rxd=1024",
                        "--txd=1024",
                        "--mbcache=256",
                        "--total-num-mbufs=" + EngineWay.BUFFERS);
        return new Testpmd(builder.redirectErrorStream(true).start(), prefix);
    }

    private void read(BufferedReader output) {
        try (output) {
            output.lines().forEach(lines::add);
        } catch (IOException | UncheckedIOException ended) {
            lines.add("(the pipe broke: " + ended.getMessage() + ")");
        }
    }

    /// Gives a command.
    void say(String command) throws IOException {
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
        long packets = await(PACKETS);
        long rate = await(RATE);
        return new Sample(packets, rate, cpuNs());
    }

    private long await(Pattern wanted) throws IOException, InterruptedException {
        while (true) {
            String line = lines.poll(PATIENCE_S, TimeUnit.SECONDS);
            if (line == null) {
                throw new IOException(
                        "dpdk-testpmd does not say \"" + wanted + "\"; it said: " + output());
            }
            keep(line);
            Matcher matcher = wanted.matcher(line);
            if (matcher.find()) {
                return Long.parseLong(matcher.group(1));
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

    /// Of the busiest thread, as names of threads differ between versions: all but the forwarding
    /// one wait for something. The first figure of `schedstat` is nanoseconds on a processor.
    private long cpuNs() throws IOException {
        long most = 0;
        try (var threads = Files.list(Path.of("/proc/" + process.pid() + "/task"))) {
            for (Path thread : threads.toList()) {
                String times = Files.readString(thread.resolve("schedstat"));
                most = Math.max(most, Long.parseLong(times, 0, times.indexOf(' '), 10));
            }
        }
        return most;
    }

    /// Ends it and removes the folder that it leaves.
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
        process.destroyForcibly();
        Path folder = RUNTIME_FOLDERS.resolve(prefix);
        try (var files = Files.list(folder)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        } catch (NoSuchFileException none) {
            return;
        }
        Files.delete(folder);
    }
}
