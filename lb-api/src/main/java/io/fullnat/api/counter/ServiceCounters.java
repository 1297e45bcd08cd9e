// SPDX-License-Identifier: Apache-2.0
package io.fullnat.api.counter;

/// What all workers counted for one service, since it was added or its counts were zeroed: read
/// while they go on, without a snapshot and without allocation, as often as one likes. A service
/// that is removed reads 0; one that is added again under the same key is read again.
///
/// Each number is read on its own, so two of them may differ by what passed in between.
///
/// Thread-safe. All methods throw [io.fullnat.api.BalancerException] with
/// [io.fullnat.api.ErrorCode#CLOSED] once the balancer is closed.
public interface ServiceCounters {
    /// Connections that were opened.
    ///
    /// @return how many
    long connections();

    /// Connections that are established now.
    ///
    /// @return how many
    long activeConnections();

    /// Connections that are there now and not established.
    ///
    /// @return how many
    long inactiveConnections();

    /// Packets from clients.
    ///
    /// @return how many
    long inPackets();

    /// Bytes from clients, IP headers included.
    ///
    /// @return how many
    long inBytes();

    /// Packets to clients.
    ///
    /// @return how many
    long outPackets();

    /// Bytes to clients, IP headers included.
    ///
    /// @return how many
    long outBytes();
}
