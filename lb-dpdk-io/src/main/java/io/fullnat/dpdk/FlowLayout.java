// SPDX-License-Identifier: Apache-2.0
package io.fullnat.dpdk;

/// Where the structures of a flow rule keep what we write, from `rte_flow.h`; the numbers of item
/// and action types, to which new ones have only been added at the end since 22.11.
///
/// ```
/// struct rte_flow_item      | type (4) |   | spec (8) | last (8) | mask (8) |     32 bytes
/// struct rte_flow_action    | type (4) |   | conf (8) |                           16 bytes
/// struct rte_flow_attr      | group (4) | priority (4) | ingress:1 ... |           12 bytes
/// struct rte_flow_error     | type (4) |   | cause (8) | message (8) |             24 bytes
/// ```
final class FlowLayout {
    static final int ITEM_SPEC = 8;
    static final int ITEM_MASK = 24;
    static final int ITEM_SIZE = 32;

    /// `RTE_FLOW_ITEM_TYPE_ETH` and its like; `END` is 0.
    static final int ITEM_ETHERNET = 6;

    static final int ITEM_VLAN = 7;
    static final int ITEM_IPV4 = 8;
    static final int ITEM_IPV6 = 9;
    static final int ITEM_UDP = 11;
    static final int ITEM_TCP = 12;

    static final int ACTION_CONF = 8;
    static final int ACTION_SIZE = 16;

    /// `RTE_FLOW_ACTION_TYPE_QUEUE`; its configuration begins with the queue in 16 bits.
    static final int ACTION_QUEUE = 6;

    static final int ATTRIBUTES_SIZE = 12;
    static final int ATTRIBUTES_BITS = 8;

    /// The bit of `ingress`.
    static final int INGRESS = 1;

    static final int ERROR_MESSAGE = 16;
    static final int ERROR_SIZE = 24;

    // what an item's specification and mask have, in network order
    static final int VLAN_TAG = 0;
    static final int VLAN_ID = 0x0FFF;
    static final int IPV4_DESTINATION = 16;
    static final int IPV6_DESTINATION = 24;
    static final int DESTINATION_PORT = 2;

    /// Room for any of them: `struct rte_flow_item_ipv6` has 44 bytes.
    static final int HEADER_ROOM = 64;

    private FlowLayout() {}
}
