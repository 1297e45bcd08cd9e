// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.schedule;

import io.fullnat.api.service.ConnectionRequest;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.Scheduler;
import io.fullnat.api.service.SchedulerContext;
import io.fullnat.api.service.ServerLoads;
import java.util.Arrays;
import java.util.List;

/// `rr`: one usable server after the other. Each worker starts at another one, so that few
/// connections over many workers do not all go to the first.
final class RoundRobin implements Scheduler {
    private final int count;
    private final int[] equal;
    private final GrowingShares shares;
    private int last;

    RoundRobin(List<RealServer> servers, SchedulerContext context) {
        count = servers.size();
        equal = new int[count];
        Arrays.fill(equal, 1);
        shares = new GrowingShares(count);
        last = count == 0 ? 0 : (int) Math.floorMod(context.seed(), (long) count) - 1;
    }

    @Override
    public int select(ConnectionRequest request, ServerLoads loads) {
        if (loads.sharesDiffer()) {
            return shares.select(loads, equal);
        }
        for (int i = 0; i < count; i++) {
            last = last + 1 == count ? 0 : last + 1;
            if (loads.isUsable(last)) {
                return last;
            }
        }
        return NONE;
    }

    @Override
    public void resume(Scheduler previous, int[] origins) {
        RoundRobin before = (RoundRobin) previous;
        last = Origins.place(before.last, origins);
        shares.resume(before.shares, origins);
    }
}
