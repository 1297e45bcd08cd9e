package io.fullnat.core;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.agrona.concurrent.Agent;
import org.jspecify.annotations.Nullable;

/// Lets the thread that starts workers wait until each has its thread registered and pinned, or
/// learn why one could not.
final class StartGate {
    private final CountDownLatch started;
    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();

    StartGate(int agents) {
        started = new CountDownLatch(agents);
    }

    /// Waits for all agents.
    void await() {
        try {
            started.await();
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new BalancerException(
                    ErrorCode.INTERNAL, "interrupted while the workers started", interrupted);
        }
        Throwable cause = failure.get();
        if (cause instanceof BalancerException known) {
            throw new BalancerException(known.code(), String.valueOf(known.getMessage()), known);
        }
        if (cause != null) {
            throw new BalancerException(
                    ErrorCode.INTERNAL, "a worker could not be started: " + cause, cause);
        }
    }

    /// The agent, with its start reported here.
    Agent guard(Agent agent) {
        return new Agent() {
            @Override
            public void onStart() {
                try {
                    agent.onStart();
                } catch (RuntimeException | Error cause) {
                    failure.compareAndSet(null, cause);
                    throw cause;
                } finally {
                    started.countDown();
                }
            }

            @Override
            public int doWork() throws Exception {
                return agent.doWork();
            }

            @Override
            public void onClose() {
                agent.onClose();
            }

            @Override
            public String roleName() {
                return agent.roleName();
            }
        };
    }
}
