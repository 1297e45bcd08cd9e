// SPDX-License-Identifier: Apache-2.0
package io.fullnat.api.service;

/// Traffic of a service, real server or local address since it was added, over all workers or on
/// one.
///
/// @param connections connections created
/// @param inPackets packets from clients to real servers
/// @param inBytes their bytes, counted as IP packets on the client's side
/// @param outPackets packets from real servers to clients
/// @param outBytes their bytes
public record TrafficCounts(
        long connections, long inPackets, long inBytes, long outPackets, long outBytes) {
    /// Nothing yet.
    public static final TrafficCounts ZERO = new TrafficCounts(0, 0, 0, 0, 0);

    /// The sum of two.
    ///
    /// @param other to add
    /// @return the sum
    public TrafficCounts plus(TrafficCounts other) {
        if (other.equals(ZERO)) {
            return this; // as most are, where there are many
        }
        return new TrafficCounts(
                connections + other.connections,
                inPackets + other.inPackets,
                inBytes + other.inBytes,
                outPackets + other.outPackets,
                outBytes + other.outBytes);
    }

    /// What was counted since another reading.
    ///
    /// @param earlier the other reading
    /// @return a new value
    public TrafficCounts minus(TrafficCounts earlier) {
        return new TrafficCounts(
                connections - earlier.connections,
                inPackets - earlier.inPackets,
                inBytes - earlier.inBytes,
                outPackets - earlier.outPackets,
                outBytes - earlier.outBytes);
    }
}
