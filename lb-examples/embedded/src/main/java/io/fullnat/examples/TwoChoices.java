// SPDX-License-Identifier: Apache-2.0
package io.fullnat.examples;

import io.fullnat.api.service.ConnectionRequest;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.Scheduler;
import io.fullnat.api.service.SchedulerContext;
import io.fullnat.api.service.SchedulerFactory;
import io.fullnat.api.service.ServerLoads;
import java.util.List;
import java.util.SplittableRandom;

/// A scheduler of one's own: of two servers drawn at random it takes the less busy one, which keeps
/// the busiest server close to the average without looking at all of them (Mitzenmacher, *The Power
/// of Two Choices in Randomized Load Balancing*, 2001).
///
/// ```
/// FullNatBalancer.builder(io).scheduler(new TwoChoices())...
/// VirtualService.of(key).withScheduler("two-choices")...
/// ```
///
/// The balancer `fullnat` finds it by the service loader where this module is on its path.
public final class TwoChoices implements SchedulerFactory {
    /// A factory; one is enough for all services.
    public TwoChoices() {}

    @Override
    public String name() {
        return "two-choices";
    }

    @Override
    public Scheduler create(List<RealServer> servers, SchedulerContext context) {
        SplittableRandom random = new SplittableRandom(context.seed());
        int count = servers.size();
        return (request, loads) -> select(request, loads, count, random);
    }

    private static int select(
            ConnectionRequest ignored, ServerLoads loads, int count, SplittableRandom random) {
        int usable = 0;
        for (int server = 0; server < count; server++) {
            usable += loads.isUsable(server) ? 1 : 0;
        }
        if (usable == 0) {
            return Scheduler.NONE;
        }
        int first = usableAt(random.nextInt(usable), loads);
        int second = usableAt(random.nextInt(usable), loads);
        return connections(first, loads) <= connections(second, loads) ? first : second;
    }

    /// The server with a given place among the usable ones.
    private static int usableAt(int place, ServerLoads loads) {
        int server = 0;
        for (int left = place; left > 0 || !loads.isUsable(server); server++) {
            left -= loads.isUsable(server) ? 1 : 0;
        }
        return server;
    }

    private static int connections(int server, ServerLoads loads) {
        return loads.activeConnections(server) + loads.inactiveConnections(server);
    }
}
