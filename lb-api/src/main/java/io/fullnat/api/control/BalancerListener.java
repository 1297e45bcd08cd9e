// SPDX-License-Identifier: Apache-2.0
package io.fullnat.api.control;

/// Is told what happens in a balancer.
///
/// **Thread-safety:** called by one thread at a time, in the order of the events, never by a thread
/// that moves packets or changes state: a listener may block, and may use the whole API. What it
/// throws is counted and logged.
@FunctionalInterface
public interface BalancerListener {
    /// Something happened.
    ///
    /// @param event what
    void onEvent(BalancerEvent event);
}
