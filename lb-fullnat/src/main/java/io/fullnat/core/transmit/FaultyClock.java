// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.transmit;

import io.fullnat.api.Clock;

/// A clock that may throw: while it does, time stands still, and it is asked again after a [Pause].
/// Workers put it in the place of a clock that has thrown, so that one which does not is asked
/// without any check.
///
/// Thread-safe.
public final class FaultyClock implements Clock {
    private final Clock clock;
    private final FaultLog faults;
    private final Pause pause = new Pause();
    private long last;

    /// A clock that has not thrown yet.
    ///
    /// @param clock may throw
    /// @param faults where its faults end
    public FaultyClock(Clock clock, FaultLog faults) {
        this.clock = clock;
        this.faults = faults;
        last = clock.nanoTime();
    }

    /// In the place of a clock that has just thrown.
    ///
    /// @param clock whose place it takes
    /// @param last the time it gave last
    /// @param fault what it threw
    /// @param faults where its faults end
    public FaultyClock(Clock clock, long last, Throwable fault, FaultLog faults) {
        this.clock = clock;
        this.last = last;
        this.faults = faults;
        failed(fault);
    }

    @Override
    public synchronized long nanoTime() {
        if (!pause.lasts()) {
            try {
                last = clock.nanoTime();
                pause.succeeded();
            } catch (Throwable fault) {
                failed(fault);
            }
        }
        return last;
    }

    private void failed(Throwable fault) {
        pause.failed();
        faults.report("the clock", fault);
    }
}
