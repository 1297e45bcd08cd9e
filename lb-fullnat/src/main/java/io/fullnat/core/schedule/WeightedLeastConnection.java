// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.schedule;

import io.fullnat.api.service.ConnectionRequest;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.Scheduler;
import io.fullnat.api.service.SchedulerContext;
import io.fullnat.api.service.ServerLoads;
import java.util.List;

/// `wlc`: the usable server with the fewest connections for its weight, an active one counting as
/// 256 inactive ones. On a tie the next after the last chosen, so that idle servers take turns.
final class WeightedLeastConnection implements Scheduler {
    private static final int ACTIVE_SHIFT = 8;

    /// Shares are compared to a 256th, so that a load of all connections there can be, times the
    /// largest weight, stays below 2^63.
    private static final int SHARE_SHIFT = 8;

    private final int[] weights;
    private int last;

    WeightedLeastConnection(List<RealServer> servers, SchedulerContext context) {
        weights = servers.stream().mapToInt(RealServer::weight).toArray();
        last = weights.length == 0 ? 0 : (int) Math.floorMod(context.seed(), (long) weights.length);
    }

    @Override
    public int select(ConnectionRequest request, ServerLoads loads) {
        boolean whole = !loads.sharesDiffer();
        int best = NONE;
        long bestLoad = 0;
        long bestWeight = 0;
        int server = last;
        for (int i = 0; i < weights.length; i++) {
            server = server + 1 == weights.length ? 0 : server + 1;
            if (!loads.isUsable(server)) {
                continue;
            }
            long load =
                    ((long) loads.activeConnections(server) << ACTIVE_SHIFT)
                            + loads.inactiveConnections(server);
            long weight = weights[server];
            if (!whole) {
                weight *= Math.max(1, loads.share(server) >> SHARE_SHIFT);
            }
            // load / weight < bestLoad / bestWeight, without the division
            if (best == NONE || load * bestWeight < bestLoad * weight) {
                best = server;
                bestLoad = load;
                bestWeight = weight;
            }
        }
        if (best != NONE) {
            last = best;
        }
        return best;
    }

    @Override
    public void resume(Scheduler previous, int[] origins) {
        last = Origins.place(((WeightedLeastConnection) previous).last, origins);
    }
}
