// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.control;

import io.fullnat.api.IpAddress;
import io.fullnat.api.MacAddress;
import io.fullnat.api.control.BalancerEvent;
import io.fullnat.api.control.Condition;
import io.fullnat.api.counter.Counter;
import io.fullnat.api.counter.Outcome;
import io.fullnat.core.stack.NeighbourNews;
import io.fullnat.core.stack.NeighbourObserver;
import io.fullnat.core.worker.WorkerSet;
import java.util.Comparator;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Tells what workers hear of neighbours: who has moved, who is claimed by two stations, which own
/// address another station has, and when a table of neighbours is full.
final class NeighbourWatch implements Watch {
    /// Moves that are logged one by one in each look; of more, only how many.
    private static final int LOGGED = 16;

    private static final Logger LOG = LoggerFactory.getLogger(NeighbourWatch.class);

    private final WorkerSet workers;
    private final Conditions conditions;
    private final DeviceNames devices;
    private final Consumer<BalancerEvent> events;
    private final long[] evicted;
    private final long[] refused;
    private int moves;

    NeighbourWatch(
            WorkerSet workers,
            Conditions conditions,
            DeviceNames devices,
            Consumer<BalancerEvent> events) {
        this.workers = workers;
        this.conditions = conditions;
        this.devices = devices;
        this.events = events;
        evicted = new long[workers.size()];
        refused = new long[workers.size()];
    }

    @Override
    public void poll(long nowNs) {
        moves = 0;
        for (int worker = 0; worker < evicted.length; worker++) {
            workers.workers()
                    .get(worker)
                    .news()
                    .read((what, device, high, low, before, now) ->
                            hear(what, device, IpAddress.of(high, low), before, now, nowNs));
            lookAtRoom(worker, nowNs);
        }
        if (moves > LOGGED) {
            LOG.info("{} more neighbours moved in the last second", moves - LOGGED);
        }
    }

    private void hear(int what, int device, IpAddress who, long before, long now, long nowNs) {
        String where = devices.all().get(device).name();
        MacAddress old = new MacAddress(before);
        MacAddress other = new MacAddress(now);
        switch (what) {
            case NeighbourNews.MOVED -> {
                if (++moves <= LOGGED) {
                    LOG.info("neighbour {} on {} moved from {} to {}", who, where, old, other);
                }
                events.accept(new BalancerEvent.NeighbourMoved(who, where, old, other));
            }
            case NeighbourNews.MOVE_REFUSED ->
                    conditions.present(
                            Condition.NEIGHBOUR_CONFLICT,
                            who + " on " + where,
                            other + " claims it, and " + old + " still answers for it",
                            nowNs);
            default ->
                    conditions.present(
                            Condition.ADDRESS_CONFLICT,
                            who + " on " + where,
                            other + " has it too; ours is " + old,
                            nowNs);
        }
    }

    private void lookAtRoom(int worker, long nowNs) {
        long evictedNow = workers.counters(worker).get(Counter.NEIGHBOURS_EVICTED);
        long refusedNow = workers.counters(worker).get(Outcome.NEIGHBOUR_TABLE_FULL);
        if (evictedNow != evicted[worker] || refusedNow != refused[worker]) {
            conditions.present(
                    Condition.NEIGHBOURS_FULL,
                    "worker " + worker,
                    workers.counters(worker).get(Counter.NEIGHBOURS)
                            + " neighbours, most of them on "
                            + crowdedDevice(worker)
                            + "; in the last second "
                            + (evictedNow - evicted[worker])
                            + " gave way and "
                            + (refusedNow - refused[worker])
                            + " packets were dropped",
                    nowNs);
        }
        evicted[worker] = evictedNow;
        refused[worker] = refusedNow;
    }

    private String crowdedDevice(int worker) {
        NeighbourObserver observer =
                new NeighbourObserver(workers.workers().get(worker).neighbours());
        Map<Integer, Integer> count = new TreeMap<>();
        for (int index = 0; index < observer.end(); index++) {
            if (observer.read(index)) {
                count.merge(observer.device(), 1, Integer::sum);
            }
        }
        return count.entrySet().stream()
                .max(Comparator.comparingInt(Map.Entry::getValue))
                .map(most -> devices.all().get(most.getKey()).name())
                .orElse("no device");
    }
}
