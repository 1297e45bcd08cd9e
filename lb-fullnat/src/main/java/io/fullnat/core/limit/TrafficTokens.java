// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.limit;

import io.fullnat.api.service.TrafficLimit;
import io.fullnat.api.service.TrafficLimit.Unit;

/// The arithmetic of a bucket that packets take from, kept as one number as [Tokens] does: when it
/// will be full again. Not changed after construction; for any thread.
///
/// Times are parts of nanoseconds, so that the shortest packet at 400 Gbit/s is off by half a
/// percent. Numbers wrap after 9 years; what is compared is their differences.
public final class TrafficTokens {
    /// Units of a nanosecond.
    private static final int UNITS = 64;

    private static final long SECOND = 1_000_000_000L * UNITS;

    private final boolean packets;
    private final long perSecond;
    private final long packet;
    private final long depth;

    /// Buckets of a limit.
    ///
    /// @param limit of packets or bits
    public TrafficTokens(TrafficLimit limit) {
        packets = limit.unit() == Unit.PACKETS;
        perSecond = limit.perSecond();
        packet = cost(1L);
        double holds = (double) SECOND * limit.burst() / perSecond;
        // As in Tokens: with the part of a token that is not yet whole.
        depth = (long) holds + (packets ? packet - 1 : 0);
    }

    /// The present time as buckets have it.
    ///
    /// @param nowNs nanoseconds since the start
    /// @return units
    public static long time(long nowNs) {
        return nowNs * UNITS;
    }

    private long cost(long tokens) {
        return (tokens * SECOND + perSecond / 2) / perSecond;
    }

    /// How much a packet takes.
    ///
    /// @param length its bytes
    /// @return units
    public long costOf(int length) {
        return packets ? packet : cost((long) length * Byte.SIZE);
    }

    /// As [Tokens#settled].
    ///
    /// @param full when it will be full
    /// @param now the present time
    /// @return the same, or when an empty one will be full
    public long settled(long full, long now) {
        return full - now > 2 * depth + SECOND ? now + depth : full;
    }

    /// Whether a bucket has enough for a packet, or as much as it can hold.
    ///
    /// @param full when it will be full
    /// @param now the present time
    /// @param cost of the packet
    /// @return true if it may pass
    public boolean has(long full, long now, long cost) {
        long wait = full - now;
        return wait <= depth - cost || wait <= 0;
    }

    /// When it will be full after a packet.
    ///
    /// @param full when it would have been
    /// @param now the present time
    /// @param cost of the packet
    /// @return its new number
    public static long after(long full, long now, long cost) {
        return (full - now > 0 ? full : now) + cost;
    }
}
