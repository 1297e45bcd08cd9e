// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.run;

import io.fullnat.balancer.config.Configuration;

/// Something beside the engine that becomes what the configuration file says when that is read
/// again: the log, certificates, tokens. Thread-safe.
@FunctionalInterface
public interface Follower {
    /// Reads and checks all that it will need, and changes nothing yet: a reload is all or nothing.
    ///
    /// @param desired what the file says
    /// @return makes it so, once the engine is what the file says; never throws
    /// @throws io.fullnat.api.BalancerException if that cannot be, with why and what to do; the
    ///   reload is refused then
    Runnable prepare(Configuration desired);
}
