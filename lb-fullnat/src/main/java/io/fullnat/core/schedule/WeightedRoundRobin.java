// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.schedule;

import io.fullnat.api.service.ConnectionRequest;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.Scheduler;
import io.fullnat.api.service.SchedulerContext;
import io.fullnat.api.service.ServerLoads;
import java.util.List;

/// `wrr`: each server gets its weight's share, evenly interleaved ([WeightedTurns]). Every run of
/// (sum of weights / greatest common divisor) connections has the exact shares, and of any number
/// of connections from the first on each server has less than one too many or too few.
///
/// A server that is found not to be usable leaves the round, and a few of those that have left are
/// looked at for each connection, so that one that is usable again comes back.
final class WeightedRoundRobin implements Scheduler {
    /// Servers outside the round that are looked at for each connection.
    private static final int LOOKS = 8;

    /// Workers begin at different places of so many first turns.
    private static final int FIRST_TURNS = 1024;

    private final int[] weights;
    private final GrowingShares shares;
    private final WeightedTurns turns;

    WeightedRoundRobin(List<RealServer> servers, SchedulerContext context) {
        weights = servers.stream().mapToInt(RealServer::weight).toArray();
        shares = new GrowingShares(weights.length);
        turns = new WeightedTurns(weights);
        long round = turns.round();
        long skipped = Math.floorMod(context.seed(), Math.clamp(round, 1, FIRST_TURNS));
        for (long i = 0; i < skipped; i++) {
            turns.take();
        }
    }

    @Override
    public int select(ConnectionRequest request, ServerLoads loads) {
        if (loads.sharesDiffer()) {
            return shares.select(loads, weights);
        }
        for (int i = Math.min(LOOKS, turns.parked()); i > 0; i--) {
            look(loads);
        }
        int server = next(loads);
        if (server == NONE) {
            for (int i = turns.parked(); i > 0; i--) {
                look(loads);
            }
            server = next(loads);
        }
        return server;
    }

    private void look(ServerLoads loads) {
        int server = turns.nextParked();
        if (loads.isUsable(server)) {
            turns.comeBack();
        } else {
            turns.stayAway();
        }
    }

    private int next(ServerLoads loads) {
        int server = turns.next();
        while (server != NONE && !loads.isUsable(server)) {
            turns.park();
            server = turns.next();
        }
        return server == NONE ? NONE : turns.take();
    }

    /// The round goes on.
    @Override
    public void resume(Scheduler previous, int[] origins) {
        WeightedRoundRobin before = (WeightedRoundRobin) previous;
        shares.resume(before.shares, origins);
        turns.resume(before.turns, origins);
    }
}
