// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.run;

import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/// How many lines strangers may have in the audit log: a stranger who reaches a port, but has no
/// token, must not fill a disk. Thread-safe.
final class StrangerLimit {
    private static final int A_SECOND = 10;
    private static final long SECOND_NS = TimeUnit.SECONDS.toNanos(1);

    private final LongSupplier clock;
    private long begunNs;
    private int admitted;
    private long left;

    /// @param clock nanoseconds since an arbitrary origin
    StrangerLimit(LongSupplier clock) {
        this.clock = clock;
        begunNs = clock.getAsLong();
    }

    /// Whether one more may be written; if not, it is counted.
    synchronized boolean admits() {
        long now = clock.getAsLong();
        if (now - begunNs >= SECOND_NS) {
            begunNs = now;
            admitted = 0;
        }
        if (admitted == A_SECOND) {
            left++;
            return false;
        }
        admitted++;
        return true;
    }

    /// How many were not written since this was asked before.
    synchronized long takeLeft() {
        long taken = left;
        left = 0;
        return taken;
    }
}
