// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.service;

import io.fullnat.api.IpAddress;
import io.fullnat.api.Ipv4Address;
import io.fullnat.api.service.AccessRule;
import java.util.List;
import java.util.TreeMap;
import org.agrona.collections.IntHashSet;

/// Who may connect to a service: its [AccessRule]s as a set of networks for each prefix length, so
/// that a question costs a look-up for each *length* among the rules, however many rules there are.
///
/// Not changed after construction; asked for first packets of connections only.
public final class AccessFilter {
    /// Admits everybody.
    public static final AccessFilter OPEN = new AccessFilter(List.of());

    /// Admits nobody.
    public static final AccessFilter CLOSED =
            new AccessFilter(List.of(AccessRule.deny("0.0.0.0/0")));

    private final Networks denied;
    private final Networks allowed;

    /// A filter of rules.
    ///
    /// @param rules of a service
    public AccessFilter(List<AccessRule> rules) {
        denied = networks(rules, AccessRule.Action.DENY);
        allowed = networks(rules, AccessRule.Action.ALLOW);
    }

    private static Networks networks(List<AccessRule> rules, AccessRule.Action action) {
        TreeMap<Integer, IntHashSet> byLength = new TreeMap<>();
        for (AccessRule rule : rules) {
            if (rule.action() == action) {
                byLength.computeIfAbsent(rule.clients().length(), length -> new IntHashSet())
                        .add(bits(rule.clients().address()));
            }
        }
        int[] masks = new int[byLength.size()];
        IntHashSet[] sets = new IntHashSet[masks.length];
        int index = 0;
        for (var entry : byLength.entrySet()) {
            int length = entry.getKey();
            masks[index] = length == 0 ? 0 : -1 << (32 - length);
            sets[index++] = entry.getValue();
        }
        return new Networks(masks, sets);
    }

    private static int bits(IpAddress address) {
        return switch (address) {
            case Ipv4Address v4 -> v4.bits();
        };
    }

    /// Whether a client may connect.
    ///
    /// @param address the client's, in host order
    /// @return false if a rule keeps it out
    public boolean admits(int address) {
        return !denied.contain(address) && (allowed.isEmpty() || allowed.contain(address));
    }

    /// Networks by prefix length.
    private static final class Networks {
        private final int[] masks;
        private final IntHashSet[] sets;

        Networks(int[] masks, IntHashSet[] sets) {
            this.masks = masks;
            this.sets = sets;
        }

        boolean isEmpty() {
            return masks.length == 0;
        }

        boolean contain(int address) {
            for (int i = 0; i < masks.length; i++) {
                if (sets[i].contains(address & masks[i])) {
                    return true;
                }
            }
            return false;
        }
    }
}
