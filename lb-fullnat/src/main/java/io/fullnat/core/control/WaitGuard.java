// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.control;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import java.util.Map;
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
    private final Map<Thread, Integer> runners = new ConcurrentHashMap<>();
    private final @Nullable Thread builder;
    private final boolean ofRunners;
    private volatile @Nullable Thread driver;
    private volatile boolean driven;

    private WaitGuard(@Nullable Thread builder, boolean ofRunners) {
        this.builder = builder;
        this.ofRunners = ofRunners;
    }

    /// For a balancer whose agents have threads.
    ///
    /// @return a guard that knows no thread yet
    public static WaitGuard ofThreads() {
        WaitGuard guard = new WaitGuard(null, false);
        guard.driven = true;
        return guard;
    }

    /// For a balancer that is driven by hand, at first, it is taken, by the calling thread.
    ///
    /// @return a guard
    public static WaitGuard ofDriver() {
        return new WaitGuard(Thread.currentThread(), false);
    }

    /// For a balancer whose agents are run by the application's threads.
    ///
    /// @return a guard that knows no thread yet
    public static WaitGuard ofRunners() {
        return new WaitGuard(null, true);
    }

    /// Somebody begins to run what carries transactions out.
    public void begin() {
        driven = true;
    }

    /// The calling thread begins to run one of the balancer's agents, or one more.
    public void enterRunner() {
        runners.merge(Thread.currentThread(), 1, Integer::sum);
    }

    /// The calling thread runs one agent less.
    public void leaveRunner() {
        runners.computeIfPresent(
                Thread.currentThread(), (thread, agents) -> agents == 1 ? null : agents - 1);
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
            driven = true;
        }
    }

    /// Refuses to wait on a thread that would wait for itself.
    ///
    /// @throws BalancerException [ErrorCode#WOULD_DEADLOCK]
    public void requireMayWait() {
        Thread caller = Thread.currentThread();
        boolean drives = runners.containsKey(caller) || caller == driver;
        if (!drives && ofRunners && isLonely()) {
            throw new BalancerException(
                    ErrorCode.WOULD_DEADLOCK,
                    "nobody runs the balancer: start its control agent and all workers' agents"
                            + " before you wait for it");
        }
        if (drives || threads.contains(caller) || (caller == builder && isLonely())) {
            throw new BalancerException(
                    ErrorCode.WOULD_DEADLOCK,
                    "thread \""
                            + caller.getName()
                            + "\" would wait for ever for what it is to do itself: it drives the"
                            + " balancer or is asked by it. Use submit() and a continuation, or"
                            + " another thread");
        }
    }

    /// Whether still nobody drives the balancer.
    private boolean isLonely() {
        long end = System.nanoTime() + FIRST_DRIVE_NS;
        while (!driven && System.nanoTime() - end < 0) {
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
        }
        return !driven;
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
