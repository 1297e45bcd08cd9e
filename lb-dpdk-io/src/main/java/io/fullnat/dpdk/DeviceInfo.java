// SPDX-License-Identifier: Apache-2.0
package io.fullnat.dpdk;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import io.fullnat.api.io.Memory;
import java.lang.foreign.Arena;
import java.util.Map;

/// What a device can do, from `rte_eth_dev_info_get`.
///
/// @param driver the name of its driver
/// @param maxQueues the most queue pairs
/// @param minMtu the smallest MTU
/// @param maxMtu the largest MTU
/// @param receiveOffloads `RTE_ETH_RX_OFFLOAD_` bits
/// @param transmitOffloads `RTE_ETH_TX_OFFLOAD_` bits
/// @param rssFlowTypes `RTE_ETH_RSS_` bits by which it can spread packets over queues
/// @param redirectionEntries of its redirection table, 0 if it has none
/// @param keyLength bytes of the key of its hash, 0 if it does not say
/// @param numbers what else it says, by DPVS's names
record DeviceInfo(
        String driver,
        int maxQueues,
        int minMtu,
        int maxMtu,
        long receiveOffloads,
        long transmitOffloads,
        long rssFlowTypes,
        int redirectionEntries,
        int keyLength,
        Map<String, Long> numbers) {
    /// `UINT16_MAX`, by which a driver says that it has not thought about it.
    private static final int UNLIMITED = 0xFFFF;

    /// Ethernet header and frame check sequence: what ethdev adds if the driver does not say.
    private static final int FRAME_OVERHEAD = 18;

    private static final int MAX_PORT_QUEUES = 1024;

    /// Asks.
    ///
    /// @throws BalancerException [ErrorCode#DEVICE] if the device does not answer,
    ///   [ErrorCode#MISSING_LIBRARY] if the answer makes no sense in this layout
    static DeviceInfo of(Eal eal, int port) {
        DeviceInfoLayout layout = eal.abi().deviceInfo();
        try (Arena arena = Arena.ofConfined()) {
            long info = NativeFunction.zeroed(arena, DeviceInfoLayout.ROOM);
            if (eal.ethdev().info(port, info) != 0) {
                throw new BalancerException(
                        ErrorCode.DEVICE, "the device does not describe itself");
            }
            int receiveQueues = Memory.getUnsignedShort(info + layout.maxReceiveQueues());
            int transmitQueues = Memory.getUnsignedShort(info + layout.maxTransmitQueues());
            int minMtu = Memory.getUnsignedShort(info + DeviceInfoLayout.MIN_MTU);
            int maxMtu = Memory.getUnsignedShort(info + DeviceInfoLayout.MAX_MTU);
            if (receiveQueues > MAX_PORT_QUEUES
                    || transmitQueues > MAX_PORT_QUEUES
                    || minMtu > maxMtu) {
                throw new BalancerException(
                        ErrorCode.MISSING_LIBRARY,
                        "the installed DPDK is not laid out as "
                                + Abi.supported()
                                + ": rte_eth_dev_info says "
                                + receiveQueues
                                + "/"
                                + transmitQueues
                                + " queues, MTU "
                                + minMtu
                                + "-"
                                + maxMtu);
            }
            long packet = Memory.getInt(info + layout.maxPacketLength()) & 0xFFFF_FFFFL;
            return new DeviceInfo(
                    NativeFunction.stringAt(Memory.getLong(info + DeviceInfoLayout.DRIVER_NAME)),
                    Math.min(receiveQueues, transmitQueues),
                    minMtu,
                    limit(maxMtu, packet),
                    Memory.getLong(info + DeviceInfoLayout.RECEIVE_OFFLOADS),
                    Memory.getLong(info + DeviceInfoLayout.TRANSMIT_OFFLOADS),
                    Memory.getLong(info + DeviceInfoLayout.RSS_FLOW_TYPES),
                    Memory.getUnsignedShort(info + DeviceInfoLayout.REDIRECTION_ENTRIES),
                    Memory.getUnsignedByte(info + DeviceInfoLayout.KEY_LENGTH),
                    Map.of(
                            "if_index",
                            Memory.getInt(info + DeviceInfoLayout.INTERFACE_INDEX) & 0xFFFF_FFFFL,
                            "max_rx_pktlen",
                            packet,
                            "max_rx_queues",
                            (long) receiveQueues,
                            "max_tx_queues",
                            (long) transmitQueues));
        }
    }

    private static int limit(int maxMtu, long maxPacket) {
        boolean limited = maxMtu != UNLIMITED;
        return limited ? maxMtu : (int) Math.min(maxMtu, maxPacket - FRAME_OVERHEAD);
    }

    boolean receiveChecksum() {
        return (receiveOffloads & PortConfLayout.OFFLOAD_IP_CHECKSUM) != 0;
    }
}
