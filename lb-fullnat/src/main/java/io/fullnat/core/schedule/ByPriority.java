// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.schedule;

import io.fullnat.api.service.ConnectionRequest;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.Scheduler;
import io.fullnat.api.service.ServerLoads;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/// `fo` and `ovf`: the usable server with the highest weight; of equal ones the first in the order
/// of the service. With `ovf` a server is passed over that has as many connections as its weight
/// says. Immutable.
final class ByPriority implements Scheduler {
    private final int[] order;
    private final int[] weights;
    private final boolean overflows;

    /// @param overflows whether a weight is also how many connections a server bears
    ByPriority(boolean overflows, List<RealServer> servers) {
        this.overflows = overflows;
        weights = servers.stream().mapToInt(RealServer::weight).toArray();
        order =
                IntStream.range(0, weights.length)
                        .boxed()
                        .sorted(Comparator.comparingInt(server -> -weights[server])) // stable
                        .mapToInt(server -> server)
                        .toArray();
    }

    @Override
    public int select(ConnectionRequest request, ServerLoads loads) {
        for (int server : order) {
            if (loads.isUsable(server) && (!overflows || hasRoom(server, loads))) {
                return server;
            }
        }
        return NONE;
    }

    private boolean hasRoom(int server, ServerLoads loads) {
        return (long) loads.activeConnections(server) + loads.inactiveConnections(server)
                < weights[server];
    }
}
