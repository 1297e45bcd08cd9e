// SPDX-License-Identifier: Apache-2.0
package io.fullnat.benchmarks;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;

/// The longest time between two bursts of one worker, over windows that another thread opens and
/// closes: by the wall clock, and in processor time of the worker alone, which other work on the
/// machine does not lengthen. Costs the worker two clock readings a burst.
public final class BurstGaps {
    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

    private volatile int wanted;
    private volatile int measured;
    private long lastNs;
    private long lastCpuNs;
    private long longestNs;
    private long longestCpuNs;
    private volatile Gap result = new Gap(0, 0);

    /// A longest gap.
    ///
    /// @param wallNs on the clock
    /// @param cpuNs of the worker's own time; of another burst, perhaps
    public record Gap(long wallNs, long cpuNs) {}

    /// Worker: a burst begins.
    public void mark() {
        int window = wanted;
        if (window == 0) {
            return; // nobody measures
        }
        long now = System.nanoTime();
        long cpu = THREADS.getCurrentThreadCpuTime();
        if (window == measured) {
            longestNs = Math.max(longestNs, now - lastNs);
            longestCpuNs = Math.max(longestCpuNs, cpu - lastCpuNs);
        } else {
            result = new Gap(longestNs, longestCpuNs);
            longestNs = 0;
            longestCpuNs = 0;
            measured = window;
        }
        lastNs = now;
        lastCpuNs = cpu;
    }

    /// Measures the worker while something runs.
    ///
    /// @return the longest gaps
    public Gap during(Runnable action) {
        next();
        action.run();
        next();
        return result;
    }

    private void next() {
        int window = wanted + 1;
        wanted = window;
        while (measured != window) {
            Thread.onSpinWait();
        }
    }
}
