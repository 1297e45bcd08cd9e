// SPDX-License-Identifier: Apache-2.0
package io.fullnat.api.service;

/// Traffic a second, measured over the last full second, over all workers.
///
/// @param connections connections created
/// @param inPackets packets from clients to real servers
/// @param inBytes their bytes
/// @param outPackets packets from real servers to clients
/// @param outBytes their bytes
public record TrafficRates(
        long connections, long inPackets, long inBytes, long outPackets, long outBytes) {
    /// Nothing moves.
    public static final TrafficRates ZERO = new TrafficRates(0, 0, 0, 0, 0);

    /// The sum of two.
    ///
    /// @param other to add
    /// @return the sum
    public TrafficRates plus(TrafficRates other) {
        if (other.equals(ZERO)) {
            return this; // as most are, where there are many
        }
        return new TrafficRates(
                connections + other.connections,
                inPackets + other.inPackets,
                inBytes + other.inBytes,
                outPackets + other.outPackets,
                outBytes + other.outBytes);
    }
}
