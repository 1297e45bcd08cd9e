// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.service;

import io.fullnat.api.IpAddress;
import io.fullnat.api.IpPrefix;
import io.fullnat.api.service.AccessRule;
import io.fullnat.api.service.Clients;
import io.fullnat.core.address.Masks;
import io.fullnat.core.address.PrefixMap;
import io.fullnat.core.set.SetMatcher;
import io.fullnat.core.set.SetQuestion;
import io.fullnat.core.set.UseCount;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Who may connect to a service: its [AccessRule]s as networks and sets of both kinds, of which a
/// question costs much the same however many rules and entries there are.
///
/// Not changed after construction; asked for first packets of connections, and for connections that
/// are there when rules or sets have changed.
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
                    new PrefixMap(List.of()),
                    new NamedSet[0],
                    new NamedSet[0]);

    private final PrefixMap denied;
    private final PrefixMap allowed;
    private final NamedSet[] deniedSets;
    private final NamedSet[] allowedSets;

    /// A set as a rule names it.
    private record NamedSet(SetMatcher matcher, boolean byDestination, UseCount count) {
        private boolean has(SetQuestion question) {
            return matcher.contains(question, byDestination);
        }
    }

    /// A filter of rules that name no sets.
    ///
    /// @param rules of a service
    public AccessFilter(List<AccessRule> rules) {
        this(
                rules,
                name -> {
                    throw new IllegalStateException("no set " + name);
                },
                rule -> {
                    throw new IllegalStateException("no set in " + rule);
                });
    }

    /// A filter of rules.
    ///
    /// @param rules of a service
    /// @param sets the set of a name
    /// @param counts where it is counted how often a rule with a set decides
    public AccessFilter(
            List<AccessRule> rules,
            Function<String, SetMatcher> sets,
            Function<AccessRule, UseCount> counts) {
        this(
                networks(rules, AccessRule.Action.DENY),
                networks(rules, AccessRule.Action.ALLOW),
                sets(rules, AccessRule.Action.DENY, sets, counts),
                sets(rules, AccessRule.Action.ALLOW, sets, counts));
    }

    private AccessFilter(
            PrefixMap denied, PrefixMap allowed, NamedSet[] deniedSets, NamedSet[] allowedSets) {
        this.denied = denied;
        this.allowed = allowed;
        this.deniedSets = deniedSets;
        this.allowedSets = allowedSets;
    }

    private static PrefixMap networks(List<AccessRule> rules, AccessRule.Action action) {
        List<PrefixMap.Entry> entries = new ArrayList<>();
        for (AccessRule rule : rules) {
            if (rule.action() == action
                    && rule.clients() instanceof Clients.Network(IpPrefix clients)) {
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

    private static NamedSet[] sets(
            List<AccessRule> rules,
            AccessRule.Action action,
            Function<String, SetMatcher> sets,
            Function<AccessRule, UseCount> counts) {
        List<NamedSet> named = new ArrayList<>();
        for (AccessRule rule : rules) {
            if (rule.action() == action
                    && rule.clients() instanceof Clients.InSet(String name, boolean destination)) {
                named.add(new NamedSet(sets.apply(name), destination, counts.apply(rule)));
            }
        }
        return named.toArray(NamedSet[]::new);
    }

    /// Whether it asks for more than the client's address.
    ///
    /// @return true if rules name sets
    public boolean asksSets() {
        return deniedSets.length + allowedSets.length > 0;
    }

    /// Whether a client may connect, if no rule names a set.
    ///
    /// @param high first half of its address
    /// @param low last half
    /// @return false if a rule keeps it out
    public boolean admits(long high, long low) {
        return !denied.contains(high, low) && (allowed.isEmpty() || allowed.contains(high, low));
    }

    /// Whether a connection may begin. A refusal by a set is counted for its rule; an admission is
    /// when the connection has begun ([SetQuestion#begun]).
    ///
    /// @param question the connection, with its frame
    /// @param worker that asks
    /// @return false if a rule keeps its client out
    public boolean admits(SetQuestion question, int worker) {
        question.admittedBy(null);
        long high = question.clientHigh();
        long low = question.clientLow();
        if (denied.contains(high, low)) {
            return false;
        }
        UseCount refusing = deciding(deniedSets, question);
        if (refusing != null) {
            refusing.add(worker);
            return false;
        }
        if ((allowed.isEmpty() && allowedSets.length == 0) || allowed.contains(high, low)) {
            return true;
        }
        UseCount admitting = deciding(allowedSets, question);
        question.admittedBy(admitting);
        return admitting != null;
    }

    /// The count of the first set that has a connection; null if none has.
    private static @Nullable UseCount deciding(NamedSet[] sets, SetQuestion question) {
        for (NamedSet set : sets) {
            if (set.has(question)) {
                return set.count;
            }
        }
        return null;
    }

    /// Whether a connection that is there may go on. What is not known of it any more, the frame of
    /// its first packet, is not held against it.
    ///
    /// @param question the connection, without a frame
    /// @return false if a rule keeps its client out, whatever its frame was
    public boolean keeps(SetQuestion question) {
        long high = question.clientHigh();
        long low = question.clientLow();
        if (denied.contains(high, low)) {
            return false;
        }
        for (NamedSet set : deniedSets) {
            if (!set.matcher.asksForFrame() && set.has(question)) {
                return false;
            }
        }
        boolean kept =
                (allowed.isEmpty() && allowedSets.length == 0) || allowed.contains(high, low);
        for (NamedSet set : allowedSets) {
            kept |= set.matcher.asksForFrame() || set.has(question);
        }
        return kept;
    }
}
