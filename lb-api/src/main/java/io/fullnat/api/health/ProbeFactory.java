// SPDX-License-Identifier: Apache-2.0
package io.fullnat.api.health;

import io.fullnat.api.BalancerException;

/// Makes probes. Thread-safe.
@FunctionalInterface
public interface ProbeFactory {
    /// Makes a probe, when a change asks for one that is not there yet. Called on the control
    /// thread: to be quick about it, and to leave all that waits to the probe.
    ///
    /// @param spec what it asks
    /// @return a probe for all servers that are asked this
    /// @throws BalancerException if it cannot be made, [io.fullnat.api.ErrorCode#UNSUPPORTED] for a
    ///   kind that the factory does not know; the change is then refused with it
    HealthProbe create(ProbeSpec spec);
}
