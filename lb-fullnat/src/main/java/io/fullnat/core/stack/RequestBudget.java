// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.stack;

/// How many ARP requests a worker may send: a bucket of [#BURST], filled with [#PER_SECOND]. What
/// strangers can cause, and what the configuration names, have a bucket each.
final class RequestBudget {
    /// Requests a second.
    static final int PER_SECOND = 1000;

    /// Requests at once.
    static final int BURST = 500;

    private static final long NS_PER_REQUEST = 1_000_000_000L / PER_SECOND;
    private static final long FULL_NS = BURST * NS_PER_REQUEST;

    private long creditNs = FULL_NS;
    private long lastNs;

    /// A full bucket.
    ///
    /// @param nowNs the present time
    RequestBudget(long nowNs) {
        lastNs = nowNs;
    }

    /// Takes one request out of the bucket.
    ///
    /// @param nowNs the present time
    /// @return false if it is empty
    boolean tryTake(long nowNs) {
        creditNs = Math.min(FULL_NS, creditNs + (nowNs - lastNs));
        lastNs = nowNs;
        if (creditNs < NS_PER_REQUEST) {
            return false;
        }
        creditNs -= NS_PER_REQUEST;
        return true;
    }
}
