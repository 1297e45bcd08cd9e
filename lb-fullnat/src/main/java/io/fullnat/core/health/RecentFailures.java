// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.health;

/// When the last failures were, of as many as take a server for dead: whether those lie within a
/// window that ends now, wherever it begins. Owned by the control thread.
final class RecentFailures {
    /// A ring; the oldest stands at `next` once it is full.
    private final long[] times;

    private int next;
    private int held;

    /// @param enough how many have to lie within the window
    RecentFailures(int enough) {
        times = new long[enough];
    }

    void clear() {
        held = 0;
    }

    /// Counts failures.
    ///
    /// @param failed how many there are more
    /// @return whether so many as are enough were within the window
    boolean add(long failed, long nowNs, long windowNs) {
        for (long i = Math.min(failed, times.length); i > 0; i--) {
            times[next] = nowNs;
            next = next + 1 == times.length ? 0 : next + 1;
            held = Math.min(held + 1, times.length);
        }
        return held == times.length && nowNs - times[next] < windowNs;
    }
}
