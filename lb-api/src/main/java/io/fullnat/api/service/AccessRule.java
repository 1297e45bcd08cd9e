// SPDX-License-Identifier: Apache-2.0
package io.fullnat.api.service;

import static java.util.Objects.requireNonNull;

import io.fullnat.api.IpPrefix;

/// Admits clients to a service or keeps them out. A client that a [Action#DENY] rule names is kept
/// out; if the service has any [Action#ALLOW] rule, so is each client that none of them names. So a
/// set without entries that is allowed keeps all out.
///
/// A rule holds for every packet: connections of a client who is kept out from now on end with the
/// transaction that adds the rule, or changes its set. Immutable and thread-safe.
///
/// @param action what becomes of the clients
/// @param clients of a network, or those in a set
public record AccessRule(Action action, Clients clients) {
    /// What a rule does.
    public enum Action {
        /// Keeps clients out.
        DENY,
        /// Admits clients, and nobody else.
        ALLOW
    }

    /// Refuses null.
    public AccessRule {
        requireNonNull(action, "action");
        requireNonNull(clients, "clients");
    }

    /// A rule for the clients of a network.
    ///
    /// @param action what becomes of the clients
    /// @param clients their addresses; bits beyond the length are cleared
    public AccessRule(Action action, IpPrefix clients) {
        this(action, new Clients.Network(requireNonNull(clients, "clients")));
    }

    /// A rule that keeps clients out.
    ///
    /// @param clients an address or a prefix, for example `192.0.2.0/24`, or `ipset:NAME`
    /// @return the rule
    public static AccessRule deny(String clients) {
        return new AccessRule(Action.DENY, Clients.parse(clients));
    }

    /// A rule that admits clients.
    ///
    /// @param clients an address or a prefix, for example `192.0.2.0/24`, or `ipset:NAME`
    /// @return the rule
    public static AccessRule allow(String clients) {
        return new AccessRule(Action.ALLOW, Clients.parse(clients));
    }

    @Override
    public String toString() {
        return (action == Action.DENY ? "deny " : "allow ") + clients;
    }
}
