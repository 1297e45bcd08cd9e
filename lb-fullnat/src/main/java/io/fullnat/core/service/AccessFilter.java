// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.service;

import io.fullnat.api.IpAddress;
import io.fullnat.api.IpPrefix;
import io.fullnat.api.service.AccessRule;
import io.fullnat.core.address.Masks;
import io.fullnat.core.address.PrefixMap;
import java.util.ArrayList;
import java.util.List;

/// Who may connect to a service: its [AccessRule]s as networks of both kinds, of which a question
/// costs much the same however many rules there are.
///
/// Not changed after construction; asked for first packets of connections only.
public final class AccessFilter {
    /// Admits everybody.
    public static final AccessFilter OPEN = new AccessFilter(List.of());

    /// Admits nobody, of any family.
    public static final AccessFilter CLOSED =
            new AccessFilter(
                    new PrefixMap(
                            List.of(
                                    new PrefixMap.Entry(0, 0, 0, 0),
                                    new PrefixMap.Entry(
                                            0,
                                            IpAddress.mapped(0),
                                            Masks.WHOLE - Integer.SIZE,
                                            0))),
                    new PrefixMap(List.of()));

    private final PrefixMap denied;
    private final PrefixMap allowed;

    /// A filter of rules.
    ///
    /// @param rules of a service
    public AccessFilter(List<AccessRule> rules) {
        this(networks(rules, AccessRule.Action.DENY), networks(rules, AccessRule.Action.ALLOW));
    }

    private AccessFilter(PrefixMap denied, PrefixMap allowed) {
        this.denied = denied;
        this.allowed = allowed;
    }

    private static PrefixMap networks(List<AccessRule> rules, AccessRule.Action action) {
        List<PrefixMap.Entry> entries = new ArrayList<>();
        for (AccessRule rule : rules) {
            if (rule.action() == action) {
                IpPrefix clients = rule.clients();
                entries.add(
                        new PrefixMap.Entry(
                                clients.address().high(),
                                clients.address().low(),
                                clients.mappedLength(),
                                0));
            }
        }
        return new PrefixMap(entries);
    }

    /// Whether a client may connect.
    ///
    /// @param high first half of its address
    /// @param low last half
    /// @return false if a rule keeps it out
    public boolean admits(long high, long low) {
        return !denied.contains(high, low) && (allowed.isEmpty() || allowed.contains(high, low));
    }
}
