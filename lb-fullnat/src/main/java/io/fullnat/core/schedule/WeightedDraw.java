// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.schedule;

import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.Scheduler;
import io.fullnat.api.service.ServerLoads;
import java.util.List;
import java.util.SplittableRandom;

/// Draws usable servers at random, each with the chance of its share of its weight. For one thread.
///
/// By the alias method (Walker 1977, in the form of Vose 1991): each server has a place of the same
/// width, of which it keeps as much as it is worth, and all the rest is one other server's. So a
/// draw looks at one place, however many there are, and a search, whose branches nobody can
/// predict, is not needed.
final class WeightedDraw {
    /// Draws before all servers are looked at: few are usable then, or their shares are small.
    private static final int TRIES = 8;

    private static final double WIDTH = 0x1p63;

    private final int[] weights;
    private final boolean some;

    /// How much of its place a server keeps, of 2^63.
    private final long[] kept;

    /// Whose the rest is.
    private final int[] others;

    private final SplittableRandom random;

    WeightedDraw(List<RealServer> servers, long seed) {
        weights = servers.stream().mapToInt(RealServer::weight).toArray();
        kept = new long[weights.length];
        others = new int[weights.length];
        long sum = 0;
        for (int weight : weights) {
            sum += weight;
        }
        some = sum > 0;
        if (some) {
            share(sum);
        }
        random = new SplittableRandom(seed);
    }

    /// Fills each place that is too wide for its server with a part of one that has more than its
    /// place. What is left at the end is whole, but for what was rounded.
    private void share(long sum) {
        int count = weights.length;
        long[] worth = new long[count];
        int[] order = new int[count];
        int poor = 0;
        int rich = count;
        for (int server = 0; server < count; server++) {
            worth[server] = (long) weights[server] * count;
            if (worth[server] < sum) {
                order[poor++] = server;
            } else {
                order[--rich] = server;
            }
        }
        for (int next = 0; next < poor; next++) {
            int server = order[next];
            int giver = order[rich];
            kept[server] = (long) (worth[server] / (double) sum * WIDTH);
            others[server] = giver;
            worth[giver] -= sum - worth[server];
            if (worth[giver] < sum) {
                order[poor++] = giver;
                rich++;
            }
        }
        for (; rich < count; rich++) {
            kept[order[rich]] = Long.MAX_VALUE;
            others[order[rich]] = order[rich];
        }
    }

    int weight(int server) {
        return weights[server];
    }

    /// Draws one.
    ///
    /// @return its index, or [Scheduler#NONE]
    int draw(ServerLoads loads) {
        if (!some) {
            return Scheduler.NONE;
        }
        boolean differ = loads.sharesDiffer();
        for (int i = 0; i < TRIES; i++) {
            int server = any();
            if (loads.isUsable(server)
                    && (!differ || random.nextInt(ServerLoads.WHOLE_SHARE) < loads.share(server))) {
                return server;
            }
        }
        return drawOfAll(loads);
    }

    /// Places are more than numbers allow to share out evenly by some 2^-48 at most.
    private int any() {
        long number = random.nextLong();
        int place = (int) Math.unsignedMultiplyHigh(number, weights.length);
        long within = (number * weights.length) >>> 1;
        return within < kept[place] ? place : others[place];
    }

    private int drawOfAll(ServerLoads loads) {
        long all = 0;
        for (int server = 0; server < weights.length; server++) {
            all += worth(server, loads);
        }
        if (all == 0) {
            return Scheduler.NONE;
        }
        long left = random.nextLong(all);
        int last = Scheduler.NONE;
        for (int server = 0; server < weights.length; server++) {
            long worth = worth(server, loads);
            if (worth > 0) {
                last = server; // if health changed between the two walks
                if (left < worth) {
                    return server;
                }
                left -= worth;
            }
        }
        return last;
    }

    private long worth(int server, ServerLoads loads) {
        return loads.isUsable(server) ? (long) weights[server] * loads.share(server) : 0;
    }
}
