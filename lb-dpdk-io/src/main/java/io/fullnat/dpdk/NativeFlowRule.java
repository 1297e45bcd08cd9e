// SPDX-License-Identifier: Apache-2.0
package io.fullnat.dpdk;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import io.fullnat.api.IpAddress;
import io.fullnat.api.Ipv4Address;
import io.fullnat.api.Ipv6Address;
import io.fullnat.api.Protocol;
import io.fullnat.api.io.FlowRule;
import io.fullnat.api.io.Memory;
import java.lang.foreign.Arena;

/// A rule as DPDK takes it: Ethernet, VLAN if it has one, IPv4 with the destination address, TCP or
/// UDP with bits of the destination port; to one queue. Drivers copy what they need.
///
/// @param attributes address of a `struct rte_flow_attr`
/// @param pattern address of the items
/// @param actions address of the actions
record NativeFlowRule(long attributes, long pattern, long actions) {
    /// Ethernet, VLAN, IPv4, TCP or UDP, end.
    private static final int MAX_ITEMS = 5;

    private static final int ACTIONS = 2;
    private static final int WHOLE_ADDRESS = -1;

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
        Match ip = Match.in(arena, item, FlowLayout.ITEM_IPV4);
        ip.bits32(FlowLayout.IPV4_DESTINATION, bits(rule.destination()), WHOLE_ADDRESS);
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

    private static int bits(IpAddress address) {
        return switch (address) {
            case Ipv4Address v4 -> v4.bits();
            case Ipv6Address v6 ->
                    throw new BalancerException(
                            ErrorCode.UNSUPPORTED, "no rules for IPv6, as for " + v6);
        };
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

        void bits32(int at, int value, int bits) {
            Memory.putNetworkInt(spec + at, value);
            Memory.putNetworkInt(mask + at, bits);
        }
    }
}
