// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.stack;

/// A bucket of tokens that fills at a steady rate, kept as one time: when what was taken will have
/// been filled up again. For one thread.
public final class TokenBucket {
    private static final long SECOND_NS = 1_000_000_000L;

    private final long costNs;
    private final long depthNs;
    private long fullNs;

    /// A full bucket.
    ///
    /// @param perSecond tokens that it gets
    /// @param burst tokens that it holds
    public TokenBucket(int perSecond, int burst) {
        costNs = SECOND_NS / perSecond;
        depthNs = burst * costNs;
    }

    /// Whether there is a token.
    ///
    /// @param nowNs the present time
    /// @return true if one can be taken
    public boolean has(long nowNs) {
        return has(fullNs, nowNs);
    }

    /// Takes a token that is there.
    ///
    /// @param nowNs the present time
    public void take(long nowNs) {
        fullNs = after(fullNs, nowNs);
    }

    /// Whether another bucket of the same rate and size has a token.
    ///
    /// @param otherFullNs when that one will be full
    boolean has(long otherFullNs, long nowNs) {
        return otherFullNs - nowNs <= depthNs - costNs;
    }

    /// Whether another bucket of the same rate and size is half full at least.
    ///
    /// @param otherFullNs when that one will be full
    boolean isHalfFull(long otherFullNs, long nowNs) {
        return otherFullNs - nowNs <= depthNs / 2;
    }

    /// When another bucket of the same rate and size will be full, after a token was taken.
    ///
    /// @param otherFullNs when it would have been full
    long after(long otherFullNs, long nowNs) {
        return Math.max(otherFullNs, nowNs) + costNs;
    }
}
