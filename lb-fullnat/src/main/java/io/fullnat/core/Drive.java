// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

/// What runs the agents of a balancer: threads of its own, one that calls it by hand, or an
/// application's runners.
sealed interface Drive permits OwnThreads, HandDrive, RunnerDrive {
    /// Refuses to close the balancer where that would wait for the calling thread.
    ///
    /// @throws io.fullnat.api.BalancerException [io.fullnat.api.ErrorCode#WOULD_DEADLOCK]
    void requireMayClose();

    /// Ends all agents, which have been asked to.
    ///
    /// @return false if one does not end: then its memory has to stay
    boolean end();
}
