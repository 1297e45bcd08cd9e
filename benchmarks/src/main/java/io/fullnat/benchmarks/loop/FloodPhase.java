// SPDX-License-Identifier: Apache-2.0
package io.fullnat.benchmarks.loop;

import java.util.concurrent.CountDownLatch;
import org.HdrHistogram.Histogram;

/// What comes to a [FloodQueue] for a while, at steady rates, and what becomes of it. The worker
/// drives it, another thread waits for its end.
final class FloodPhase {
    /// Who sends.
    enum Kind {
        /// Clients that do not exist: SYNs, each of another address and port.
        SPOOFED,
        /// Clients whose connections are open: segments with data.
        ESTABLISHED,
        /// Clients that begin.
        HONEST
    }

    private static final long LONGEST_NS = 10_000_000_000L;

    final Histogram connected = new Histogram(LONGEST_NS, 3);
    final Histogram served = new Histogram(LONGEST_NS, 3);
    private final CountDownLatch done = new CountDownLatch(1);
    private final long[] intervalNs = new long[Kind.values().length];
    private final long[] nextNs = new long[Kind.values().length];
    private final long[] sent = new long[Kind.values().length];
    private final long lengthNs;
    private long endNs;
    long forwarded;
    long answered;
    long lostAnswers;

    /// @param milliseconds how long
    /// @param spoofed SYNs a second
    /// @param established segments a second
    /// @param honest handshakes a second
    FloodPhase(long milliseconds, long spoofed, long established, long honest) {
        lengthNs = milliseconds * 1_000_000;
        intervalNs[Kind.SPOOFED.ordinal()] = interval(spoofed);
        intervalNs[Kind.ESTABLISHED.ordinal()] = interval(established);
        intervalNs[Kind.HONEST.ordinal()] = interval(honest);
    }

    private static long interval(long rate) {
        return rate == 0 ? 0 : 1_000_000_000 / rate;
    }

    void begin(long nowNs) {
        if (endNs == 0) {
            endNs = nowNs + lengthNs;
            for (int kind = 0; kind < intervalNs.length; kind++) {
                nextNs[kind] = nowNs + intervalNs[kind] / (kind + 2); // not all at once
            }
        }
    }

    /// The kind of the packet that has come next.
    ///
    /// @return its ordinal; -1 if none has come until now
    int next(long nowNs) {
        long earliest = Math.min(nowNs, endNs);
        int kind = -1;
        for (int i = 0; i < nextNs.length; i++) {
            if (intervalNs[i] != 0 && nextNs[i] - earliest < 0) {
                earliest = nextNs[i];
                kind = i;
            }
        }
        return kind;
    }

    /// Takes the packet of which [#next] has told.
    ///
    /// @return when it came
    long take(int kind) {
        long due = nextNs[kind];
        nextNs[kind] += intervalNs[kind];
        sent[kind]++;
        return due;
    }

    /// Whether all has come, and all that is under way has had time to arrive.
    boolean isOver(long nowNs) {
        return nowNs - endNs > 1_000_000;
    }

    void end() {
        done.countDown();
    }

    long sent(Kind kind) {
        return sent[kind.ordinal()];
    }

    /// Waits for the end.
    FloodPhase await() throws InterruptedException {
        done.await();
        return this;
    }
}
