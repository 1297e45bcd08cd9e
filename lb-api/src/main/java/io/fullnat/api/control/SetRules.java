// SPDX-License-Identifier: Apache-2.0
package io.fullnat.api.control;

import static java.util.Objects.requireNonNull;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import io.fullnat.api.service.AccessRule;
import io.fullnat.api.service.Clients;
import io.fullnat.api.service.Frontend;
import io.fullnat.api.service.VirtualService;
import io.fullnat.api.set.IpSet;
import io.fullnat.api.set.SetEntry;
import io.fullnat.api.set.SetType;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;

/// What sets and services have to do with each other, asked when all changes of a transaction are
/// made, so that their order does not matter.
public final class SetRules {
    /// The most look-ups that the access rules of a service may take for one connection that
    /// begins, of all the sets that they name: each SYN of a flood takes them.
    public static final int MAX_LOOK_UPS = 1024;

    /// A set of networks alone takes one for each length, or as many as that by another way.
    private static final int NETWORKS = 8;

    private SetRules() {}

    /// Checks that the sets that a service names are there, and right for its clients.
    ///
    /// @param service with all its access rules
    /// @param sets by name
    /// @throws BalancerException [ErrorCode#NO_SET], or [ErrorCode#INVALID_ARGUMENT] if a set is of
    ///   the other family, or all take more than [#MAX_LOOK_UPS]
    public static void check(VirtualService service, Map<String, IpSet> sets) {
        requireNonNull(sets, "sets");
        List<IpSet> asked = new ArrayList<>();
        for (AccessRule rule : requireNonNull(service, "service").accessRules()) {
            if (rule.clients() instanceof Clients.InSet(String name, boolean _)) {
                IpSet set = SetDrafts.require(sets, name);
                check(service, rule, set);
                asked.add(set);
            }
        }
        // To count looks at all entries, so first what the sets take at most.
        if (asked.stream().mapToInt(SetRules::mostLookUps).sum() > MAX_LOOK_UPS) {
            requireFewLookUps(service, asked);
        }
    }

    private static void requireFewLookUps(VirtualService service, List<IpSet> asked) {
        int all = asked.stream().mapToInt(SetRules::lookUps).sum();
        if (all > MAX_LOOK_UPS) {
            throw new BalancerException(
                    ErrorCode.INVALID_ARGUMENT,
                    "access rules of "
                            + service.key()
                            + ": their sets take "
                            + all
                            + " look-ups for each connection that begins, and "
                            + MAX_LOOK_UPS
                            + " may be; name fewer sets, or keep to fewer combinations of prefix"
                            + " lengths");
        }
    }

    private static int mostLookUps(IpSet set) {
        return Math.min(
                set.entries().size(), hasShapes(set) ? IpSet.MAX_SHAPES : lookUpsOfOnePart(set));
    }

    private static int lookUps(IpSet set) {
        return hasShapes(set)
                ? (int) set.entries().stream().mapToLong(SetEntry::precision).distinct().count()
                : mostLookUps(set);
    }

    private static boolean hasShapes(IpSet set) {
        return set.type().parts().size() > 1 && !set.type().isBitmap();
    }

    private static int lookUpsOfOnePart(IpSet set) {
        return set.type() == SetType.HASH_NET ? NETWORKS : 1;
    }

    /// A service of both families may name sets of either: each is asked for its own clients.
    private static void check(VirtualService service, AccessRule rule, IpSet set) {
        List<Frontend> frontends = service.frontends();
        if (!frontends.isEmpty()
                && frontends.stream().noneMatch(one -> set.family().has(one.address()))) {
            throw new BalancerException(
                    ErrorCode.INVALID_ARGUMENT,
                    "access rule \""
                            + rule
                            + "\" of "
                            + service.key()
                            + ": set "
                            + set.name()
                            + " is of "
                            + set.family()
                            + ", its clients are of "
                            + frontends.getFirst().address().family()
                            + "; keep a set for each family");
        }
    }

    /// Who names a set.
    ///
    /// @param services all there are
    /// @param name of the set
    /// @return `deny` or `allow` and the service of each rule, in order; empty if nobody does
    public static List<String> users(Collection<VirtualService> services, String name) {
        requireNonNull(name, "name");
        return requireNonNull(services, "services").stream()
                .flatMap(service ->
                        service.accessRules().stream()
                                .filter(rule ->
                                        rule.clients()
                                                        instanceof
                                                        Clients.InSet(String used, boolean _)
                                                && used.equals(name))
                                .map(rule -> rule + " of " + service.key()))
                .toList();
    }

    /// Checks that a set that goes is not in use.
    ///
    /// @param services that stay
    /// @param name of the set
    /// @throws BalancerException [ErrorCode#SET_IN_USE] naming who uses it
    public static void requireUnused(Collection<VirtualService> services, String name) {
        List<String> users = users(services, name);
        if (!users.isEmpty()) {
            throw new BalancerException(
                    ErrorCode.SET_IN_USE,
                    "set "
                            + name
                            + " is in use: "
                            + String.join(", ", users)
                            + "; remove the rules first, or swap the set with another");
        }
    }
}
