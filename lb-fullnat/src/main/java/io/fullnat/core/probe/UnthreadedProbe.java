// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.probe;

import io.fullnat.api.health.HealthProbe;
import io.fullnat.api.health.ProbeResult;
import io.fullnat.api.health.ProbeTarget;
import java.util.concurrent.Executor;

/// A probe that needs no thread of its own while it waits: one thread waits for the answers of all
/// servers. Where it is wrapped by a probe that knows only [#probe(ProbeTarget)], it is asked by
/// that, and waits on the caller's thread. Thread-safe.
public interface UnthreadedProbe extends HealthProbe {
    /// Begins to ask a server, and returns at once.
    ///
    /// @param target whom to ask, and how long at most
    /// @param executor runs what waits for all servers, on a thread that may wait
    /// @param question is told when it begins and what comes of it
    void begin(ProbeTarget target, Executor executor, Question question);

    /// One server that is asked. All methods are called by the thread that waits.
    interface Question {
        /// Asking begins.
        ///
        /// @return false if nobody wants to know any more: then nothing else is called
        boolean begins();

        /// Whether to go on.
        ///
        /// @return false to give up, which is an end, too
        boolean isWanted();

        /// It has ended.
        ///
        /// @param result what came of it
        void ends(ProbeResult result);

        /// It has ended by a fault.
        ///
        /// @param fault what should not have been thrown
        void breaks(Throwable fault);
    }
}
