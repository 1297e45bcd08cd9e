// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.control;

import io.fullnat.api.IpAddress;
import io.fullnat.api.control.Condition;
import io.fullnat.api.service.PortUsage;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/// Tells when the ports of a local address towards one real server are nearly used up, from
/// [PortUsage#WARNING_PERCENT] until they are in use to less than [#CALM_PERCENT]; and when
/// connections found none free.
final class PortWatch implements Watch {
    /// Fill of a pair below which it is no longer nearly used up.
    static final int CALM_PERCENT = 70;

    private final Resources resources;
    private final Conditions conditions;
    private Set<Resources.AllocatorName> nearlyFull = Set.of();
    private Map<IpAddress, Pressure> pressures = Map.of();

    /// Connections that found no free port at a local address, in all.
    private record Pressure(long refused, long gaveWay) {
        Pressure plus(long moreRefused, long moreGaveWay) {
            return new Pressure(refused + moreRefused, gaveWay + moreGaveWay);
        }
    }

    /// How full a pair is.
    private record Fill(Resources.AllocatorName pair, int percent) {}

    PortWatch(Resources resources, Conditions conditions) {
        this.resources = resources;
        this.conditions = conditions;
    }

    @Override
    public void poll(long nowNs) {
        Set<Resources.AllocatorName> full = new HashSet<>();
        fullest(full)
                .forEach((address, fill) ->
                        conditions.present(
                                Condition.PORTS_NEARLY_EXHAUSTED,
                                address.toString(),
                                fill.percent
                                        + " % of its ports towards "
                                        + fill.pair.server()
                                        + " ("
                                        + fill.pair.protocol()
                                        + ") are in use",
                                nowNs));
        nearlyFull = full;
        resources.counts().nearlyExhausted(services(full));
        tellExhausted(nowNs);
    }

    /// By local address, of those where a pair is nearly full.
    private Map<IpAddress, Fill> fullest(Set<Resources.AllocatorName> full) {
        Map<IpAddress, Fill> fullest = new HashMap<>();
        Set<IpAddress> busy = busy();
        if (!busy.isEmpty()) {
            resources
                    .allocators()
                    .forEach((name, id) -> {
                        if (!busy.contains(name.local())) {
                            return;
                        }
                        int percent = resources.lanePercent(id);
                        int limit =
                                nearlyFull.contains(name)
                                        ? CALM_PERCENT
                                        : PortUsage.WARNING_PERCENT;
                        if (percent >= limit) {
                            full.add(name);
                            fullest.merge(
                                    name.local(),
                                    new Fill(name, percent),
                                    (one, other) -> one.percent >= other.percent ? one : other);
                        }
                    });
        }
        return fullest;
    }

    /// The local addresses with so many connections on a worker that a pair of theirs could be
    /// nearly full: which spares the others a look at all their pairs.
    private Set<IpAddress> busy() {
        Counts counts = resources.counts();
        Set<IpAddress> busy = new HashSet<>();
        for (int worker = 0; worker < counts.all().end(); worker++) {
            WorkerChoice one = counts.one(worker);
            long limit = counts.portsOf(one) * CALM_PERCENT / 100;
            Map<IpAddress, Long> connections = new HashMap<>();
            resources
                    .locals()
                    .forEach((name, slot) -> {
                        long all =
                                connections.merge(
                                        name.address(),
                                        counts.localConnections(slot, one),
                                        Long::sum);
                        if (all >= limit) {
                            busy.add(name.address());
                        }
                    });
        }
        return busy;
    }

    /// The local addresses of services that use one of these pairs, by slot.
    private BitSet services(Set<Resources.AllocatorName> full) {
        BitSet slots = new BitSet();
        if (!full.isEmpty()) {
            resources
                    .locals()
                    .forEach((name, slot) -> {
                        for (Resources.AllocatorName pair : full) {
                            if (pair.local().equals(name.address())
                                    && pair.protocol() == name.service().protocol()
                                    && resources.hasServer(name.service(), pair.server())) {
                                slots.set(slot);
                            }
                        }
                    });
        }
        return slots;
    }

    private void tellExhausted(long nowNs) {
        Counts counts = resources.counts();
        Map<IpAddress, Pressure> now = new HashMap<>();
        resources
                .locals()
                .forEach((name, slot) ->
                        now.merge(
                                name.address(),
                                new Pressure(counts.refused(slot), counts.gaveWay(slot)),
                                (one, other) -> one.plus(other.refused, other.gaveWay)));
        now.forEach((address, pressure) -> {
            Pressure before = pressures.getOrDefault(address, new Pressure(0, 0));
            long refused = pressure.refused - before.refused;
            long gaveWay = pressure.gaveWay - before.gaveWay;
            if (refused > 0 || gaveWay > 0) {
                conditions.present(
                        Condition.PORTS_EXHAUSTED,
                        address.toString(),
                        "in the last second "
                                + Math.max(0, refused)
                                + " connections found no port, and "
                                + Math.max(0, gaveWay)
                                + " took that of one that was half-open or over",
                        nowNs);
            }
        });
        pressures = now;
    }
}
