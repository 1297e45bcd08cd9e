package io.fullnat.core.control;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/// Knows the threads that carry transactions out: one of them that waited for a transaction would
/// wait for itself, for ever, and is refused instead.
///
/// **Thread-safety:** all methods, from any thread.
public final class WaitGuard {
    /// How long a balancer that nobody has driven yet may take to be driven.
    private static final long FIRST_DRIVE_NS = TimeUnit.SECONDS.toNanos(1);

    private final Set<Thread> threads = ConcurrentHashMap.newKeySet();
    private final @Nullable Thread builder;
    private volatile @Nullable Thread driver;

    private WaitGuard(@Nullable Thread builder) {
        this.builder = builder;
    }

    /// For a balancer whose agents have threads.
    ///
    /// @return a guard that knows no thread yet
    public static WaitGuard ofThreads() {
        return new WaitGuard(null);
    }

    /// For a balancer that is driven by hand, at first, it is taken, by the calling thread.
    ///
    /// @return a guard
    public static WaitGuard ofDriver() {
        return new WaitGuard(Thread.currentThread());
    }

    /// The calling thread begins to carry out transactions, or to decide about them.
    public void enter() {
        threads.add(Thread.currentThread());
    }

    /// The calling thread does so no more.
    public void leave() {
        threads.remove(Thread.currentThread());
    }

    /// The calling thread drives the balancer by hand.
    public void driven() {
        if (driver != Thread.currentThread()) {
            driver = Thread.currentThread();
        }
    }

    /// Refuses to wait on a thread that would wait for itself.
    ///
    /// @throws BalancerException [ErrorCode#WOULD_DEADLOCK]
    public void requireMayWait() {
        Thread caller = Thread.currentThread();
        if (threads.contains(caller) || caller == driver || isLonely(caller)) {
            throw new BalancerException(
                    ErrorCode.WOULD_DEADLOCK,
                    "thread \""
                            + caller.getName()
                            + "\" would wait for ever for what it is to do itself: it drives the"
                            + " balancer or is asked by it. Use submit() and a continuation, or"
                            + " another thread");
        }
    }

    /// Whether the thread built a balancer that still nobody drives.
    private boolean isLonely(Thread caller) {
        if (caller != builder) {
            return false;
        }
        long end = System.nanoTime() + FIRST_DRIVE_NS;
        while (driver == null && System.nanoTime() - end < 0) {
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
        }
        return driver == null;
    }

    /// Refuses to close the balancer on a thread that closing waits for.
    ///
    /// @throws BalancerException [ErrorCode#WOULD_DEADLOCK]
    public void requireMayClose() {
        if (threads.contains(Thread.currentThread())) {
            throw new BalancerException(
                    ErrorCode.WOULD_DEADLOCK,
                    "thread \""
                            + Thread.currentThread().getName()
                            + "\" cannot close the balancer that it drives or is asked by: it"
                            + " would wait for itself. Close it on another thread");
        }
    }
}
