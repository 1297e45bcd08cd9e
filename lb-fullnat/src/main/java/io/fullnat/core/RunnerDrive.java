// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import io.fullnat.core.control.ControlAgent;
import io.fullnat.core.control.WaitGuard;
import io.fullnat.core.punt.PuntAgent;
import io.fullnat.core.worker.Worker;
import io.fullnat.core.worker.WorkerSet;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.agrona.concurrent.Agent;
import org.agrona.concurrent.CompositeAgent;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The agents, for an application's runners.
final class RunnerDrive implements Drive {
    private static final Logger LOG = LoggerFactory.getLogger(RunnerDrive.class);
    private static final long PAUSE_NS = 100_000;

    private final WorkerSet workerSet;
    private final ControlAgent controlAgent;
    private final WaitGuard guard;
    private final RunnerAgent control;
    private final List<RunnerAgent> workers = new ArrayList<>();

    /// @param punts moves the kernel's frames in the duty cycle of control; null without any
    RunnerDrive(
            WorkerSet workerSet,
            ControlAgent control,
            @Nullable PuntAgent punts,
            WaitGuard guard,
            AgentNames names) {
        Agent both = punts == null ? control : new CompositeAgent(control, punts);
        this.workerSet = workerSet;
        controlAgent = control;
        this.guard = guard;
        this.control =
                new RunnerAgent(
                        names.control(both, guard::begin),
                        guard,
                        workerSet.controlCounters().faults());
        for (Worker worker : workerSet.workers()) {
            workers.add(
                    new RunnerAgent(
                            names.worker(worker, worker::onStart),
                            guard,
                            workerSet.counters(worker.number()).faults()));
        }
    }

    RunnerAgent control() {
        return control;
    }

    List<RunnerAgent> workers() {
        return List.copyOf(workers);
    }

    @Override
    public void requireMayClose() {
        guard.requireMayClose();
        boolean within = control.isWorkingHere();
        for (RunnerAgent worker : workers) {
            within |= worker.isWorkingHere();
        }
        if (within) {
            throw new BalancerException(
                    ErrorCode.WOULD_DEADLOCK,
                    "thread \""
                            + Thread.currentThread().getName()
                            + "\" is in the middle of a duty cycle of this balancer; close it on"
                            + " another thread, or after the cycle");
        }
    }

    @Override
    public boolean end() {
        boolean ended = await(workers);
        if (ended) {
            workerSet.workers().forEach(Worker::discard);
        }
        control.end();
        if (!await(List.of(control))) {
            controlAgent.abandon();
            return false;
        }
        return ended;
    }

    /// Waits until the runners' threads have ended the agents, and ends those that nobody else
    /// does.
    private static boolean await(List<RunnerAgent> agents) {
        long end = System.nanoTime() + OwnThreads.CLOSE_LIMIT_NS;
        List<RunnerAgent> left = new ArrayList<>(agents);
        while (true) {
            left.removeIf(RunnerAgent::pollEnd);
            if (left.isEmpty()) {
                return true;
            }
            if (System.nanoTime() - end >= 0) {
                for (RunnerAgent agent : left) {
                    LOG.error(
                            "{} does not end; its memory stays. Its runner must run it until the"
                                    + " balancer is closed, or close it first",
                            agent.whereabouts());
                }
                return false;
            }
            LockSupport.parkNanos(PAUSE_NS);
        }
    }
}
