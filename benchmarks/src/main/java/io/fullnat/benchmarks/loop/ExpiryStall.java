// SPDX-License-Identifier: Apache-2.0
package io.fullnat.benchmarks.loop;

import io.fullnat.api.Protocol;
import io.fullnat.api.counter.Counter;
import io.fullnat.benchmarks.BurstGaps;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.function.ToLongFunction;

/// How long a burst waits when very many connections end in the same second: the longest time
/// between two bursts in windows of five milliseconds, while a million connections of half a second
/// time out, and before, under full traffic of a thousand other flows.
///
/// `java … ExpiryStall [CONNECTIONS [ROUNDS]]`
public final class ExpiryStall {
    private static final PrintStream OUT = System.out;
    private static final int KEPT = 1_000;
    private static final int IDLE_SECONDS = 5;
    private static final long WINDOW_MS = 5;
    private static final int WINDOWS_BEFORE = 100;

    private ExpiryStall() {}

    /// Measures and prints a line for each round; the first ones are not compiled yet.
    ///
    /// @param args how many connections end (1000000), how often (5)
    /// @throws InterruptedException never: nobody interrupts it
    public static void main(String[] args) throws InterruptedException {
        int ending = args.length > 0 ? Integer.parseInt(args[0]) : 1_000_000;
        int rounds = args.length > 1 ? Integer.parseInt(args[1]) : 5;
        LoopNetwork network = new LoopNetwork(Protocol.UDP, IDLE_SECONDS);
        try (LoopTraffic traffic = LoopTraffic.start(network, KEPT + ending, true)) {
            for (int round = 1; round <= rounds; round++) {
                traffic.open(KEPT + ending, false).await();
                traffic.runForever(KEPT);
                print(round, windows(traffic, WINDOWS_BEFORE), untilEnded(traffic));
            }
        }
    }

    private static List<BurstGaps.Gap> windows(LoopTraffic traffic, int count)
            throws InterruptedException {
        List<BurstGaps.Gap> gaps = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            gaps.add(window(traffic));
        }
        return gaps;
    }

    /// The windows in which connections ended.
    private static List<BurstGaps.Gap> untilEnded(LoopTraffic traffic) throws InterruptedException {
        List<BurstGaps.Gap> gaps = new ArrayList<>();
        for (long before = connections(traffic); before > KEPT; ) {
            BurstGaps.Gap gap = window(traffic);
            long after = connections(traffic);
            if (after < before) {
                gaps.add(gap);
            }
            before = after;
        }
        return gaps;
    }

    private static long connections(LoopTraffic traffic) {
        return traffic.balancer().counters().total(Counter.CONNECTIONS);
    }

    private static BurstGaps.Gap window(LoopTraffic traffic) throws InterruptedException {
        return traffic.io()
                .loop()
                .gaps()
                .during(() -> {
                    try {
                        TimeUnit.MILLISECONDS.sleep(WINDOW_MS);
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                });
    }

    private static void print(int round, List<BurstGaps.Gap> before, List<BurstGaps.Gap> during) {
        OUT.printf(
                Locale.ROOT,
                "round %d: longest gap in µs, median (greatest): own time %s before, %s while"
                        + " connections end in %d windows; on the clock %s and %s%n",
                round,
                spread(before, BurstGaps.Gap::cpuNs),
                spread(during, BurstGaps.Gap::cpuNs),
                during.size(),
                spread(before, BurstGaps.Gap::wallNs),
                spread(during, BurstGaps.Gap::wallNs));
    }

    private static String spread(List<BurstGaps.Gap> gaps, ToLongFunction<BurstGaps.Gap> time) {
        long[] sorted = gaps.stream().mapToLong(time).sorted().toArray();
        return String.format(
                Locale.ROOT,
                "%.1f (%.1f)",
                sorted[sorted.length / 2] / 1e3,
                sorted[sorted.length - 1] / 1e3);
    }
}
