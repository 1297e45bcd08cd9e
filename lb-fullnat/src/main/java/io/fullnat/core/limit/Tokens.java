// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.limit;

import io.fullnat.api.service.ConnectionRate;

/// The arithmetic of a bucket of tokens that is kept as one number: when it will be full again (the
/// generic cell rate algorithm, ITU-T I.371). Not changed after construction; for any thread.
///
/// A bucket holds its burst and the part of a token that is not yet whole: else one that is asked
/// now and then would lose what came since the last whole one, and 9 a second would be 5 if
/// connections began each 100 ms.
///
/// Times are sixteenths of nanoseconds, so that the highest rate is off by less than one in a
/// thousand, and the number lasts for eighteen years.
public final class Tokens {
    /// Units of a nanosecond.
    private static final int UNITS = 16;

    private static final long SECOND = 1_000_000_000L * UNITS;

    private static final long THOUSAND_SECONDS = 1000 * SECOND;

    private final long cost;
    private final long depth;

    /// Buckets of a rate.
    ///
    /// @param rate of connections
    public Tokens(ConnectionRate rate) {
        cost = THOUSAND_SECONDS / rate.milliPerSecond();
        depth = rate.burst() * cost + cost - 1;
    }

    /// The present time as buckets have it.
    ///
    /// @param nowNs nanoseconds since the start
    /// @return units
    public static long time(long nowNs) {
        return nowNs * UNITS;
    }

    /// A bucket's number after the rate may have changed: one that a slower rate has left far in
    /// the future is empty, but no more than that. What the clocks of workers differ by changes
    /// nothing.
    ///
    /// @param full when it will be full
    /// @param now the present time
    /// @return the same, or when an empty one will be full
    public long settled(long full, long now) {
        return full - now > 2 * depth + SECOND ? now + depth : full;
    }

    /// Whether a bucket has a token.
    ///
    /// @param full when it will be full; 0 for one that nobody has taken from
    /// @param now the present time
    /// @return true if one can be taken
    public boolean has(long full, long now) {
        return full - now <= depth - cost;
    }

    /// What a token is, of the numbers that buckets are kept as.
    long cost() {
        return cost;
    }

    /// When it will be full after a token was taken.
    ///
    /// @param full when it would have been
    /// @param now the present time
    /// @return its new number
    public long after(long full, long now) {
        return Math.max(full, now) + cost;
    }
}
