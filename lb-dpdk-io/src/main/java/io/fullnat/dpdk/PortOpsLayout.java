// SPDX-License-Identifier: Apache-2.0
package io.fullnat.dpdk;

/// Where `struct rte_eth_fp_ops` keeps a port's receive and transmit functions and queues. The
/// exported table `rte_eth_fp_ops` has one such entry for each port.
///
/// ```
///              0        8        16       24       32       64       80       88       128
/// 22.11        | rx     |        |        | rxqs   |        | tx     |        | txqs   |
/// 23.11 -      | rxqs   |        | rx     |        |        | txqs   | tx     |        |
/// ```
///
/// `rxqs` and `txqs` point at arrays of queue pointers.
///
/// @param receive offset of `rx_pkt_burst`
/// @param receiveQueues offset of `rxq.data`
/// @param transmit offset of `tx_pkt_burst`
/// @param transmitQueues offset of `txq.data`
record PortOpsLayout(int receive, int receiveQueues, int transmit, int transmitQueues) {
    /// Bytes of an entry.
    static final int SIZE = 128;

    static final PortOpsLayout OF_22_11 = new PortOpsLayout(0, 24, 64, 88);
    static final PortOpsLayout OF_23_11 = new PortOpsLayout(16, 0, 80, 64);

    /// Offset of `rx_queue_count`: it follows `rx_pkt_burst`. 0 stands there if the driver has
    /// none.
    int receiveCount() {
        return receive + Long.BYTES;
    }
}
