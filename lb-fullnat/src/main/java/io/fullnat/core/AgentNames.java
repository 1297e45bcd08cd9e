// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

import io.fullnat.core.punt.PuntAgent;
import io.fullnat.core.worker.Worker;
import java.util.concurrent.Executor;
import java.util.concurrent.ThreadFactory;
import org.agrona.concurrent.Agent;

/// The names of a balancer's agents and threads, which begin with its own.
///
/// @param balancer the balancer's
record AgentNames(String balancer) {
    /// A factory that names its threads as those that ask transaction functions.
    ThreadFactory functions(ThreadFactory threads) {
        return work -> {
            Thread made = threads.newThread(work);
            if (made != null) {
                made.setName(balancer + "-functions");
            }
            return made;
        };
    }

    /// Runs each health probe on a virtual thread.
    Executor probes() {
        ThreadFactory threads = Thread.ofVirtual().name(balancer + "-probe-", 0).factory();
        return probe -> threads.newThread(probe).start();
    }

    /// A worker under its name.
    ///
    /// @param start instead of its own start
    Agent worker(Worker worker, Runnable start) {
        return new Named(worker, balancer + "-worker-" + worker.number(), start);
    }

    /// The control agent under its name.
    ///
    /// @param start at its start
    Agent control(Agent control, Runnable start) {
        return new Named(control, balancer + "-control", start);
    }

    /// The agent of the kernel's interfaces under its name.
    ///
    /// @param start at its start
    Agent punts(PuntAgent punts, Runnable start) {
        return new Named(punts, balancer + "-kernel", start);
    }

    private record Named(Agent agent, String roleName, Runnable start) implements Agent {
        @Override
        public void onStart() {
            start.run();
        }

        @Override
        public int doWork() throws Exception {
            return agent.doWork();
        }

        @Override
        public void onClose() {
            agent.onClose();
        }
    }
}
