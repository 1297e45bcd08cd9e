// SPDX-License-Identifier: Apache-2.0
package io.fullnat.dpdk;

/// Where `struct rte_eth_conf` keeps what we set; the same in all supported versions.
final class PortConfLayout {
    static final int RECEIVE_MODE = 8;
    static final int MTU = 12;
    static final int RECEIVE_OFFLOADS = 24;
    static final int TRANSMIT_OFFLOADS = 72;
    static final int RSS_FLOW_TYPES = 144;

    /// More than any known version needs: 2,272 bytes in 22.11, 2,280 later.
    static final int ROOM = 4096;

    /// `RTE_ETH_MQ_RX_RSS`.
    static final int MODE_RSS = 1;

    /// `RTE_ETH_RX_OFFLOAD_IPV4_CKSUM`.
    static final long OFFLOAD_IP_CHECKSUM = 1L << 1;

    /// `RTE_ETH_TX_OFFLOAD_MBUF_FAST_FREE`.
    static final long OFFLOAD_FAST_FREE = 1L << 16;

    /// IPv4 and IPv6, alone, with TCP and with UDP (`RTE_ETH_RSS_IPV4` and its like).
    static final long RSS_TCP_UDP = 1L << 2 | 1L << 4 | 1L << 5 | 1L << 8 | 1L << 10 | 1L << 11;

    /// TCP and UDP over IPv4, whole packets.
    static final long RSS_IPV4_PORTS = 1L << 4 | 1L << 5;

    /// TCP and UDP over IPv6, whole packets.
    static final long RSS_IPV6_PORTS = 1L << 10 | 1L << 11;

    private PortConfLayout() {}
}
