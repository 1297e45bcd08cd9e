// SPDX-License-Identifier: Apache-2.0
package io.fullnat.dpdk;

/// `struct rte_eth_stats`: 64-bit counters. What follows the ones named here left with 25.11.
final class StatsLayout {
    static final int RECEIVED_PACKETS = 0;
    static final int SENT_PACKETS = 8;
    static final int RECEIVED_BYTES = 16;
    static final int SENT_BYTES = 24;
    static final int MISSED = 32;
    static final int RECEIVE_ERRORS = 40;
    static final int SEND_ERRORS = 48;
    static final int NO_BUFFER = 56;

    /// More than any known version needs: 704 bytes in 22.11.
    static final int ROOM = 1024;

    private StatsLayout() {}
}
