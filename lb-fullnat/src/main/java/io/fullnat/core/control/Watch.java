// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.control;

/// Looks once a second, on the control thread, whether a condition is so, and says it to
/// [Conditions].
@FunctionalInterface
interface Watch {
    /// Looks.
    ///
    /// @param nowNs the balancer's clock
    void poll(long nowNs);
}
