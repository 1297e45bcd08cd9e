// SPDX-License-Identifier: Apache-2.0
package io.fullnat.api.service;

/// What a worker knows about the real servers of a service while it schedules. Indices are those of
/// the list that [SchedulerFactory#create(java.util.List, SchedulerContext)] got.
///
/// The connection counts are those of the calling worker alone: workers share nothing.
public interface ServerLoads {
    /// Whether a server may get a new connection: its weight is above 0 and nothing else forbids
    /// it.
    ///
    /// @param server the index
    /// @return false if it must not be chosen
    boolean isUsable(int server);

    /// Connections of a server that are established.
    ///
    /// @param server the index
    /// @return this worker's count
    int activeConnections(int server);

    /// Connections of a server in any other state.
    ///
    /// @param server the index
    /// @return this worker's count
    int inactiveConnections(int server);
}
