// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.doctor;

import java.util.List;

/// Looks at one thing in an [Observation]. Nothing is asked or read for it: the same reading gives
/// the same findings. Thread-safe.
interface Check {
    /// What it looks at.
    ///
    /// @return a few words
    String what();

    /// Looks.
    ///
    /// @return what is wrong; empty if nothing is, or nothing can be seen
    List<Finding> findings(Observation reading);

    /// Whether the reading has what the check looks at; it is said to be fine only then.
    default boolean sees(Observation reading) {
        return reading.running().isPresent();
    }
}
