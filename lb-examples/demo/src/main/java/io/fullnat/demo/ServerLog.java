// SPDX-License-Identifier: Apache-2.0
package io.fullnat.demo;

import io.fullnat.api.Endpoint;
import io.fullnat.api.Protocol;
import io.fullnat.demo.lab.Peers;
import java.util.Set;

/// What one real server can tell: how much it was asked, and by whom.
///
/// @param protocol what it speaks
/// @param endpoint where it listens
/// @param requests how many it answered
/// @param peers the source addresses that it saw, in text form
record ServerLog(Protocol protocol, Endpoint endpoint, long requests, Set<String> peers) {
    /// Copies the set.
    ServerLog {
        peers = Set.copyOf(peers);
    }

    /// What a server has seen until now.
    static ServerLog of(Protocol protocol, Endpoint endpoint, Peers peers) {
        return new ServerLog(protocol, endpoint, peers.requests(), peers.addresses());
    }
}
