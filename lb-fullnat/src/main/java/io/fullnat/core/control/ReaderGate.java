// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.control;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import java.util.concurrent.locks.StampedLock;
import java.util.function.Supplier;

/// Keeps the workers' memory there while other threads read it: it is freed only when none does,
/// and after that none can begin. Workers never come here.
final class ReaderGate {
    private final StampedLock lock = new StampedLock();
    private boolean shut;

    /// Reads.
    ///
    /// @throws BalancerException [ErrorCode#CLOSED] if the memory is gone
    <T> T read(Supplier<T> reading) {
        long stamp = enter();
        try {
            return reading.get();
        } finally {
            leave(stamp);
        }
    }

    /// Begins to read, without allocation. Not to be begun again before [#leave(long)].
    ///
    /// @return to be given back
    /// @throws BalancerException [ErrorCode#CLOSED] if the memory is gone
    long enter() {
        long stamp = lock.readLock();
        if (shut) {
            lock.unlockRead(stamp);
            throw new BalancerException(ErrorCode.CLOSED, "the balancer is closed");
        }
        return stamp;
    }

    /// Ends reading.
    void leave(long stamp) {
        lock.unlockRead(stamp);
    }

    /// Waits for those who read, and lets nobody read from then on.
    void shut() {
        long stamp = lock.writeLock();
        shut = true;
        lock.unlockWrite(stamp);
    }
}
