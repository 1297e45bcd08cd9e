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
import java.util.Collection;
import java.util.List;
import java.util.Map;

/// What sets and services have to do with each other, asked when all changes of a transaction are
/// made, so that their order does not matter.
public final class SetRules {
    private SetRules() {}

    /// Checks that the sets that a service names are there, and right for its clients.
    ///
    /// @param service with all its access rules
    /// @param sets by name
    /// @throws BalancerException [ErrorCode#NO_SET], or [ErrorCode#INVALID_ARGUMENT] if a set is of
    ///   the other family
    public static void check(VirtualService service, Map<String, IpSet> sets) {
        requireNonNull(sets, "sets");
        for (AccessRule rule : requireNonNull(service, "service").accessRules()) {
            if (rule.clients() instanceof Clients.InSet(String name, boolean _)) {
                check(service, rule, SetDrafts.require(sets, name));
            }
        }
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
