// SPDX-License-Identifier: Apache-2.0
package io.fullnat.dpdk;

/// Where `struct rte_eth_dev_info` keeps what we read. From 23.11 on, `max_rx_bufsize` stands
/// before the fields that are parameters here; what follows them stayed in place.
///
/// @param maxPacketLength offset of `max_rx_pktlen`
/// @param maxReceiveQueues offset of `max_rx_queues`
/// @param maxTransmitQueues offset of `max_tx_queues`
record DeviceInfoLayout(int maxPacketLength, int maxReceiveQueues, int maxTransmitQueues) {
    static final int DRIVER_NAME = 8;
    static final int INTERFACE_INDEX = 16;
    static final int MIN_MTU = 20;
    static final int MAX_MTU = 22;
    static final int RECEIVE_OFFLOADS = 72;
    static final int TRANSMIT_OFFLOADS = 80;
    static final int REDIRECTION_ENTRIES = 104;
    static final int KEY_LENGTH = 106;
    static final int RSS_FLOW_TYPES = 112;

    /// More than any known version needs: the structure is 376 bytes in 22.11.
    static final int ROOM = 1024;

    static final DeviceInfoLayout OF_22_11 = new DeviceInfoLayout(36, 44, 46);
    static final DeviceInfoLayout OF_23_11 = new DeviceInfoLayout(40, 48, 50);
}
