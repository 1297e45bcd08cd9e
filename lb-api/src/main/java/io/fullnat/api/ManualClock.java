// SPDX-License-Identifier: Apache-2.0
package io.fullnat.api;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

/// A clock that stands still until it is told to move: time in tests. Thread-safe.
public final class ManualClock implements Clock {
    private static final long NEW_YEAR_2025 = 1_735_689_600L;
    private static final long SECOND_NS = 1_000_000_000L;

    private final AtomicLong nowNs;

    /// A clock that shows zero.
    public ManualClock() {
        this(0);
    }

    /// A clock that shows a given time.
    ///
    /// @param startNs the first time shown
    public ManualClock(long startNs) {
        nowNs = new AtomicLong(startNs);
    }

    @Override
    public long nanoTime() {
        return nowNs.get();
    }

    /// Goes on with [#nanoTime()], which shows zero at the beginning of 2025.
    @Override
    public long unixSeconds() {
        return NEW_YEAR_2025 + Math.floorDiv(nowNs.get(), SECOND_NS);
    }

    /// Moves the time on.
    ///
    /// @param step how far, not negative
    /// @throws IllegalArgumentException if the step is negative
    public void advance(Duration step) {
        if (step.isNegative()) {
            throw new IllegalArgumentException("a clock does not go back: " + step);
        }
        nowNs.addAndGet(step.toNanos());
    }
}
