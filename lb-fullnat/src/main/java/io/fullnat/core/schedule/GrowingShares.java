// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.schedule;

import io.fullnat.api.service.Scheduler;
import io.fullnat.api.service.ServerLoads;

/// Chooses a server while the shares of some grow: each gets what its share of its weight is of
/// all, interleaved (smooth weighted round robin: the server with the highest credit is chosen and
/// pays what all have earned). The cost is that of looking at all servers, as long as a slow start
/// lasts.
final class GrowingShares {
    private final long[] credits;

    GrowingShares(int servers) {
        credits = new long[servers];
    }

    /// Chooses a server.
    ///
    /// @param weights by server
    /// @return its index, or [Scheduler#NONE]
    int select(ServerLoads loads, int[] weights) {
        int best = Scheduler.NONE;
        long all = 0;
        for (int server = 0; server < credits.length; server++) {
            if (!loads.isUsable(server)) {
                credits[server] = 0;
                continue;
            }
            long earned = (long) weights[server] * loads.share(server);
            credits[server] += earned;
            all += earned;
            if (best == Scheduler.NONE || credits[server] > credits[best]) {
                best = server;
            }
        }
        if (best != Scheduler.NONE) {
            credits[best] -= all;
        }
        return best;
    }

    /// Goes on with the credits that servers had.
    void resume(GrowingShares previous, int[] origins) {
        for (int server = 0; server < credits.length; server++) {
            credits[server] = origins[server] < 0 ? 0 : previous.credits[origins[server]];
        }
    }
}
