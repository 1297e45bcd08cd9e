// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.simulation;

/// When one connection sends again, and later each time. Belongs to the host's thread.
final class RetransmissionTimer {
    private static final long FIRST_NS = 200_000_000L;
    private static final long LONGEST_NS = 3_200_000_000L;
    private static final int MAX_ATTEMPTS = 15;

    private boolean runs;
    private long atNs;
    private long timeoutNs = FIRST_NS;
    private int attempts;

    /// Starts it, unless it runs.
    void start(long nowNs) {
        if (!runs) {
            runAt(nowNs + timeoutNs);
        }
    }

    void runAt(long timeNs) {
        runs = true;
        atNs = timeNs;
    }

    boolean runs() {
        return runs;
    }

    /// Whether it runs out now.
    boolean isOver(long nowNs) {
        return runs && nowNs - atNs >= 0;
    }

    /// Notes that it ran out.
    void back() {
        runs = false;
        attempts++;
        timeoutNs = Math.min(2 * timeoutNs, LONGEST_NS);
    }

    /// Begins anew: the peer has acknowledged something.
    void progress() {
        runs = false;
        attempts = 0;
        timeoutNs = FIRST_NS;
    }

    boolean hasRunOut() {
        return attempts > 0;
    }

    boolean isHopeless() {
        return attempts > MAX_ATTEMPTS;
    }
}
