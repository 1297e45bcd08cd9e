// SPDX-License-Identifier: Apache-2.0
package io.fullnat.benchmarks.loop;

import org.HdrHistogram.Histogram;

/// A steady rate of packets, and how long each took from when it was due until it was sent. A
/// packet that the worker came late for waits on, as it would in a NIC's ring: its wait counts.
final class Pace {
    private static final long LONGEST_NS = 10_000_000_000L;

    private final long intervalNs;
    private final Histogram latencies = new Histogram(LONGEST_NS, 3);
    private long nextNs;

    Pace(long packetsPerSecond) {
        intervalNs = 1_000_000_000L / packetsPerSecond;
    }

    /// When the next packet was due, 0 if it is not yet.
    long due(long nowNs) {
        if (nextNs == 0) {
            nextNs = nowNs;
        }
        if (nextNs - nowNs > 0) {
            return 0;
        }
        long due = nextNs;
        nextNs += intervalNs;
        return due;
    }

    void sent(long dueNs, long nowNs) {
        latencies.recordValue(nowNs - dueNs);
    }

    /// What was recorded; the phase is over.
    Histogram latencies() {
        return latencies;
    }
}
