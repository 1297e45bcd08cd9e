package io.fullnat.core.control;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Supplier;

/// Keeps the workers' memory there while other threads read it: it is freed only when none does,
/// and after that none can begin. Workers never come here.
final class ReaderGate {
    private final ReentrantReadWriteLock lock = new ReentrantReadWriteLock();
    private boolean shut;

    /// Reads.
    ///
    /// @throws BalancerException [ErrorCode#CLOSED] if the memory is gone
    <T> T read(Supplier<T> reading) {
        lock.readLock().lock();
        try {
            if (shut) {
                throw new BalancerException(ErrorCode.CLOSED, "the balancer is closed");
            }
            return reading.get();
        } finally {
            lock.readLock().unlock();
        }
    }

    /// Waits for those who read, and lets nobody read from then on.
    void shut() {
        lock.writeLock().lock();
        try {
            shut = true;
        } finally {
            lock.writeLock().unlock();
        }
    }
}
