// SPDX-License-Identifier: Apache-2.0
package io.fullnat.api.service;

import static java.util.Objects.requireNonNull;

import io.fullnat.api.IpPrefix;

/// Admits clients to a service or keeps them out. A client that a [Action#DENY] rule names is kept
/// out; if the service has any [Action#ALLOW] rule, so is each client that none of them names.
///
/// A rule holds for every packet: connections of a client who is kept out from now on end with the
/// transaction that adds the rule. Immutable and thread-safe.
///
/// @param action what becomes of the clients
/// @param clients their addresses; bits beyond the length are cleared
public record AccessRule(Action action, IpPrefix clients) {
    /// What a rule does.
    public enum Action {
        /// Keeps clients out.
        DENY,
        /// Admits clients, and nobody else.
        ALLOW
    }

    /// Clears the bits beyond the prefix length.
    public AccessRule {
        requireNonNull(action, "action");
        requireNonNull(clients, "clients");
        clients = clients.network();
    }

    /// A rule that keeps clients out.
    ///
    /// @param clients an address or a prefix, for example `192.0.2.0/24`
    /// @return the rule
    public static AccessRule deny(String clients) {
        return new AccessRule(Action.DENY, IpPrefix.parse(clients));
    }

    /// A rule that admits clients.
    ///
    /// @param clients an address or a prefix, for example `192.0.2.0/24`
    /// @return the rule
    public static AccessRule allow(String clients) {
        return new AccessRule(Action.ALLOW, IpPrefix.parse(clients));
    }

    @Override
    public String toString() {
        return (action == Action.DENY ? "deny " : "allow ") + clients;
    }
}
