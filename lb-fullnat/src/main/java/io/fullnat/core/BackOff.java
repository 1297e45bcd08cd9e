// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

import java.util.concurrent.TimeUnit;
import org.agrona.concurrent.BackoffIdleStrategy;
import org.agrona.concurrent.IdleStrategy;
import org.agrona.concurrent.SleepingIdleStrategy;

/// Asks again some hundred times, then sleeps for longer and longer up to a limit; when there has
/// been nothing to do for so many pauses on end that it is no gap between packets any more, it
/// rests longer. Each time it wakes up costs some 25 µs of a processor, however little it does then
/// (docs/performance.md, *An idle balancer*).
///
/// Not thread-safe.
final class BackOff implements IdleStrategy {
    /// With pauses of 0.5 ms these are five seconds.
    static final int RESTS_AFTER = 10_000;

    private static final int SPINS = 100;
    private static final int YIELDS = 10;
    private static final long FIRST_PARK_NS = 1_000;

    private final IdleStrategy pauses;
    private final IdleStrategy rest;
    private int idleCycles;

    /// @param longestPauseUs how long it sleeps in a gap between packets, at the most
    /// @param restUs how long it sleeps afterwards
    BackOff(long longestPauseUs, long restUs) {
        long longestPauseNs = TimeUnit.MICROSECONDS.toNanos(longestPauseUs);
        pauses = new BackoffIdleStrategy(SPINS, YIELDS, FIRST_PARK_NS, longestPauseNs);
        rest = new SleepingIdleStrategy(TimeUnit.MICROSECONDS.toNanos(restUs));
    }

    @Override
    public void idle(int workCount) {
        if (workCount > 0) {
            reset();
        } else {
            idle();
        }
    }

    @Override
    public void idle() {
        if (isResting()) {
            rest.idle();
        } else {
            idleCycles++;
            pauses.idle();
        }
    }

    /// Whether there has been nothing to do for long.
    boolean isResting() {
        return idleCycles >= RESTS_AFTER;
    }

    @Override
    public void reset() {
        idleCycles = 0;
        pauses.reset();
    }

    @Override
    public String alias() {
        return "back-off";
    }
}
