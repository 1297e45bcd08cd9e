// SPDX-License-Identifier: Apache-2.0
package io.fullnat.dpdk;

import io.fullnat.api.IpAddress;
import io.fullnat.api.Ipv4Address;
import io.fullnat.api.Ipv6Address;
import io.fullnat.api.Protocol;
import io.fullnat.api.io.FlowRule;
import io.fullnat.api.io.Memory;
import java.lang.foreign.Arena;

/// A rule as DPDK takes it: Ethernet, VLAN if it has one, IPv4 or IPv6 with the destination
/// address, TCP or UDP with bits of the destination port; to one queue. Drivers copy what they
/// need.
///
/// @param attributes address of a `struct rte_flow_attr`
/// @param pattern address of the items
/// @param actions address of the actions
record NativeFlowRule(long attributes, long pattern, long actions) {
    /// Ethernet, VLAN, IPv4 or IPv6, TCP or UDP, end.
    private static final int MAX_ITEMS = 5;

    private static final int ACTIONS = 2;

    /// Writes a rule.
    ///
    /// @param arena lives until DPDK has taken the rule
    static NativeFlowRule of(Arena arena, FlowRule rule) {
        long attributes = NativeFunction.zeroed(arena, FlowLayout.ATTRIBUTES_SIZE);
        Memory.putInt(attributes + FlowLayout.ATTRIBUTES_BITS, FlowLayout.INGRESS);
        long pattern = NativeFunction.zeroed(arena, (long) MAX_ITEMS * FlowLayout.ITEM_SIZE);
        long item = pattern;
        Memory.putInt(item, FlowLayout.ITEM_ETHERNET); // any address: no specification, no mask
        item += FlowLayout.ITEM_SIZE;
        if (rule.vlan() != 0) {
            Match tag = Match.in(arena, item, FlowLayout.ITEM_VLAN);
            tag.bits16(FlowLayout.VLAN_TAG, rule.vlan(), FlowLayout.VLAN_ID);
            item += FlowLayout.ITEM_SIZE;
        }
        destination(arena, item, rule.destination());
        item += FlowLayout.ITEM_SIZE;
        boolean tcp = rule.protocol() == Protocol.TCP;
        Match ports = Match.in(arena, item, tcp ? FlowLayout.ITEM_TCP : FlowLayout.ITEM_UDP);
        ports.bits16(FlowLayout.DESTINATION_PORT, rule.port(), rule.portMask());
        long actions = NativeFunction.zeroed(arena, (long) ACTIONS * FlowLayout.ACTION_SIZE);
        long queue = NativeFunction.zeroed(arena, Long.BYTES);
        Memory.putShort(queue, rule.queue());
        Memory.putInt(actions, FlowLayout.ACTION_QUEUE);
        Memory.putLong(actions + FlowLayout.ACTION_CONF, queue);
        return new NativeFlowRule(attributes, pattern, actions);
    }

    /// The header with the destination address, which is compared whole.
    private static void destination(Arena arena, long item, IpAddress address) {
        switch (address) {
            case Ipv4Address v4 ->
                    Match.in(arena, item, FlowLayout.ITEM_IPV4)
                            .bits32(FlowLayout.IPV4_DESTINATION, v4.bits(), -1);
            case Ipv6Address v6 -> {
                Match ip = Match.in(arena, item, FlowLayout.ITEM_IPV6);
                ip.bits64(FlowLayout.IPV6_DESTINATION, v6.high());
                ip.bits64(FlowLayout.IPV6_DESTINATION + Long.BYTES, v6.low());
            }
        }
    }

    /// What one header must have.
    ///
    /// @param spec address of the values
    /// @param mask address of the bits that count
    private record Match(long spec, long mask) {
        static Match in(Arena arena, long item, int type) {
            Match match =
                    new Match(
                            NativeFunction.zeroed(arena, FlowLayout.HEADER_ROOM),
                            NativeFunction.zeroed(arena, FlowLayout.HEADER_ROOM));
            Memory.putInt(item, type);
            Memory.putLong(item + FlowLayout.ITEM_SPEC, match.spec);
            Memory.putLong(item + FlowLayout.ITEM_MASK, match.mask);
            return match;
        }

        void bits16(int at, int value, int bits) {
            Memory.putNetworkShort(spec + at, value);
            Memory.putNetworkShort(mask + at, bits);
        }

        void bits64(int at, long value) {
            Memory.putLong(spec + at, Long.reverseBytes(value));
            Memory.putLong(mask + at, -1);
        }

        void bits32(int at, int value, int bits) {
            Memory.putNetworkInt(spec + at, value);
            Memory.putNetworkInt(mask + at, bits);
        }
    }
}
