// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.probe;

import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/// When a probe has to be over, whatever its peer does. Thread-safe.
final class Deadline {
    private static final int MARGIN_DIVISOR = 16;
    private static final long MAX_MARGIN_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

    private final long end;

    private Deadline(long end) {
        this.end = end;
    }

    /// A little before a timeout, at which the probe's thread is interrupted: so that the probe
    /// still says what it was waiting for.
    static Deadline within(Duration timeout) {
        long nanos = timeout.toNanos();
        return new Deadline(
                System.nanoTime() + nanos - Math.min(nanos / MARGIN_DIVISOR, MAX_MARGIN_NANOS));
    }

    boolean isOver() {
        return end - System.nanoTime() <= 0;
    }

    long nanos() {
        return Math.max(0, end - System.nanoTime());
    }

    /// The time that is left, for a socket.
    ///
    /// @return milliseconds, 1 or more
    /// @throws SocketTimeoutException if none is
    int millis() throws SocketTimeoutException {
        long left = end - System.nanoTime();
        if (left <= 0) {
            throw new SocketTimeoutException("the time is over");
        }
        return (int) Math.min(Integer.MAX_VALUE, TimeUnit.NANOSECONDS.toMillis(left) + 1);
    }
}
