// SPDX-License-Identifier: Apache-2.0
package io.fullnat.api.service;

import static java.util.Objects.requireNonNull;

import io.fullnat.api.health.ServerHealth;

/// A real server as it is now, over all workers.
///
/// @param server the desired state
/// @param activeConnections established connections
/// @param inactiveConnections connections in any other state
/// @param traffic since it was added or its counters were zeroed
/// @param rates traffic a second
/// @param health how it is, and why
/// @param handshakes how long its handshakes of TCP take, over all workers; none where one worker's
///   counts were asked for
/// @param answerMicros how long it takes to answer by what its service's scheduler compares, in
///   microseconds; 0 if that compares nothing of the kind, or if nothing is known, or not any more
public record RealServerStatus(
        RealServer server,
        long activeConnections,
        long inactiveConnections,
        TrafficCounts traffic,
        TrafficRates rates,
        ServerHealth health,
        Handshakes handshakes,
        int answerMicros) {
    /// Refuses null.
    public RealServerStatus {
        requireNonNull(server, "server");
        requireNonNull(traffic, "traffic");
        requireNonNull(rates, "rates");
        requireNonNull(health, "health");
        requireNonNull(handshakes, "handshakes");
    }

    /// A real server of whose answers nothing is known.
    ///
    /// @param server the desired state
    /// @param activeConnections established connections
    /// @param inactiveConnections connections in any other state
    /// @param traffic since it was added or its counters were zeroed
    /// @param rates traffic a second
    /// @param health how it is, and why
    public RealServerStatus(
            RealServer server,
            long activeConnections,
            long inactiveConnections,
            TrafficCounts traffic,
            TrafficRates rates,
            ServerHealth health) {
        this(
                server,
                activeConnections,
                inactiveConnections,
                traffic,
                rates,
                health,
                Handshakes.NONE,
                0);
    }

    /// A real server of whose health nothing is known.
    ///
    /// @param server the desired state
    /// @param activeConnections established connections
    /// @param inactiveConnections connections in any other state
    /// @param traffic since it was added or its counters were zeroed
    /// @param rates traffic a second
    public RealServerStatus(
            RealServer server,
            long activeConnections,
            long inactiveConnections,
            TrafficCounts traffic,
            TrafficRates rates) {
        this(
                server,
                activeConnections,
                inactiveConnections,
                traffic,
                rates,
                ServerHealth.UNCHECKED);
    }
}
