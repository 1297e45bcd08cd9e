// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.health;

import io.fullnat.api.health.HealthPolicy;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Which of a service's servers that are not alive are used all the same. It follows from how they
/// are now, and since when, not from what was decided before.
///
/// Those that have been dead for longest are ejected first, one after the other while (ejected + 1)
/// / servers is within the limit; servers of weight 0 count neither way. If nobody is left and the
/// last one is to be kept, that is the one that went down last.
final class Ejection {
    private Ejection() {}

    /// Decides.
    ///
    /// @return the servers that are used though they are not alive, each with the reason
    static Map<ServerMonitor, String> kept(List<ServerMonitor> servers, HealthPolicy policy) {
        int count = 0;
        boolean someAlive = false;
        List<ServerMonitor> dead = new ArrayList<>();
        for (ServerMonitor each : servers) {
            if (each.weight() > 0) {
                count++;
                someAlive |= each.isAlive();
                if (!each.isAlive()) {
                    dead.add(each);
                }
            }
        }
        if (dead.isEmpty()) {
            return Map.of();
        }
        dead.sort(Comparator.comparing(ServerMonitor::deadSinceNs, (a, b) -> Long.signum(a - b)));
        int limit = (int) ((long) count * policy.maxEjected() / 100);
        Map<ServerMonitor, String> kept = new HashMap<>();
        for (ServerMonitor each : dead.subList(Math.min(limit, dead.size()), dead.size())) {
            kept.put(each, "; kept, as max-ejected " + policy.maxEjected() + " % is reached");
        }
        if (!someAlive && kept.isEmpty() && policy.lastServer() == HealthPolicy.LastServer.KEEP) {
            dead.reversed().stream()
                    .filter(ServerMonitor::wasEverAlive)
                    .findFirst()
                    .ifPresent(last -> kept.put(last, "; kept, as nobody else is up"));
        }
        return Map.copyOf(kept);
    }
}
