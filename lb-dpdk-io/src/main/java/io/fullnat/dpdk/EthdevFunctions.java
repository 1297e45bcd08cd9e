// SPDX-License-Identifier: Apache-2.0
package io.fullnat.dpdk;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import io.fullnat.api.io.Memory;
import java.lang.foreign.Arena;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;

/// The functions of `librte_ethdev` that we call. Those that return an `int` return 0 or a negative
/// error number unless said otherwise.
final class EthdevFunctions {
    private final SymbolLookup library;
    private final NativeFunction portByName;
    private final NativeFunction info;
    private final NativeFunction configure;
    private final NativeFunction adjustDescriptors;
    private final NativeFunction receiveQueueSetup;
    private final NativeFunction transmitQueueSetup;
    private final NativeFunction start;
    private final NativeFunction stop;
    private final NativeFunction close;
    private final NativeFunction mtu;
    private final NativeFunction setMtu;
    private final NativeFunction mac;
    private final NativeFunction setMac;
    private final NativeFunction promiscuous;
    private final NativeFunction allGroups;
    private final NativeFunction node;
    private final NativeFunction link;
    private final NativeFunction statistics;
    private final NativeFunction scalingHash;
    private final NativeFunction redirectionTable;
    private final FlowFunctions flows;

    EthdevFunctions(SymbolLookup library) {
        this.library = library;
        portByName = function("rte_eth_dev_get_port_by_name", JAVA_LONG, JAVA_LONG);
        info = function("rte_eth_dev_info_get", JAVA_SHORT, JAVA_LONG);
        configure =
                function("rte_eth_dev_configure", JAVA_SHORT, JAVA_SHORT, JAVA_SHORT, JAVA_LONG);
        adjustDescriptors =
                function("rte_eth_dev_adjust_nb_rx_tx_desc", JAVA_SHORT, JAVA_LONG, JAVA_LONG);
        receiveQueueSetup =
                function(
                        "rte_eth_rx_queue_setup",
                        JAVA_SHORT,
                        JAVA_SHORT,
                        JAVA_SHORT,
                        JAVA_INT,
                        JAVA_LONG,
                        JAVA_LONG);
        transmitQueueSetup =
                function(
                        "rte_eth_tx_queue_setup",
                        JAVA_SHORT,
                        JAVA_SHORT,
                        JAVA_SHORT,
                        JAVA_INT,
                        JAVA_LONG);
        start = function("rte_eth_dev_start", JAVA_SHORT);
        stop = function("rte_eth_dev_stop", JAVA_SHORT);
        close = function("rte_eth_dev_close", JAVA_SHORT);
        mtu = function("rte_eth_dev_get_mtu", JAVA_SHORT, JAVA_LONG);
        setMtu = function("rte_eth_dev_set_mtu", JAVA_SHORT, JAVA_SHORT);
        mac = function("rte_eth_macaddr_get", JAVA_SHORT, JAVA_LONG);
        setMac = function("rte_eth_dev_default_mac_addr_set", JAVA_SHORT, JAVA_LONG);
        promiscuous = function("rte_eth_promiscuous_enable", JAVA_SHORT);
        allGroups = function("rte_eth_allmulticast_enable", JAVA_SHORT);
        node = function("rte_eth_dev_socket_id", JAVA_SHORT);
        link = function("rte_eth_link_get_nowait", JAVA_SHORT, JAVA_LONG);
        statistics = function("rte_eth_stats_get", JAVA_SHORT, JAVA_LONG);
        scalingHash = function("rte_eth_dev_rss_hash_conf_get", JAVA_SHORT, JAVA_LONG);
        redirectionTable =
                function("rte_eth_dev_rss_reta_query", JAVA_SHORT, JAVA_LONG, JAVA_SHORT);
        flows = new FlowFunctions(library);
    }

    private NativeFunction function(String name, ValueLayout... parameters) {
        return NativeFunction.of(library, name, JAVA_INT, parameters);
    }

    /// The address of a port's entry of `rte_eth_fp_ops`.
    long portOps(int port) {
        return library.find("rte_eth_fp_ops")
                .map(table -> table.address() + (long) port * PortOpsLayout.SIZE)
                .orElseThrow(() ->
                        new BalancerException(
                                ErrorCode.MISSING_LIBRARY,
                                "librte_ethdev does not export rte_eth_fp_ops"));
    }

    /// The number of the port that a device has made.
    ///
    /// @return negative if there is none of this name
    int portByName(String device) {
        try (Arena arena = Arena.ofConfined()) {
            long number = NativeFunction.zeroed(arena, Short.BYTES);
            long result = portByName.call(NativeFunction.string(arena, device), number);
            return result == 0 ? Memory.getUnsignedShort(number) : -1;
        }
    }

    int info(int port, long deviceInfo) {
        return (int) info.call(port, deviceInfo);
    }

    int configure(int port, int queues, long configuration) {
        return (int) configure.call(port, queues, queues, configuration);
    }

    int adjustDescriptors(int port, long receive, long transmit) {
        return (int) adjustDescriptors.call(port, receive, transmit);
    }

    int setUpReceiveQueue(int port, int queue, int descriptors, int numaNode, long pool) {
        return (int) receiveQueueSetup.call(port, queue, descriptors, numaNode, 0, pool);
    }

    int setUpTransmitQueue(int port, int queue, int descriptors, int numaNode) {
        return (int) transmitQueueSetup.call(port, queue, descriptors, numaNode, 0);
    }

    int start(int port) {
        return (int) start.call(port);
    }

    int stop(int port) {
        return (int) stop.call(port);
    }

    int close(int port) {
        return (int) close.call(port);
    }

    int mtu(int port, long result) {
        return (int) mtu.call(port, result);
    }

    int setMtu(int port, int bytes) {
        return (int) setMtu.call(port, bytes);
    }

    int mac(int port, long result) {
        return (int) mac.call(port, result);
    }

    int setMac(int port, long address) {
        return (int) setMac.call(port, address);
    }

    int enablePromiscuous(int port) {
        return (int) promiscuous.call(port);
    }

    /// Lets a port receive frames for all groups, joined or not.
    int enableAllGroups(int port) {
        return (int) allGroups.call(port);
    }

    /// The NUMA node of a port's device, -1 if it has none.
    int numaNode(int port) {
        return (int) node.call(port);
    }

    int link(int port, long result) {
        return (int) link.call(port, result);
    }

    int scalingHash(int port, long result) {
        return (int) scalingHash.call(port, result);
    }

    int redirectionTable(int port, long result, int size) {
        return (int) redirectionTable.call(port, result, size);
    }

    FlowFunctions flows() {
        return flows;
    }

    int statistics(int port, long result) {
        return (int) statistics.call(port, result);
    }
}
