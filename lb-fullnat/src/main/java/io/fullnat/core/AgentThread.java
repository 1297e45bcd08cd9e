// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import io.fullnat.core.transmit.FaultLog;
import io.fullnat.core.transmit.Pause;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.agrona.concurrent.Agent;
import org.agrona.concurrent.AgentTerminationException;
import org.agrona.concurrent.IdleStrategy;
import org.jspecify.annotations.Nullable;

/// Runs an agent on a thread of its own until it ends or is stopped. Unlike Agrona's runner it is
/// ended by nothing that is thrown, an [Error] neither, nor by an interrupt: that is counted, told,
/// and the agent goes on after a pause.
final class AgentThread implements Runnable {
    private final Agent agent;
    private final IdleStrategy idle;
    private final FaultLog faults;
    private final CountDownLatch started = new CountDownLatch(1);
    private final CountDownLatch ended = new CountDownLatch(1);
    private volatile boolean running = true;
    private volatile @Nullable Throwable startFailure;
    private volatile @Nullable Thread thread;

    AgentThread(Agent agent, IdleStrategy idle, FaultLog faults) {
        this.agent = agent;
        this.idle = idle;
        this.faults = faults;
    }

    /// Begins.
    ///
    /// @throws BalancerException if the factory makes no thread
    void start(ThreadFactory threads) {
        try {
            Thread made = threads.newThread(this);
            if (made == null) {
                throw new IllegalStateException("it returned null");
            }
            made.setName(agent.roleName());
            made.start();
            thread = made;
        } catch (Throwable cause) {
            ended.countDown();
            throw new BalancerException(
                    ErrorCode.INTERNAL,
                    "the thread factory made no thread for " + agent.roleName(),
                    cause);
        }
    }

    /// Waits until the agent has started.
    ///
    /// @throws BalancerException if it could not
    void awaitStart() {
        try {
            started.await();
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new BalancerException(
                    ErrorCode.INTERNAL, "interrupted while the workers started", interrupted);
        }
        Throwable cause = startFailure;
        if (cause instanceof BalancerException known) {
            throw new BalancerException(known.code(), String.valueOf(known.getMessage()), known);
        }
        if (cause != null) {
            throw new BalancerException(
                    ErrorCode.INTERNAL,
                    agent.roleName() + " could not be started by a fault; its cause says more",
                    cause);
        }
    }

    /// Has it end after its present cycle, if the agent does not end by itself.
    void stop() {
        running = false;
        LockSupport.unpark(thread);
    }

    /// Waits until it has ended.
    ///
    /// @return false if it has not by then
    boolean awaitEnd(long nanos) {
        boolean interrupted = false;
        long end = System.nanoTime() + nanos;
        try {
            while (true) {
                try {
                    return ended.await(end - System.nanoTime(), TimeUnit.NANOSECONDS);
                } catch (InterruptedException e) {
                    interrupted = true; // it is not for long
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /// Where it is, for a thread that does not end.
    String whereabouts() {
        Thread known = thread;
        StackTraceElement[] stack =
                known == null ? new StackTraceElement[0] : known.getStackTrace();
        return agent.roleName() + " at " + (stack.length == 0 ? "an unknown place" : stack[0]);
    }

    @Override
    public void run() {
        try {
            if (starts()) {
                work();
            }
            close();
        } finally {
            ended.countDown();
        }
    }

    private boolean starts() {
        try {
            agent.onStart();
            return true;
        } catch (Throwable cause) {
            startFailure = cause;
            return false;
        } finally {
            started.countDown();
        }
    }

    private void work() {
        Pause pause = new Pause();
        while (running) {
            try {
                int work = agent.doWork();
                if (work <= 0) {
                    // A thread that is interrupted cannot sleep. Nobody has reason to do that to
                    // this one, so it is not what ends it.
                    Thread.interrupted();
                    pause.succeeded();
                }
                idle.idle(work);
            } catch (AgentTerminationException end) {
                return;
            } catch (Throwable fault) {
                faults.report(agent.roleName(), fault);
                Thread.interrupted();
                LockSupport.parkNanos(pause.failed());
            }
        }
    }

    private void close() {
        try {
            agent.onClose();
        } catch (Throwable fault) {
            faults.report("closing " + agent.roleName(), fault);
        }
    }
}
