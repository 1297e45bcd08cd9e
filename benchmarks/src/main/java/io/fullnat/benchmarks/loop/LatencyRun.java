// SPDX-License-Identifier: Apache-2.0
package io.fullnat.benchmarks.loop;

import io.fullnat.api.Protocol;
import io.fullnat.core.IdleMode;
import java.util.Locale;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.Histogram;

/// How long a packet is in the balancer: from when it was due at the port until the port's transmit
/// was called with it, at a steady rate, while another thread makes 100 MB of garbage a second.
///
/// `java … LatencyRun [PACKETS_PER_SECOND [SECONDS]]`
public final class LatencyRun {
    private static final int FLOWS = 10_000;
    private static final int GARBAGE_BYTES = 100_000;
    private static final long GARBAGE_INTERVAL_NS = 1_000_000;
    private static final int WARM_UP_SECONDS = 5;

    private static volatile byte[] garbage = {};

    private LatencyRun() {}

    /// Measures and prints microseconds.
    ///
    /// @param args how many packets a second (1,000,000), and for how long (60)
    /// @throws InterruptedException never: nobody interrupts it
    public static void main(String[] args) throws InterruptedException {
        long rate = args.length > 0 ? Long.parseLong(args[0]) : 1_000_000;
        int seconds = args.length > 1 ? Integer.parseInt(args[1]) : 60;
        Thread.ofPlatform().daemon().name("garbage").start(LatencyRun::makeGarbage);
        LoopNetwork network = new LoopNetwork(Protocol.UDP, 300);
        try (LoopTraffic traffic = LoopTraffic.start(network, 1 << 17, true, IdleMode.SPIN)) {
            traffic.open(FLOWS, false).await();
            FlowOrder order = FlowOrder.random(FLOWS);
            traffic.paced(order, rate * WARM_UP_SECONDS, new Pace(rate)).await();
            Pace pace = new Pace(rate);
            traffic.paced(order, rate * seconds, pace).await();
            traffic.requireAllForwarded();
            if (garbage.length != GARBAGE_BYTES) {
                throw new IllegalStateException("no garbage was made");
            }
            print(rate, pace.latencies());
        }
    }

    private static void makeGarbage() {
        while (true) {
            garbage = new byte[GARBAGE_BYTES];
            LockSupport.parkNanos(GARBAGE_INTERVAL_NS - 100_000);
        }
    }

    private static void print(long rate, Histogram latencies) {
        System.out.printf(
                Locale.ROOT,
                "%,d packets at %,d a second, µs: p50 %.1f, p99 %.1f, p99.9 %.1f, p99.99 %.1f, max"
                        + " %.1f%n",
                latencies.getTotalCount(),
                rate,
                latencies.getValueAtPercentile(50) / 1e3,
                latencies.getValueAtPercentile(99) / 1e3,
                latencies.getValueAtPercentile(99.9) / 1e3,
                latencies.getValueAtPercentile(99.99) / 1e3,
                latencies.getMaxValue() / 1e3);
    }
}
