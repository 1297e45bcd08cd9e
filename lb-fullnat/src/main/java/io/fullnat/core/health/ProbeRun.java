// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.health;

import io.fullnat.api.BalancerException;
import io.fullnat.api.health.HealthProbe;
import io.fullnat.api.health.ProbeResult;
import io.fullnat.core.probe.UnthreadedProbe;
import io.fullnat.core.transmit.FaultLog;
import java.io.IOException;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// One question to one server, on a thread that may wait, its own or that of many. Whatever the
/// probe does – throw, return nothing, not end –, all that comes of it is a result, or none.
final class ProbeRun implements Runnable, UnthreadedProbe.Question {
    private final SharedProbe probe;
    private final FaultLog faults;
    private final Consumer<ProbeRun> ended;
    private final Object lock = new Object();
    private @Nullable Thread thread;
    private boolean cancelled;
    private volatile boolean interrupted;
    private volatile boolean begun;

    /// Written after the result.
    private volatile boolean done;

    private ProbeResult result = ProbeResult.failed("");

    /// @param probe whose
    /// @param faults gets what should not be thrown
    /// @param ended gets this when it has ended, on the thread that ran it
    ProbeRun(SharedProbe probe, FaultLog faults, Consumer<ProbeRun> ended) {
        this.probe = probe;
        this.faults = faults;
        this.ended = ended;
    }

    SharedProbe probe() {
        return probe;
    }

    /// Whether a thread of its own has begun to ask. One that shares a thread ends by itself when
    /// its time is over: where that thread comes late, it is no server's fault.
    boolean hasBegun() {
        return begun;
    }

    /// Whether it has ended, be it that nobody has heard of it yet.
    boolean hasEnded() {
        return done;
    }

    /// What came of it, once it has ended.
    ProbeResult result() {
        return result;
    }

    /// Asks.
    ///
    /// @param executor runs it, on a thread that may wait
    void start(Executor executor) {
        if (probe.probe() instanceof UnthreadedProbe unthreaded) {
            unthreaded.begin(probe.key().target(), executor, this);
        } else {
            executor.execute(this);
        }
    }

    @Override
    public boolean begins() {
        synchronized (lock) {
            return !cancelled;
        }
    }

    @Override
    public boolean isWanted() {
        return !interrupted;
    }

    @Override
    public void ends(ProbeResult found) {
        result = found;
        done = true;
        ended.accept(this);
    }

    @Override
    public void breaks(Throwable fault) {
        ends(broken(fault));
    }

    @Override
    public void run() {
        synchronized (lock) {
            if (cancelled) {
                return;
            }
            thread = Thread.currentThread();
        }
        begun = true;
        try {
            result = ask(probe.probe());
        } finally {
            synchronized (lock) {
                thread = null;
                Thread.interrupted(); // what was meant for this run does not reach the next
            }
            done = true;
            ended.accept(this);
        }
    }

    private ProbeResult ask(HealthProbe asked) {
        try {
            ProbeResult found = asked.probe(probe.key().target());
            if (found == null) { // of a probe that knows no nullness
                throw new IllegalStateException("it returned null");
            }
            return found;
        } catch (InterruptedException interrupted) {
            return ProbeResult.failed("interrupted");
        } catch (IOException | BalancerException failure) {
            return ProbeResult.failed(said(failure));
        } catch (Throwable fault) {
            return broken(fault);
        }
    }

    private ProbeResult broken(Throwable fault) {
        faults.report(probe.key().toString(), fault);
        return ProbeResult.failed("the probe failed: " + said(fault));
    }

    private static String said(Throwable failure) {
        String message = failure.getMessage();
        return message == null || message.isBlank() ? failure.getClass().getSimpleName() : message;
    }

    /// Asks the probe to end. Only this run is interrupted, whatever its thread does afterwards.
    void interrupt() {
        interrupted = true;
        synchronized (lock) {
            Thread running = thread;
            if (running != null) {
                running.interrupt();
            }
        }
    }

    /// Nobody wants to know any more.
    void cancel() {
        synchronized (lock) {
            cancelled = true;
        }
        interrupt();
    }
}
