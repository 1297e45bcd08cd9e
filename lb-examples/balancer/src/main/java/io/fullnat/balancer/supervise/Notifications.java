// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.supervise;

/// Takes messages for a service manager. Thread-safe.
@FunctionalInterface
interface Notifications {
    /// Sends a message without waiting.
    ///
    /// @param message lines `NAME=VALUE` of sd_notify(3)
    /// @return false if it was not taken; it may be tried again
    boolean send(String message);
}
