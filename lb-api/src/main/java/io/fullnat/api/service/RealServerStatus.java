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
public record RealServerStatus(
        RealServer server,
        long activeConnections,
        long inactiveConnections,
        TrafficCounts traffic,
        TrafficRates rates,
        ServerHealth health) {
    /// Refuses null.
    public RealServerStatus {
        requireNonNull(server, "server");
        requireNonNull(traffic, "traffic");
        requireNonNull(rates, "rates");
        requireNonNull(health, "health");
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
