// SPDX-License-Identifier: Apache-2.0
package io.fullnat.api.service;

import static java.util.Objects.requireNonNull;

import io.fullnat.api.IpPrefix;
import io.fullnat.api.set.IpSet;

/// Clients of services: those of a network, or those in a set. Immutable and thread-safe.
public sealed interface Clients {
    /// The word before the name of a set, as DPVS has it.
    String SET = "ipset:";

    /// Clients of a network.
    ///
    /// @param prefix their addresses; bits beyond the length are cleared
    record Network(IpPrefix prefix) implements Clients {
        /// Clears the bits beyond the prefix length.
        public Network {
            prefix = requireNonNull(prefix, "prefix").network();
        }

        @Override
        public String toString() {
            return prefix.toString();
        }
    }

    /// Clients in a set, which must be there, and of the family of the service's virtual address or
    /// of none.
    ///
    /// @param name of the set
    /// @param byDestination whether entries of the set begin with the address and port to which a
    ///   connection goes; else with those of its client, as in DPVS
    record InSet(String name, boolean byDestination) implements Clients {
        private static final String DESTINATION = ",dst";
        private static final String SOURCE = ",src";

        /// Checks the name.
        ///
        /// @throws io.fullnat.api.BalancerException [io.fullnat.api.ErrorCode#INVALID_ARGUMENT] if
        ///   no set can have it
        public InSet {
            IpSet.requireName(requireNonNull(name, "name"));
        }

        private static InSet parse(String text) {
            if (text.endsWith(DESTINATION)) {
                return new InSet(text.substring(0, text.length() - DESTINATION.length()), true);
            }
            boolean said = text.endsWith(SOURCE);
            return new InSet(
                    said ? text.substring(0, text.length() - SOURCE.length()) : text, false);
        }

        @Override
        public String toString() {
            return SET + name + (byDestination ? DESTINATION : "");
        }
    }

    /// Reads clients as commands and files write them.
    ///
    /// @param text `192.0.2.0/24`, `192.0.2.7`, `ipset:NAME`, `ipset:NAME,dst`
    /// @return the clients
    /// @throws io.fullnat.api.BalancerException [io.fullnat.api.ErrorCode#INVALID_ARGUMENT] naming
    ///   the text
    static Clients parse(String text) {
        return requireNonNull(text, "text").startsWith(SET)
                ? InSet.parse(text.substring(SET.length()))
                : new Network(IpPrefix.parse(text));
    }
}
