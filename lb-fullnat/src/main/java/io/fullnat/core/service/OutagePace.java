// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.service;

/// How often a worker looks for a usable server of a service that has none: as often as it likes
/// while that is cheap, and so that a flood of first packets for a service of thousands of servers
/// costs little. Each look costs time for each server; no more of it is spent than is there. For
/// one thread.
final class OutagePace {
    /// Time that passes for each server that is looked at: some fifty times as long as the look.
    private static final long NS_PER_SERVER = 250;

    /// Looks may be ahead of their time by so much: those at 16000 servers.
    private static final long AHEAD_NS = 4_000_000;

    private final long costNs;
    private long paidNs;
    private boolean begun;

    /// @param servers of the service
    OutagePace(int servers) {
        costNs = servers * NS_PER_SERVER;
    }

    /// Whether it is too early to look again.
    boolean isEarly(long nowNs) {
        return begun && paidNs - nowNs > AHEAD_NS;
    }

    /// All servers have been looked at.
    void looked(long nowNs) {
        long from = begun && paidNs - nowNs > 0 ? paidNs : nowNs;
        paidNs = from + costNs;
        begun = true;
    }
}
