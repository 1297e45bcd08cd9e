// SPDX-License-Identifier: Apache-2.0
package io.fullnat.api.service;

import static java.util.Objects.requireNonNull;

/// A real server as it is now, over all workers.
///
/// @param server the desired state
/// @param activeConnections established connections
/// @param inactiveConnections connections in any other state
/// @param traffic since it was added or its counters were zeroed
/// @param rates traffic a second
public record RealServerStatus(
        RealServer server,
        long activeConnections,
        long inactiveConnections,
        TrafficCounts traffic,
        TrafficRates rates) {
    /// Refuses null.
    public RealServerStatus {
        requireNonNull(server, "server");
        requireNonNull(traffic, "traffic");
        requireNonNull(rates, "rates");
    }
}
