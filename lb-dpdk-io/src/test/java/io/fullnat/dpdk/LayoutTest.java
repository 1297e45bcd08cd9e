// SPDX-License-Identifier: Apache-2.0
package io.fullnat.dpdk;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The offsets that we read and write by, against the headers of the installed DPDK: a C program is
/// made of them and compiled.
class LayoutTest {
    @BeforeAll
    static void needsHeaders() {
        Prerequisite.headers();
    }

    @Test
    void shouldBeThatOfTheInstalledHeaders(@TempDir Path folder) throws IOException {
        // the version is the program's first line, so the layout is looked up from the headers
        Abi abi = Abi.ofVersion(run(folder, List.of()).getFirst());
        Map<String, Long> expected = expected(abi);

        List<String> lines = run(folder, List.copyOf(expected.keySet()));

        List<String> ours = new ArrayList<>();
        expected.forEach((expression, value) -> ours.add(expression + " = " + value));
        assertThat(lines.subList(1, lines.size())).containsExactlyElementsOf(ours);
    }

    private static List<String> run(Path folder, List<String> expressions) throws IOException {
        StringBuilder program =
                new StringBuilder(
                        """
                        #include <stdio.h>
                        #include <stddef.h>
                        #include <rte_version.h>
                        #include <rte_ethdev.h>
                        #include <rte_flow.h>
                        #include <rte_mempool.h>
                        #include <rte_mbuf.h>
                        int main(void) {
                        puts(rte_version());
                        """);
        for (String expression : expressions) {
            program.append("printf(\"%s = %lld\\n\", \"")
                    .append(expression)
                    .append("\", (long long) (")
                    .append(expression)
                    .append("));\n");
        }
        program.append("}\n");
        Path source = Files.writeString(folder.resolve("layout.c"), program);
        Path binary = folder.resolve("layout");
        Prerequisite.run(
                "sh",
                "-c",
                "gcc $(pkg-config --cflags libdpdk) -o '"
                        + binary
                        + "' '"
                        + source
                        + "' $(pkg-config --libs libdpdk)");
        return Prerequisite.command(List.of(binary.toString())).output().lines().toList();
    }

    private static Map<String, Long> expected(Abi abi) {
        Map<String, Long> all = new LinkedHashMap<>();
        PortOpsLayout ops = abi.portOps();
        all.put("sizeof(struct rte_eth_fp_ops)", (long) PortOpsLayout.SIZE);
        offset(all, "rte_eth_fp_ops", "rx_pkt_burst", ops.receive());
        offset(all, "rte_eth_fp_ops", "rx_queue_count", ops.receiveCount());
        offset(all, "rte_eth_fp_ops", "rxq.data", ops.receiveQueues());
        offset(all, "rte_eth_fp_ops", "tx_pkt_burst", ops.transmit());
        offset(all, "rte_eth_fp_ops", "txq.data", ops.transmitQueues());
        deviceInfo(all, abi.deviceInfo());
        portConf(all);
        statistics(all);
        scaling(all);
        flow(all);
        mbuf(all);
        mempool(all);
        return all;
    }

    private static void deviceInfo(Map<String, Long> all, DeviceInfoLayout info) {
        String type = "rte_eth_dev_info";
        offset(all, type, "driver_name", DeviceInfoLayout.DRIVER_NAME);
        offset(all, type, "if_index", DeviceInfoLayout.INTERFACE_INDEX);
        offset(all, type, "min_mtu", DeviceInfoLayout.MIN_MTU);
        offset(all, type, "max_mtu", DeviceInfoLayout.MAX_MTU);
        offset(all, type, "max_rx_pktlen", info.maxPacketLength());
        offset(all, type, "max_rx_queues", info.maxReceiveQueues());
        offset(all, type, "max_tx_queues", info.maxTransmitQueues());
        offset(all, type, "rx_offload_capa", DeviceInfoLayout.RECEIVE_OFFLOADS);
        offset(all, type, "tx_offload_capa", DeviceInfoLayout.TRANSMIT_OFFLOADS);
        offset(all, type, "reta_size", DeviceInfoLayout.REDIRECTION_ENTRIES);
        offset(all, type, "hash_key_size", DeviceInfoLayout.KEY_LENGTH);
        offset(all, type, "flow_type_rss_offloads", DeviceInfoLayout.RSS_FLOW_TYPES);
        fits(all, type, DeviceInfoLayout.ROOM);
    }

    private static void portConf(Map<String, Long> all) {
        String type = "rte_eth_conf";
        offset(all, type, "rxmode.mq_mode", PortConfLayout.RECEIVE_MODE);
        offset(all, type, "rxmode.mtu", PortConfLayout.MTU);
        offset(all, type, "rxmode.offloads", PortConfLayout.RECEIVE_OFFLOADS);
        offset(all, type, "txmode.offloads", PortConfLayout.TRANSMIT_OFFLOADS);
        offset(all, type, "rx_adv_conf.rss_conf.rss_hf", PortConfLayout.RSS_FLOW_TYPES);
        fits(all, type, PortConfLayout.ROOM);
        all.put("RTE_ETH_MQ_RX_RSS", (long) PortConfLayout.MODE_RSS);
        all.put("RTE_ETH_RX_OFFLOAD_IPV4_CKSUM", PortConfLayout.OFFLOAD_IP_CHECKSUM);
        all.put("RTE_ETH_TX_OFFLOAD_MBUF_FAST_FREE", PortConfLayout.OFFLOAD_FAST_FREE);
        all.put(
                "RTE_ETH_RSS_IPV4 | RTE_ETH_RSS_NONFRAG_IPV4_TCP | RTE_ETH_RSS_NONFRAG_IPV4_UDP |"
                        + " RTE_ETH_RSS_IPV6 | RTE_ETH_RSS_NONFRAG_IPV6_TCP |"
                        + " RTE_ETH_RSS_NONFRAG_IPV6_UDP",
                PortConfLayout.RSS_TCP_UDP);
    }

    private static void statistics(Map<String, Long> all) {
        String type = "rte_eth_stats";
        offset(all, type, "ipackets", StatsLayout.RECEIVED_PACKETS);
        offset(all, type, "opackets", StatsLayout.SENT_PACKETS);
        offset(all, type, "ibytes", StatsLayout.RECEIVED_BYTES);
        offset(all, type, "obytes", StatsLayout.SENT_BYTES);
        offset(all, type, "imissed", StatsLayout.MISSED);
        offset(all, type, "ierrors", StatsLayout.RECEIVE_ERRORS);
        offset(all, type, "oerrors", StatsLayout.SEND_ERRORS);
        offset(all, type, "rx_nombuf", StatsLayout.NO_BUFFER);
        fits(all, type, StatsLayout.ROOM);
        all.put("sizeof(struct rte_eth_link)", (long) Long.BYTES);
    }

    private static void scaling(Map<String, Long> all) {
        String type = "rte_eth_rss_conf";
        offset(all, type, "rss_key", ScalingQuery.KEY);
        offset(all, type, "rss_key_len", ScalingQuery.KEY_LENGTH);
        offset(all, type, "rss_hf", ScalingQuery.FLOW_TYPES);
        fits(all, type, ScalingQuery.ROOM);
        offset(all, "rte_eth_rss_reta_entry64", "mask", ScalingQuery.MASK);
        offset(all, "rte_eth_rss_reta_entry64", "reta", ScalingQuery.QUEUES);
        all.put("sizeof(struct rte_eth_rss_reta_entry64)", (long) ScalingQuery.GROUP_LENGTH);
        all.put(
                "RTE_ETH_RSS_NONFRAG_IPV4_TCP | RTE_ETH_RSS_NONFRAG_IPV4_UDP",
                PortConfLayout.RSS_IPV4_PORTS);
        all.put(
                "RTE_ETH_RSS_NONFRAG_IPV6_TCP | RTE_ETH_RSS_NONFRAG_IPV6_UDP",
                PortConfLayout.RSS_IPV6_PORTS);
    }

    private static void flow(Map<String, Long> all) {
        all.put("sizeof(struct rte_flow_item)", (long) FlowLayout.ITEM_SIZE);
        offset(all, "rte_flow_item", "type", 0);
        offset(all, "rte_flow_item", "spec", FlowLayout.ITEM_SPEC);
        offset(all, "rte_flow_item", "mask", FlowLayout.ITEM_MASK);
        all.put("sizeof(struct rte_flow_action)", (long) FlowLayout.ACTION_SIZE);
        offset(all, "rte_flow_action", "type", 0);
        offset(all, "rte_flow_action", "conf", FlowLayout.ACTION_CONF);
        offset(all, "rte_flow_action_queue", "index", 0);
        all.put("sizeof(struct rte_flow_attr)", (long) FlowLayout.ATTRIBUTES_SIZE);
        all.put(
                "*(int *) ((char *) &(struct rte_flow_attr) {.ingress = 1} + "
                        + FlowLayout.ATTRIBUTES_BITS
                        + ")",
                (long) FlowLayout.INGRESS);
        all.put("sizeof(struct rte_flow_error)", (long) FlowLayout.ERROR_SIZE);
        offset(all, "rte_flow_error", "message", FlowLayout.ERROR_MESSAGE);
        offset(all, "rte_flow_item_vlan", "tci", FlowLayout.VLAN_TAG);
        offset(all, "rte_flow_item_ipv4", "hdr.dst_addr", FlowLayout.IPV4_DESTINATION);
        offset(all, "rte_flow_item_ipv6", "hdr.dst_addr", FlowLayout.IPV6_DESTINATION);
        offset(all, "rte_flow_item_tcp", "hdr.dst_port", FlowLayout.DESTINATION_PORT);
        offset(all, "rte_flow_item_udp", "hdr.dst_port", FlowLayout.DESTINATION_PORT);
        for (String item : List.of("vlan", "ipv4", "ipv6", "tcp", "udp")) {
            fits(all, "rte_flow_item_" + item, FlowLayout.HEADER_ROOM);
        }
        all.put("RTE_FLOW_ITEM_TYPE_END", 0L);
        all.put("RTE_FLOW_ITEM_TYPE_ETH", (long) FlowLayout.ITEM_ETHERNET);
        all.put("RTE_FLOW_ITEM_TYPE_VLAN", (long) FlowLayout.ITEM_VLAN);
        all.put("RTE_FLOW_ITEM_TYPE_IPV4", (long) FlowLayout.ITEM_IPV4);
        all.put("RTE_FLOW_ITEM_TYPE_IPV6", (long) FlowLayout.ITEM_IPV6);
        all.put("RTE_FLOW_ITEM_TYPE_TCP", (long) FlowLayout.ITEM_TCP);
        all.put("RTE_FLOW_ITEM_TYPE_UDP", (long) FlowLayout.ITEM_UDP);
        all.put("RTE_FLOW_ACTION_TYPE_END", 0L);
        all.put("RTE_FLOW_ACTION_TYPE_QUEUE", (long) FlowLayout.ACTION_QUEUE);
    }

    private static void mbuf(Map<String, Long> all) {
        String type = "rte_mbuf";
        all.put("sizeof(struct rte_mbuf)", (long) MbufLayout.SIZE);
        offset(all, type, "buf_addr", MbufLayout.BUFFER_ADDRESS);
        offset(all, type, "rearm_data", MbufLayout.REARM);
        offset(all, type, "data_off", MbufLayout.DATA_OFFSET);
        offset(all, type, "refcnt", MbufLayout.REFERENCES);
        offset(all, type, "nb_segs", MbufLayout.SEGMENTS);
        offset(all, type, "ol_flags", MbufLayout.FLAGS);
        offset(all, type, "pkt_len", MbufLayout.PACKET_LENGTH);
        offset(all, type, "data_len", MbufLayout.DATA_LENGTH);
        offset(all, type, "buf_len", MbufLayout.BUFFER_LENGTH);
        offset(all, type, "pool", MbufLayout.POOL);
        all.put("RTE_PKTMBUF_HEADROOM", MbufLayout.FRESH & 0xFFFF);
        all.put("RTE_MBUF_F_RX_IP_CKSUM_BAD", MbufLayout.IP_CHECKSUM_BAD);
        all.put("RTE_MBUF_F_RX_IP_CKSUM_GOOD", MbufLayout.IP_CHECKSUM_GOOD);
        all.put("RTE_MBUF_F_EXTERNAL | RTE_MBUF_F_INDIRECT", MbufLayout.BORROWED);
    }

    private static void mempool(Map<String, Long> all) {
        String type = "rte_mempool";
        offset(all, type, "size", MempoolLayout.SIZE);
        offset(all, type, "cache_size", MempoolLayout.CACHE_SIZE);
        offset(all, type, "elt_size", MempoolLayout.ELEMENT_SIZE);
        offset(all, type, "ops_index", MempoolLayout.OPS_INDEX);
        offset(all, type, "local_cache", MempoolLayout.LOCAL_CACHE);
        offset(all, type, "populated_size", MempoolLayout.POPULATED);
        offset(all, "rte_mempool_cache", "size", MempoolLayout.CACHE_LIMIT);
        offset(all, "rte_mempool_cache", "len", MempoolLayout.CACHE_LENGTH);
        offset(all, "rte_mempool_cache", "objs", MempoolLayout.CACHE_OBJECTS);
        offset(all, "rte_mempool_ops_table", "ops", MempoolLayout.OPS_TABLE_START);
        all.put("sizeof(struct rte_mempool_ops)", (long) MempoolLayout.OPS_SIZE);
        all.put("RTE_MEMPOOL_MAX_OPS_IDX", (long) MempoolLayout.OPS_COUNT);
        offset(all, "rte_mempool_ops", "enqueue", MempoolLayout.OPS_ENQUEUE);
        offset(all, "rte_mempool_ops", "dequeue", MempoolLayout.OPS_DEQUEUE);
    }

    private static void offset(Map<String, Long> all, String type, String field, int offset) {
        all.put("offsetof(struct " + type + ", " + field + ")", (long) offset);
    }

    private static void fits(Map<String, Long> all, String type, int room) {
        all.put("sizeof(struct " + type + ") <= " + room, 1L);
    }
}
