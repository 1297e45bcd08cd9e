// SPDX-License-Identifier: Apache-2.0
package io.fullnat.api.service;

import static java.util.Objects.requireNonNull;

import java.util.Arrays;

/// How long handshakes with real servers have taken, each from a SYN as it was sent on to the
/// server's SYN-ACK as it came: counts in buckets, of which quantiles are told. A SYN that was
/// repeated counts from the first one; a server that refuses or does not answer counts nothing, nor
/// does a connection that begins anew under the ports of one that is over.
///
/// Buckets lie four to an octave, from 8 µs to 67 s, so a quantile is at most {@value
/// #ERROR_PERCENT} % from that of the times themselves. What took less than 8 µs, or more than 67
/// s, is told as 8 µs or 67 s.
///
/// Immutable.
public final class HandshakeTimes {
    /// How many buckets there are.
    public static final int BUCKETS = 94;

    /// How far a quantile may be from that of what was measured, of 10 µs to 67 s.
    public static final int ERROR_PERCENT = 12;

    /// Nothing was measured.
    public static final HandshakeTimes NONE = new HandshakeTimes(0, new long[0]);

    private static final int PARTS_BITS = 2;
    private static final int PARTS = 1 << PARTS_BITS;
    private static final int LOWEST_BITS = 3;
    private static final long LOWEST = 1L << LOWEST_BITS;
    private static final long HIGHEST = 1L << 26;

    /// The bucket of the first count; those before it and behind the last one are 0.
    private final int first;

    private final long[] counts;

    private HandshakeTimes(int first, long[] counts) {
        this.first = first;
        this.counts = counts;
    }

    /// Times by their counts.
    ///
    /// @param counts by bucket, at most [#BUCKETS], none below 0
    /// @return what they tell
    /// @throws IllegalArgumentException if there are more buckets, or a count is below 0
    public static HandshakeTimes of(long... counts) {
        requireNonNull(counts, "counts");
        if (counts.length > BUCKETS || Arrays.stream(counts).anyMatch(count -> count < 0)) {
            throw new IllegalArgumentException(
                    "counts of at most " + BUCKETS + " buckets, none below 0");
        }
        int from = 0;
        while (from < counts.length && counts[from] == 0) {
            from++;
        }
        int to = counts.length;
        while (to > from && counts[to - 1] == 0) {
            to--;
        }
        return from == to ? NONE : new HandshakeTimes(from, Arrays.copyOfRange(counts, from, to));
    }

    /// The bucket of a time.
    ///
    /// @param micros microseconds
    /// @return 0 to [#BUCKETS] - 1
    public static int bucket(long micros) {
        if (micros < LOWEST) {
            return 0;
        }
        if (micros >= HIGHEST) {
            return BUCKETS - 1;
        }
        int octave = Long.SIZE - 1 - Long.numberOfLeadingZeros(micros);
        int part = (int) (micros >>> (octave - PARTS_BITS)) & (PARTS - 1);
        return (octave - LOWEST_BITS) * PARTS + part + 1;
    }

    /// Where a bucket begins.
    ///
    /// @param bucket 0 to [#BUCKETS] - 1
    /// @return microseconds
    public static long lowest(int bucket) {
        if (bucket == 0) {
            return 0;
        }
        int octave = (bucket - 1) / PARTS + LOWEST_BITS;
        int part = (bucket - 1) % PARTS;
        return (long) (PARTS + part) << (octave - PARTS_BITS);
    }

    /// What stands for all times of a bucket: as far from its lowest as from its highest, in parts
    /// of either.
    private static long representative(int bucket) {
        if (bucket == 0) {
            return LOWEST;
        }
        if (bucket == BUCKETS - 1) {
            return HIGHEST;
        }
        double from = lowest(bucket);
        double to = lowest(bucket + 1) - 1;
        return Math.round(2 * from * to / (from + to));
    }

    /// How many there were.
    ///
    /// @return 0 or more
    public long count() {
        long sum = 0;
        for (long count : counts) {
            sum += count;
        }
        return sum;
    }

    /// How many took as long as a bucket says.
    ///
    /// @param bucket 0 to [#BUCKETS] - 1
    /// @return 0 or more
    public long count(int bucket) {
        int at = bucket - first;
        return at < 0 || at >= counts.length ? 0 : counts[at];
    }

    /// The time within which a part of the handshakes was done.
    ///
    /// @param quantile the part, 0 to 1: 0.99 for 99 of 100
    /// @return microseconds; 0 if there was none
    /// @throws IllegalArgumentException if it is no part
    public long micros(double quantile) {
        if (!(quantile >= 0 && quantile <= 1)) {
            throw new IllegalArgumentException("a quantile is 0 to 1, not " + quantile);
        }
        long rank = Math.max(1, (long) Math.ceil(quantile * count()));
        long seen = 0;
        for (int i = 0; i < counts.length; i++) {
            seen += counts[i];
            if (seen >= rank) {
                return representative(first + i);
            }
        }
        return 0;
    }

    /// Two together.
    ///
    /// @param other to be added
    /// @return the sum
    public HandshakeTimes plus(HandshakeTimes other) {
        if (other.counts.length == 0) {
            return this;
        }
        if (counts.length == 0) {
            return other;
        }
        int from = Math.min(first, other.first);
        int to = Math.max(first + counts.length, other.first + other.counts.length);
        long[] sum = new long[to - from];
        System.arraycopy(counts, 0, sum, first - from, counts.length);
        for (int i = 0; i < other.counts.length; i++) {
            sum[other.first - from + i] += other.counts[i];
        }
        return new HandshakeTimes(from, sum);
    }

    /// What came after an earlier reading of the same.
    ///
    /// @param earlier of which no count is higher than here
    /// @return the difference
    /// @throws IllegalArgumentException if it is no earlier one
    public HandshakeTimes minus(HandshakeTimes earlier) {
        if (earlier.counts.length == 0) {
            return this;
        }
        long[] rest = new long[BUCKETS];
        for (int bucket = 0; bucket < BUCKETS; bucket++) {
            rest[bucket] = count(bucket) - earlier.count(bucket);
        }
        return of(rest);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof HandshakeTimes times
                && times.first == first
                && Arrays.equals(times.counts, counts);
    }

    @Override
    public int hashCode() {
        return 31 * first + Arrays.hashCode(counts);
    }

    @Override
    public String toString() {
        return count()
                + " handshakes, p50 "
                + micros(0.5)
                + " us, p90 "
                + micros(0.9)
                + " us, p99 "
                + micros(0.99)
                + " us";
    }
}
