// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.health;

/// What the connections of all workers have met of real servers that are watched.
public interface Notices {
    /// Watches a server from now on. Connections that began before have no say.
    ///
    /// @param slot of the server
    /// @param silence whether datagrams are to be answered
    /// @param nowNs the balancer's clock
    void watch(int slot, boolean silence, long nowNs);

    /// Watches a server no more.
    ///
    /// @param slot of the server
    void unwatch(int slot);

    /// How many connections failed, since ever.
    ///
    /// @param slot of the server
    /// @return a count that only grows
    long failures(int slot);

    /// How many were answered, since ever.
    ///
    /// @param slot of the server
    /// @return a count that only grows
    long answers(int slot);
}
