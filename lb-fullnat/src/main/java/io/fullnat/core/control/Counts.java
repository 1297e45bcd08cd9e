package io.fullnat.core.control;

import io.fullnat.api.io.Memory;
import io.fullnat.api.service.PortUsage;
import io.fullnat.api.service.TrafficCounts;
import io.fullnat.api.service.TrafficRates;
import io.fullnat.core.service.TrafficTable;
import io.fullnat.core.snat.PortPartition;
import io.fullnat.core.worker.WorkerSet;
import java.util.concurrent.atomic.AtomicReferenceArray;

/// What all workers counted for a slot, summed up. Workers only ever add; a count is zeroed by
/// remembering what it was, and a rate is the difference of two readings.
///
/// Read by any thread; written, but for the workers' own counting, by the control thread.
final class Counts {
    private final WorkerSet workers;
    private final AtomicReferenceArray<TrafficCounts> zeroes =
            new AtomicReferenceArray<>(WorkerSet.MAX_SERVERS);
    private final AtomicReferenceArray<TrafficRates> rates =
            new AtomicReferenceArray<>(WorkerSet.MAX_SERVERS);
    private final AtomicReferenceArray<Long> zeroMisses =
            new AtomicReferenceArray<>(WorkerSet.MAX_LOCALS);

    Counts(WorkerSet workers) {
        this.workers = workers;
    }

    long active(int server) {
        return sumServer(server, TrafficTable.ACTIVE);
    }

    long inactive(int server) {
        return sumServer(server, TrafficTable.INACTIVE);
    }

    private long sumServer(int slot, int field) {
        long sum = 0;
        for (int worker = 0; worker < workers.size(); worker++) {
            sum += Memory.getLong(workers.traffic(worker).server(slot) + field);
        }
        return sum;
    }

    /// Since the server was added.
    TrafficCounts allTraffic(int server) {
        TrafficCounts sum = TrafficCounts.ZERO;
        for (int worker = 0; worker < workers.size(); worker++) {
            sum = sum.plus(workers.traffic(worker).traffic(server));
        }
        return sum;
    }

    /// Since the server was added or its counts were zeroed.
    TrafficCounts traffic(int server) {
        TrafficCounts all = allTraffic(server);
        TrafficCounts zero = zeroes.get(server);
        return zero == null ? all : all.minus(zero);
    }

    TrafficRates rates(int server) {
        TrafficRates known = rates.get(server);
        return known == null ? TrafficRates.ZERO : known;
    }

    /// Whether rates of the server that has the slot now are known.
    boolean isMeasured(int server) {
        return rates.get(server) != null;
    }

    void rates(int server, TrafficRates measured) {
        rates.set(server, measured);
    }

    void zeroServer(int server) {
        zeroes.set(server, allTraffic(server));
    }

    void zeroLocal(int local) {
        zeroMisses.set(local, sumLocal(local, TrafficTable.LOCAL_MISSES));
    }

    void forgetServer(int server) {
        zeroes.set(server, null);
        rates.set(server, null);
    }

    void forgetLocal(int local) {
        zeroMisses.set(local, null);
    }

    long localConnections(int local) {
        return sumLocal(local, TrafficTable.LOCAL_CONNECTIONS);
    }

    private long sumLocal(int slot, int field) {
        long sum = 0;
        for (int worker = 0; worker < workers.size(); worker++) {
            sum += Memory.getLong(workers.traffic(worker).local(slot) + field);
        }
        return sum;
    }

    /// How far the ports of a local address of a service are used up.
    ///
    /// @param local its slot
    /// @param servers how many real servers new connections can go to
    PortUsage ports(int local, int servers) {
        Long zero = zeroMisses.get(local);
        return new PortUsage(
                localConnections(local),
                (long) servers * (PortPartition.LAST - PortPartition.FIRST + 1),
                sumLocal(local, TrafficTable.LOCAL_HIGH_WATER),
                fullestPercent(local),
                sumLocal(local, TrafficTable.LOCAL_MISSES) - (zero == null ? 0 : zero));
    }

    /// How full the fullest lane has been, of the ports that its worker has.
    int fullestPercent(int local) {
        long fullest = 0;
        for (int worker = 0; worker < workers.size(); worker++) {
            long line = workers.traffic(worker).local(local);
            long ports = workers.returnPaths().share(worker).count();
            fullest =
                    Math.max(
                            fullest,
                            Memory.getLong(line + TrafficTable.LOCAL_FULLEST) * 100 / ports);
        }
        return (int) fullest;
    }
}
