// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.schedule;

import io.fullnat.api.service.ConnectionRequest;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.Scheduler;
import io.fullnat.api.service.SchedulerContext;
import io.fullnat.api.service.ServerLoads;
import java.util.List;

/// `p2c`: of two servers drawn by weight the one with fewer connections for its weight
/// (Mitzenmacher, *The Power of Two Choices in Randomized Load Balancing*, 2001). Looks at two
/// servers, however many there are.
final class TwoRandomChoices implements Scheduler {
    /// Draws of the second, so that it is another one than the first.
    private static final int TRIES = 4;

    private final WeightedDraw servers;

    TwoRandomChoices(List<RealServer> servers, SchedulerContext context) {
        this.servers = new WeightedDraw(servers, context.seed());
    }

    @Override
    public int select(ConnectionRequest request, ServerLoads loads) {
        int first = servers.draw(loads);
        if (first == NONE) {
            return NONE;
        }
        int second = first;
        for (int i = 0; i < TRIES && second == first; i++) {
            second = servers.draw(loads);
        }
        return second == NONE || cost(first, loads) <= cost(second, loads) ? first : second;
    }

    private double cost(int server, ServerLoads loads) {
        return LoadMeasure.CONNECTIONS_BY_WEIGHT.cost(server, servers.weight(server), loads);
    }
}
