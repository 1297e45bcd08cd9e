// SPDX-License-Identifier: Apache-2.0
package io.fullnat.api.io;

import java.util.List;

/// The rules by which a port puts chosen packets on chosen receive queues, whatever else spreads
/// the rest. A balancer with several workers uses them to have the answers of real servers arrive
/// at the worker that awaits them, where it cannot predict the port's own way.
///
/// **Thread-safety:** all methods, from any thread; they may take milliseconds.
public interface FlowRules {
    /// Puts rules in place: all of them, or none.
    ///
    /// @param rules that no packet matches two of
    /// @return the rules as a whole, to be removed later
    /// @throws io.fullnat.api.BalancerException [io.fullnat.api.ErrorCode#DEVICE] with the device's
    ///   reason, if it refuses one of them; then none of them is in place
    Installed install(List<FlowRule> rules);

    /// Rules in place.
    @FunctionalInterface
    interface Installed {
        /// Takes the rules away. Called once; does nothing when the port is closed.
        ///
        /// @throws io.fullnat.api.BalancerException [io.fullnat.api.ErrorCode#DEVICE] if the device
        ///   keeps one of them; all others are away then
        void remove();
    }
}
