// SPDX-License-Identifier: Apache-2.0
package io.fullnat.benchmarks.soak;

import io.fullnat.api.counter.Counter;
import io.fullnat.balancer.run.RunningBalancer;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.lang.management.ThreadMXBean;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.management.JMException;
import javax.management.ObjectName;

/// Reads what a running balancer and its process use. For one thread.
final class Probe {
    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();
    private static final Pattern RESIDENT = Pattern.compile("VmRSS:\\s+(\\d+) kB");

    /// What the JVM's own tracking calls memory that Java code allocated outside the heap.
    private static final Pattern OFF_HEAP = Pattern.compile(" Other \\(.*committed=(\\d+)KB");

    private final RunningBalancer balancer;
    private final long worker = workerThread();
    private final long startNs = System.nanoTime();
    private long lastPackets;
    private long lastCpuNs;

    /// The first interval begins.
    Probe(RunningBalancer balancer) {
        this.balancer = balancer;
        lastPackets = received();
        lastCpuNs = THREADS.getThreadCpuTime(worker);
    }

    private static long workerThread() {
        return Arrays.stream(THREADS.getThreadInfo(THREADS.getAllThreadIds()))
                .filter(Objects::nonNull)
                .filter(thread -> thread.getThreadName().equals("fullnat-worker-0"))
                .mapToLong(ThreadInfo::getThreadId)
                .max()
                .orElseThrow();
    }

    private long received() {
        return balancer.counters().total(Counter.RECEIVED);
    }

    /// Ends an interval and begins the next.
    ///
    /// @param commands carried out so far
    Sample sample(long commands) throws IOException {
        long packets = received() - lastPackets;
        long cpuNs = THREADS.getThreadCpuTime(worker) - lastCpuNs;
        lastPackets += packets;
        lastCpuNs += cpuNs;
        double seconds = (System.nanoTime() - startNs) / 1e9;
        System.gc();
        return new Sample(
                seconds,
                packets,
                (double) cpuNs / Math.max(1, packets),
                balancer.counters().total(Counter.CONNECTIONS),
                balancer.io().buffers(0).inUse(),
                ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed(),
                first(RESIDENT, Files.readString(Path.of("/proc/self/status"))) << 10,
                first(OFF_HEAP, nativeMemory()) << 10,
                THREADS.getThreadCount(),
                openFiles(),
                commands);
    }

    private static long first(Pattern pattern, String text) {
        Matcher matcher = pattern.matcher(text);
        return matcher.find() ? Long.parseLong(matcher.group(1)) : 0;
    }

    private static String nativeMemory() {
        try {
            return (String)
                    ManagementFactory.getPlatformMBeanServer()
                            .invoke(
                                    new ObjectName("com.sun.management:type=DiagnosticCommand"),
                                    "vmNativeMemory",
                                    new Object[] {new String[] {"summary"}},
                                    new String[] {String[].class.getName()});
        } catch (JMException e) {
            throw new IllegalStateException("the JVM does not tell its native memory", e);
        }
    }

    private static long openFiles() throws IOException {
        try (Stream<Path> files = Files.list(Path.of("/proc/self/fd"))) {
            return files.count() - 1; // without the folder itself
        }
    }
}
