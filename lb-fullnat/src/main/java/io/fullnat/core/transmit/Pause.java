// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.transmit;

import java.util.concurrent.TimeUnit;

/// How long to leave alone what has failed: a millisecond, twice as long each time it fails again,
/// a second at the most; nothing once it has succeeded. By the machine's clock, since a balancer's
/// own may be what fails.
///
/// Not thread-safe.
public final class Pause {
    private static final long SHORTEST_NS = TimeUnit.MILLISECONDS.toNanos(1);
    private static final long LONGEST_NS = TimeUnit.SECONDS.toNanos(1);

    private long lengthNs;
    private long endNs;

    /// Whether it is still to be left alone.
    ///
    /// @return false if it has not failed, or may be tried again
    public boolean lasts() {
        return lengthNs != 0 && System.nanoTime() - endNs < 0;
    }

    /// It has failed.
    ///
    /// @return how long it is to be left alone, in nanoseconds
    public long failed() {
        lengthNs = lengthNs == 0 ? SHORTEST_NS : Math.min(LONGEST_NS, 2 * lengthNs);
        endNs = System.nanoTime() + lengthNs;
        return lengthNs;
    }

    /// It has succeeded.
    public void succeeded() {
        lengthNs = 0;
    }
}
