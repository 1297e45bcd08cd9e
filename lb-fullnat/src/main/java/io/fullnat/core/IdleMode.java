package io.fullnat.core;

import java.util.concurrent.TimeUnit;
import org.agrona.concurrent.BackoffIdleStrategy;
import org.agrona.concurrent.BusySpinIdleStrategy;
import org.agrona.concurrent.IdleStrategy;

/// What a worker's thread does while there is nothing to do.
public enum IdleMode {
    /// It asks again at once: the least latency, for a processor of its own.
    SPIN {
        @Override
        IdleStrategy strategy() {
            return new BusySpinIdleStrategy();
        }
    },

    /// It asks again some hundred times, then sleeps for longer and longer, 0.5 ms at the most.
    /// Under load it never sleeps.
    BACK_OFF {
        @Override
        IdleStrategy strategy() {
            return backOff(TimeUnit.MICROSECONDS.toNanos(500));
        }
    },

    /// As [#BACK_OFF], up to 2 ms: for balancers that share a small machine.
    PARK {
        @Override
        IdleStrategy strategy() {
            return backOff(TimeUnit.MILLISECONDS.toNanos(2));
        }
    };

    private static final int SPINS = 100;
    private static final int YIELDS = 10;
    private static final long FIRST_PARK_NS = 1_000;

    abstract IdleStrategy strategy();

    static IdleStrategy backOff(long maxParkNs) {
        return new BackoffIdleStrategy(SPINS, YIELDS, FIRST_PARK_NS, maxParkNs);
    }
}
