// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.open;

import io.fullnat.core.localport.AnswerDevices;
import io.fullnat.core.service.ServerEntry;
import io.fullnat.core.stack.AdjacencyTable;
import io.fullnat.core.stack.Neighbourhood;
import io.fullnat.core.stack.Neighbours;
import io.fullnat.core.stack.RouteTable;
import io.fullnat.core.stack.StackContext;

/// The adjacencies that lead to real servers. Each server keeps its own for as long as the routes
/// stay. For the worker's thread.
final class ServerAdjacency {
    /// Instead of an adjacency: the neighbour has no room.
    static final int NO_ROOM = AdjacencyTable.NONE;

    /// Instead of an adjacency: no route leads there.
    static final int NO_ROUTE = -2;

    // Each object on the way to what is needed costs a load and the collector's barrier: they are
    // kept, not asked for.
    private final StackContext stack;
    private final Neighbours neighbours;
    private final AdjacencyTable adjacencies;
    private final AnswerDevices answerDevices;

    ServerAdjacency(StackContext stack, Neighbourhood neighbourhood, AnswerDevices answerDevices) {
        this.stack = stack;
        neighbours = neighbourhood.arp().neighbours();
        adjacencies = neighbourhood.adjacencies();
        this.answerDevices = answerDevices;
    }

    /// The adjacency by which the routes lead to a server.
    ///
    /// @return its index; [#NO_ROUTE] or [#NO_ROOM] if there is none
    int routed(ServerEntry server) {
        if (server.hasNextHop(stack.generation()) && adjacencies.isInUse(server.nextHop())) {
            return server.nextHop();
        }
        RouteTable.Hop route = stack.view().routes().find(server.high(), server.low());
        if (route == null) {
            return NO_ROUTE;
        }
        int hop = neighbours.nextHopOfServer(route, server.high(), server.low());
        if (hop != AdjacencyTable.NONE) {
            answerDevices.add(route.device());
            adjacencies.refer(hop);
            server.nextHop(hop, route.device(), stack.generation());
        }
        return hop;
    }
}
