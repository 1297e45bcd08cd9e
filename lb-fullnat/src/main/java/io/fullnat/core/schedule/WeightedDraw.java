// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.schedule;

import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.Scheduler;
import io.fullnat.api.service.ServerLoads;
import java.util.List;
import java.util.SplittableRandom;

/// Draws usable servers at random, each with the chance of its share of its weight. For one thread.
final class WeightedDraw {
    /// Draws before all servers are looked at: few are usable then, or their shares are small.
    private static final int TRIES = 8;

    private final long[] sums;
    private final int[] weights;
    private final SplittableRandom random;

    WeightedDraw(List<RealServer> servers, long seed) {
        weights = servers.stream().mapToInt(RealServer::weight).toArray();
        sums = new long[weights.length];
        long sum = 0;
        for (int i = 0; i < weights.length; i++) {
            sum += weights[i];
            sums[i] = sum;
        }
        random = new SplittableRandom(seed);
    }

    int weight(int server) {
        return weights[server];
    }

    /// Draws one.
    ///
    /// @return its index, or [Scheduler#NONE]
    int draw(ServerLoads loads) {
        int count = sums.length;
        if (count == 0 || sums[count - 1] == 0) {
            return Scheduler.NONE;
        }
        boolean differ = loads.sharesDiffer();
        for (int i = 0; i < TRIES; i++) {
            int server = at(random.nextLong(sums[count - 1]));
            if (loads.isUsable(server)
                    && (!differ || random.nextInt(ServerLoads.WHOLE_SHARE) < loads.share(server))) {
                return server;
            }
        }
        return drawOfAll(loads);
    }

    /// The server within whose weight a number falls.
    private int at(long number) {
        int low = 0;
        int high = sums.length - 1;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (sums[middle] > number) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        return low;
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
