// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.schedule;

import io.fullnat.api.Endpoint;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.Scheduler;
import io.fullnat.api.service.ServerLoads;
import io.fullnat.core.address.Mixer;
import java.util.List;

/// Servers as all balancers know them, in whatever order they were added: by a hash of address and
/// port. Immutable.
final class Identities {
    private final long[] hashes;

    Identities(List<RealServer> servers) {
        hashes = servers.stream().mapToLong(server -> hash(server.endpoint())).toArray();
    }

    /// A hash of address and port.
    static long hash(Endpoint endpoint) {
        return HashKey.hash(endpoint.address().high(), endpoint.address().low(), endpoint.port());
    }

    /// The server of a client's hash where so few are usable that a walk did not meet one: looks at
    /// all.
    ///
    /// @return the usable one with the highest hash with the client, or [Scheduler#NONE]
    int highest(long hash, ServerLoads loads) {
        int best = Scheduler.NONE;
        long highest = 0;
        for (int server = 0; server < hashes.length; server++) {
            if (loads.isUsable(server)) {
                long rank = Mixer.mix(hash ^ hashes[server]);
                if (best == Scheduler.NONE || rank > highest) {
                    best = server;
                    highest = rank;
                }
            }
        }
        return best;
    }
}
