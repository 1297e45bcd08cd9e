// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.schedule;

import io.fullnat.api.service.ConnectionRequest;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.Scheduler;
import io.fullnat.api.service.SchedulerContext;
import io.fullnat.api.service.ServerLoads;
import java.util.List;

/// `lc`, `wlc`, `sed`, `nq`: the usable server that is least busy. On a tie the next after the last
/// chosen, so that idle servers take turns.
///
/// The counts of all workers lie in their memory, so with many servers and workers not all are read
/// for each connection ([SampledLoads]).
final class LeastLoaded implements Scheduler {
    /// So many counts are read for each connection.
    private static final int EXACT = 32;

    private final LoadMeasure measure;
    private final int[] weights;
    private final SampledLoads sampled;
    private final boolean samples;
    private int last;

    LeastLoaded(LoadMeasure measure, List<RealServer> servers, SchedulerContext context) {
        this.measure = measure;
        weights = servers.stream().mapToInt(RealServer::weight).toArray();
        int count = weights.length;
        last = count == 0 ? 0 : (int) Math.floorMod(context.seed(), (long) count);
        samples = (long) count * context.workers() > EXACT;
        sampled = new SampledLoads(measure, weights, samples ? context.workers() : 0, last);
    }

    @Override
    public int select(ConnectionRequest request, ServerLoads loads) {
        return samples ? sampled.select(loads) : leastOfAll(loads);
    }

    private int leastOfAll(ServerLoads loads) {
        int best = NONE;
        double least = Double.POSITIVE_INFINITY;
        int server = last;
        for (int i = 0; i < weights.length; i++) {
            server = server + 1 == weights.length ? 0 : server + 1;
            if (!loads.isUsable(server)) {
                continue;
            }
            double cost = measure.cost(server, weights[server], loads);
            if (cost < least) {
                best = server;
                least = cost;
            }
        }
        if (best != NONE) {
            last = best;
        }
        return best;
    }

    @Override
    public void resume(Scheduler previous, int[] origins) {
        LeastLoaded before = (LeastLoaded) previous;
        last = Origins.place(before.last, origins);
        sampled.resume(before.sampled, origins);
    }
}
