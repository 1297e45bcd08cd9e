// SPDX-License-Identifier: Apache-2.0
package io.fullnat.api;

/// Where the balancer gets its time from. A worker asks once a burst, so that a test that supplies
/// its own clock decides every timeout.
///
/// Called from all workers at once: an implementation must be thread-safe.
@FunctionalInterface
public interface Clock {
    /// A monotonic time.
    ///
    /// @return nanoseconds since an arbitrary origin; never goes back
    long nanoTime();

    /// The time of day, as all nodes of a cluster have it: SYN cookies of one are accepted by
    /// another by it ([io.fullnat.api.service.CookieSecrets]). It may be set back.
    ///
    /// @return seconds since 1970 in UTC; that of [System#currentTimeMillis()] unless an
    ///   implementation knows better
    default long unixSeconds() {
        return System.currentTimeMillis() / 1000;
    }

    /// The clock of this machine.
    ///
    /// @return [System#nanoTime()]
    static Clock system() {
        return System::nanoTime;
    }
}
