// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.probe;

import static java.util.concurrent.TimeUnit.MILLISECONDS;

import io.fullnat.api.health.ProbeTarget;
import io.fullnat.core.probe.UnthreadedProbe.Question;
import java.lang.invoke.VarHandle;
import java.util.ArrayDeque;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.jctools.queues.varhandle.MpscUnboundedVarHandleArrayQueue;
import org.jspecify.annotations.Nullable;

/// TCP connections that are being opened, awaited by one thread, which is there only while there
/// are any. It opens what has come meanwhile, sleeps a few milliseconds, looks which are open, and
/// looks again at the others after twice the time each: a server of the same network has answered
/// long before the first look. So there is no registration of each with a selector, no hand-over
/// between threads and, with many servers, little waking; each costs hardly more than its system
/// calls.
///
/// **Thread-safety:** [#begin] from any thread.
final class Connects {
    /// When a connection is looked at first, and how long one that comes may wait.
    private static final long FIRST_NS = MILLISECONDS.toNanos(8);

    /// Times between looks, each twice the one before; the last ones before the end are short.
    private static final int STEPS = 10;

    private static final long SHORTEST_NS = MILLISECONDS.toNanos(1);
    private static final int EIGHTH = 8;

    /// Connections that are opened before others are looked at.
    private static final int MOST_AT_ONCE = 64;

    private final MpscUnboundedVarHandleArrayQueue<Connect> arriving =
            new MpscUnboundedVarHandleArrayQueue<>(256);
    private final AtomicBoolean running = new AtomicBoolean();
    private volatile @Nullable Thread sleeper;
    private volatile long wakesNs;

    /// By the time between their looks, so that the first of each is due first. Of the thread that
    /// runs.
    private final ArrayDeque<Connect>[] waiting;

    private final ConnectSockets sockets;

    /// @param sockets where connections get theirs; for these alone
    @SuppressWarnings({"unchecked", "rawtypes"})
    Connects(ConnectSockets sockets) {
        this.sockets = sockets;
        waiting = new ArrayDeque[STEPS];
        for (int step = 0; step < STEPS; step++) {
            waiting[step] = new ArrayDeque<>();
        }
    }

    /// Opens a connection, and says what came of it.
    ///
    /// @param executor runs the thread that waits, if there is none
    void begin(ProbeTarget target, Executor executor, Question question) {
        arriving.offer(new Connect(target, sockets, question));
        if (!running.get() && running.compareAndSet(false, true)) {
            start(executor);
            return;
        }
        VarHandle.fullFence(); // it has either gone to sleep by now, or sees what has come
        Thread asleep = sleeper;
        long longestNs = Math.min(FIRST_NS, target.timeout().toNanos() / EIGHTH);
        if (asleep != null && wakesNs - System.nanoTime() > longestNs) {
            sleeper = null;
            LockSupport.unpark(asleep);
        }
    }

    private void start(Executor executor) {
        try {
            executor.execute(this::run);
        } catch (Throwable rejected) {
            running.set(false);
            throw rejected;
        }
    }

    private void run() {
        do {
            try {
                while (goOn()) {
                    // until nothing is left
                }
            } finally {
                sockets.rest();
                running.set(false);
            }
        } while (!arriving.isEmpty() && running.compareAndSet(false, true));
    }

    /// @return whether something is left
    private boolean goOn() {
        if (Thread.interrupted()) {
            giveUp();
            return false;
        }
        int come = 0;
        long nowNs = System.nanoTime();
        for (Connect next = arriving.poll(); next != null; next = arriving.poll()) {
            if (next.open()) {
                await(next, nowNs, FIRST_NS);
            }
            if (++come == MOST_AT_ONCE) {
                break;
            }
        }
        long leftNs = look();
        if (come < MOST_AT_ONCE) {
            if (leftNs < 0) {
                return false;
            }
            sleep(leftNs);
        }
        return true;
    }

    /// The executor ends.
    private void giveUp() {
        for (Connect next = arriving.poll(); next != null; next = arriving.poll()) {
            next.giveUp();
        }
        for (ArrayDeque<Connect> some : waiting) {
            some.forEach(Connect::giveUp);
            some.clear();
        }
    }

    /// @param atMostNs till the next look
    private void await(Connect one, long nowNs, long atMostNs) {
        long mostNs = Math.min(atMostNs, one.leftNs());
        int step = 0;
        while (step + 1 < STEPS && SHORTEST_NS << (step + 1) <= mostNs) {
            step++;
        }
        one.step = step;
        one.lookNs = nowNs + (SHORTEST_NS << step);
        waiting[step].add(one);
    }

    /// Looks at those that are due.
    ///
    /// @return nanoseconds till the next one is; negative if there is none
    private long look() {
        long nowNs = System.nanoTime();
        for (ArrayDeque<Connect> some : waiting) {
            Connect first = some.peek();
            while (first != null && first.lookNs - nowNs <= 0) {
                some.remove();
                if (!first.hasEnded()) {
                    await(first, nowNs, SHORTEST_NS << (first.step + 1));
                }
                first = some.peek();
            }
        }
        long nextNs = -1;
        for (ArrayDeque<Connect> some : waiting) {
            Connect first = some.peek();
            if (first != null) {
                long waitNs = Math.max(0, first.lookNs - nowNs);
                nextNs = nextNs < 0 ? waitNs : Math.min(nextNs, waitNs);
            }
        }
        return nextNs;
    }

    private void sleep(long timeNs) {
        wakesNs = System.nanoTime() + timeNs;
        sleeper = Thread.currentThread();
        VarHandle.fullFence();
        if (arriving.isEmpty()) {
            LockSupport.parkNanos(this, timeNs);
        }
        sleeper = null;
    }
}
