// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.schedule;

import io.fullnat.api.service.ConnectionRequest;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.Scheduler;
import io.fullnat.api.service.SchedulerContext;
import io.fullnat.api.service.ServerLoads;
import java.util.List;

/// `wrr`: each server gets its weight's share, interleaved. The classic LVS walk: a level goes down
/// from the largest weight in steps of the greatest common divisor; in each round the servers whose
/// weight reaches the level get one connection.
///
/// Every run of (sum of weights / divisor) connections has the exact shares. A pick walks at most
/// over all servers once for each level; with weights like 65535 and 1 that is long, so the walk
/// skips levels that no server reaches.
final class WeightedRoundRobin implements Scheduler {
    private final int[] weights;
    private final GrowingShares shares;
    private final int maxWeight;
    private final int step;
    private int position = -1;
    private int level;

    /// The step of this round: smaller than [#step] if other weights were in force when it began.
    private int stride;

    WeightedRoundRobin(List<RealServer> servers, SchedulerContext context) {
        weights = servers.stream().mapToInt(RealServer::weight).toArray();
        shares = new GrowingShares(weights.length);
        int divisor = 0;
        int max = 0;
        for (int weight : weights) {
            divisor = gcd(weight, divisor);
            max = Math.max(max, weight);
        }
        step = divisor;
        stride = divisor;
        maxWeight = max;
        if (max > 0) {
            level = max;
            position = (int) Math.floorMod(context.seed(), (long) weights.length) - 1;
        }
    }

    private static int gcd(int a, int b) {
        return b == 0 ? a : gcd(b, a % b);
    }

    @Override
    public int select(ConnectionRequest request, ServerLoads loads) {
        if (maxWeight == 0) {
            return NONE;
        }
        if (loads.sharesDiffer()) {
            return shares.select(loads, weights);
        }
        int highest = 0;
        // Two turns: the first may start in the middle of a level.
        for (int i = 0; i < 2 * weights.length; i++) {
            position++;
            if (position == weights.length) {
                position = 0;
                descend();
            }
            if (loads.isUsable(position)) {
                highest = Math.max(highest, weights[position]);
                if (weights[position] >= level) {
                    return position;
                }
            }
        }
        return highest == 0 ? NONE : fromLevel(highest, loads);
    }

    private void descend() {
        if (level > stride) {
            level -= stride;
        } else {
            level = maxWeight;
            stride = step;
        }
    }

    /// No usable server reaches the level: goes on with the first that has the highest weight.
    private int fromLevel(int highest, ServerLoads loads) {
        level = highest;
        for (int server = 0; server < weights.length; server++) {
            if (weights[server] >= highest && loads.isUsable(server)) {
                position = server;
                return server;
            }
        }
        return NONE;
    }

    /// The round goes on at its level. It keeps to steps that divide those of both states: the
    /// level is no multiple of a larger one, and if the step changed with each edit, the walk would
    /// pass fast over some weights and slowly over others.
    @Override
    public void resume(Scheduler previous, int[] origins) {
        WeightedRoundRobin before = (WeightedRoundRobin) previous;
        shares.resume(before.shares, origins);
        if (before.maxWeight > 0 && maxWeight > 0) {
            position = Origins.place(before.position, origins);
            level = Math.min(before.level, maxWeight);
            stride = gcd(step, before.stride);
        }
    }
}
