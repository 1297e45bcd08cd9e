package io.fullnat.core.schedule;

import io.fullnat.api.service.ConnectionRequest;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.Scheduler;
import io.fullnat.api.service.SchedulerContext;
import io.fullnat.api.service.ServerLoads;
import java.util.List;

/// `rr`: one usable server after the other. Each worker starts at another one, so that few
/// connections over many workers do not all go to the first.
final class RoundRobin implements Scheduler {
    private final int count;
    private int next;

    RoundRobin(List<RealServer> servers, SchedulerContext context) {
        count = servers.size();
        next = count == 0 ? 0 : (int) Math.floorMod(context.seed(), (long) count);
    }

    @Override
    public int select(ConnectionRequest request, ServerLoads loads) {
        for (int i = 0; i < count; i++) {
            int server = next;
            next = server + 1 == count ? 0 : server + 1;
            if (loads.isUsable(server)) {
                return server;
            }
        }
        return NONE;
    }
}
