// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import io.fullnat.core.control.WaitGuard;
import io.fullnat.core.transmit.FaultLog;
import org.agrona.concurrent.Agent;
import org.agrona.concurrent.AgentTerminationException;
import org.jspecify.annotations.Nullable;

/// An agent of a balancer that an application runs on a thread of its own: the thread that starts
/// it is the one that runs and closes it, and it is run once.
///
/// Whatever is thrown in a duty cycle is counted and told, and the runner does not hear of it. When
/// the balancer is closed the agent ends in its next duty cycle, on its thread; from then on a duty
/// cycle does nothing. So a runner may also have other agents, and may be closed before or after.
final class RunnerAgent implements Agent {
    private final Agent agent;
    private final String name;
    private final WaitGuard guard;
    private final FaultLog faults;
    private volatile @Nullable Thread owner;
    private volatile boolean ended;
    private volatile boolean ending;
    private boolean working;

    /// @param agent ends by an [AgentTerminationException], or when it is asked to ([#end()])
    RunnerAgent(Agent agent, WaitGuard guard, FaultLog faults) {
        this.agent = agent;
        name = agent.roleName();
        this.guard = guard;
        this.faults = faults;
    }

    @Override
    public void onStart() {
        claim();
        guard.enterRunner();
        try {
            agent.onStart();
        } catch (Throwable failure) {
            close();
            throw failure;
        }
    }

    private synchronized void claim() {
        Thread owner = this.owner;
        if (ended) {
            throw refusal("has ended: the agents of a balancer run once. Build another balancer");
        }
        if (owner != null) {
            throw refusal(
                    "is run by thread \""
                            + owner.getName()
                            + "\" already: give each agent to one runner");
        }
        this.owner = Thread.currentThread();
    }

    @Override
    public int doWork() {
        if (ended) {
            return 0;
        }
        requireOwner();
        if (working) {
            throw new BalancerException(
                    ErrorCode.WOULD_DEADLOCK,
                    name + " is in the middle of a duty cycle of this thread");
        }
        working = true;
        try {
            if (ending) {
                close();
                return 1;
            }
            return agent.doWork();
        } catch (AgentTerminationException end) {
            close();
            return 1;
        } catch (Throwable fault) {
            faults.report(name, fault);
            return 0;
        } finally {
            working = false;
        }
    }

    private void requireOwner() {
        Thread caller = Thread.currentThread();
        Thread owner = this.owner;
        if (owner == null) {
            throw refusal(
                    "has not been started: run it by an AgentRunner or an AgentInvoker, or call"
                            + " onStart() first, on the thread that will call doWork()");
        }
        if (owner != caller) {
            throw refusal(
                    "was started by thread \""
                            + owner.getName()
                            + "\" and is called by \""
                            + caller.getName()
                            + "\": one thread must start, run and close it");
        }
    }

    /// By the runner: the thread that ran it, or, if it was never started, any.
    @Override
    public void onClose() {
        if (ended || endUnstarted()) {
            return;
        }
        requireOwner();
        if (working) {
            throw new BalancerException(
                    ErrorCode.WOULD_DEADLOCK,
                    name + " is in the middle of a duty cycle of this thread");
        }
        close();
    }

    /// Ends it here and now if nothing has started it, so that nothing can.
    private synchronized boolean endUnstarted() {
        if (owner != null || ended) {
            return false;
        }
        close();
        return true;
    }

    private void close() {
        try {
            agent.onClose();
        } catch (Throwable fault) {
            faults.report("closing " + name, fault);
        } finally {
            if (owner == Thread.currentThread()) {
                guard.leaveRunner();
            }
            ended = true;
        }
    }

    /// Asks it to end in its next duty cycle.
    void end() {
        ending = true;
    }

    /// Brings it nearer to its end if that is for the calling thread to do: as its runner's thread
    /// is this one, or is dead, or there is none.
    ///
    /// @return whether it has ended
    boolean pollEnd() {
        if (!ended && !endUnstarted() && isForMe()) {
            doWork();
        }
        return ended;
    }

    private synchronized boolean isForMe() {
        Thread known = owner;
        if (known != null && !known.isAlive()) {
            owner = Thread.currentThread();
        }
        return owner == Thread.currentThread();
    }

    /// Whether the calling thread is in a duty cycle of it.
    boolean isWorkingHere() {
        return owner == Thread.currentThread() && working;
    }

    /// Where its thread is, for one that does not end.
    String whereabouts() {
        Thread known = owner;
        StackTraceElement[] stack =
                known == null ? new StackTraceElement[0] : known.getStackTrace();
        return name
                + (known == null ? "" : " of thread \"" + known.getName() + "\"")
                + " at "
                + (stack.length == 0 ? "an unknown place" : stack[0]);
    }

    private BalancerException refusal(String why) {
        return new BalancerException(ErrorCode.UNSUPPORTED, name + " " + why);
    }

    @Override
    public String roleName() {
        return name;
    }
}
