// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.control;

import io.fullnat.api.io.Memory;
import io.fullnat.api.service.PortUsage;
import io.fullnat.api.service.TrafficCounts;
import io.fullnat.api.service.TrafficRates;
import io.fullnat.core.localport.PortPartition;
import io.fullnat.core.open.FlowContext;
import io.fullnat.core.service.TrafficTable;
import io.fullnat.core.worker.WorkerSet;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.stream.IntStream;

/// What the workers counted for a slot, summed up over all of them or of one. Workers only ever
/// add; a count is zeroed by remembering what it was, and a rate is the difference of two readings.
///
/// Read by any thread; written, but for the workers' own counting, by the control thread.
final class Counts {
    private final WorkerSet workers;
    private final WorkerChoice all;
    private final HandshakeMeter handshakes;
    private final RefusalCounts refusals;
    private final AtomicReferenceArray<TrafficByWorker> zeroes =
            new AtomicReferenceArray<>(WorkerSet.MAX_SERVERS);
    private final AtomicReferenceArray<RatesByWorker> rates =
            new AtomicReferenceArray<>(WorkerSet.MAX_SERVERS);
    private final AtomicReferenceArray<List<Long>> zeroMisses =
            new AtomicReferenceArray<>(WorkerSet.MAX_LOCALS);

    /// By slot of the local address; replaced, never changed.
    private volatile BitSet nearlyExhausted = new BitSet();

    Counts(WorkerSet workers) {
        this.workers = workers;
        handshakes = new HandshakeMeter(workers);
        refusals = new RefusalCounts(workers, FlowContext.MAX_SERVICES);
        all = WorkerChoice.all(workers.size());
    }

    /// All workers.
    WorkerChoice all() {
        return all;
    }

    /// One worker.
    ///
    /// @throws io.fullnat.api.BalancerException if there is none of this number
    WorkerChoice one(int worker) {
        return WorkerChoice.one(worker, workers.size());
    }

    long active(int server, WorkerChoice choice) {
        return sumServer(server, TrafficTable.ACTIVE, choice);
    }

    long inactive(int server, WorkerChoice choice) {
        return sumServer(server, TrafficTable.INACTIVE, choice);
    }

    /// Whether no worker has a connection of a server. Active and inactive ones, which are read one
    /// after the other, could miss one that becomes the other meanwhile.
    boolean isIdle(int server) {
        for (int worker = 0; worker < workers.size(); worker++) {
            long line = workers.traffic(worker).server(server);
            if (TrafficTable.live(line + TrafficTable.LIVE) != 0) {
                return false;
            }
        }
        return true;
    }

    private long sumServer(int slot, int field, WorkerChoice choice) {
        long sum = 0;
        for (int worker = choice.first(); worker < choice.end(); worker++) {
            sum += Memory.getLongAcquire(workers.traffic(worker).server(slot) + field);
        }
        return sum;
    }

    /// Since the server was added.
    TrafficByWorker allTraffic(int server) {
        List<TrafficCounts> counts = new ArrayList<>(workers.size());
        for (int worker = 0; worker < workers.size(); worker++) {
            counts.add(workers.traffic(worker).traffic(server));
        }
        return new TrafficByWorker(counts);
    }

    /// Since the server was added or its counts were zeroed.
    TrafficByWorker traffic(int server) {
        TrafficByWorker zero = zeroes.get(server); // before what may only be more
        TrafficByWorker everything = allTraffic(server);
        return zero == null ? everything : everything.minus(zero);
    }

    /// The same, added up.
    TrafficCounts traffic(int server, WorkerChoice choice) {
        TrafficByWorker zero = zeroes.get(server); // before what may only be more
        long connections = 0;
        long inPackets = 0;
        long inBytes = 0;
        long outPackets = 0;
        long outBytes = 0;
        for (int worker = choice.first(); worker < choice.end(); worker++) {
            long line = workers.traffic(worker).server(server);
            long out = line + TrafficTable.DIRECTION_STEP;
            connections += Memory.getLongAcquire(line + TrafficTable.CONNECTIONS);
            inPackets += Memory.getLongAcquire(line + TrafficTable.IN_PACKETS);
            inBytes += Memory.getLongAcquire(line + TrafficTable.IN_BYTES);
            outPackets += Memory.getLongAcquire(out + TrafficTable.IN_PACKETS);
            outBytes += Memory.getLongAcquire(out + TrafficTable.IN_BYTES);
        }
        if ((connections | inPackets | outPackets) == 0) {
            return TrafficCounts.ZERO;
        }
        TrafficCounts everything =
                new TrafficCounts(connections, inPackets, inBytes, outPackets, outBytes);
        return zero == null ? everything : everything.minus(zero.sum(choice));
    }

    /// What the server had counted when its counts were zeroed.
    TrafficCounts zeroed(int server) {
        TrafficByWorker zero = zeroes.get(server);
        return zero == null ? TrafficCounts.ZERO : zero.sum(all);
    }

    TrafficRates rates(int server, WorkerChoice choice) {
        RatesByWorker known = rates.get(server);
        return known == null ? TrafficRates.ZERO : known.of(choice);
    }

    /// How long handshakes with servers take.
    HandshakeMeter handshakes() {
        return handshakes;
    }

    /// What services have refused, by slot of the service.
    RefusalCounts refusals() {
        return refusals;
    }

    /// Whether rates of the server that has the slot now are known.
    boolean isMeasured(int server) {
        return rates.get(server) != null;
    }

    void rates(int server, RatesByWorker measured) {
        rates.set(server, measured);
    }

    void zeroServer(int server) {
        zeroes.set(server, allTraffic(server));
        handshakes.zero(server);
    }

    void zeroLocal(int local) {
        zeroMisses.set(
                local,
                IntStream.range(0, workers.size())
                        .mapToObj(worker -> localField(worker, local, TrafficTable.LOCAL_MISSES))
                        .toList());
    }

    void forgetServer(int server) {
        zeroes.set(server, null);
        rates.set(server, null);
        handshakes.forget(server);
    }

    void forgetLocal(int local) {
        zeroMisses.set(local, null);
    }

    long localConnections(int local, WorkerChoice choice) {
        return sumLocal(local, TrafficTable.LOCAL_CONNECTIONS, choice);
    }

    private long sumLocal(int slot, int field, WorkerChoice choice) {
        long sum = 0;
        for (int worker = choice.first(); worker < choice.end(); worker++) {
            sum += localField(worker, slot, field);
        }
        return sum;
    }

    private long localField(int worker, int slot, int field) {
        return Memory.getLongAcquire(workers.traffic(worker).local(slot) + field);
    }

    /// How far the ports of a local address of a service are used up.
    ///
    /// @param local its slot
    /// @param servers how many real servers new connections can go to; where there is none, the
    ///   ports towards one are counted, as an address without a server is not used up
    /// @param choice by whom
    PortUsage ports(int local, int servers, WorkerChoice choice) {
        return new PortUsage(
                localConnections(local, choice),
                Math.max(1, servers) * portsOf(choice),
                sumLocal(local, TrafficTable.LOCAL_HIGH_WATER, choice),
                fullestPercent(local, choice),
                misses(local, choice),
                nearlyExhausted.get(local));
    }

    /// Says which local addresses of services have hardly a port left towards a real server.
    void nearlyExhausted(BitSet locals) {
        nearlyExhausted = locals;
    }

    /// Connections that found no port at a local address, by all workers.
    long refused(int local) {
        return sumLocal(local, TrafficTable.LOCAL_MISSES, all);
    }

    /// Connections that gave their port of a local address to another, by all workers.
    long gaveWay(int local) {
        return sumLocal(local, TrafficTable.LOCAL_GAVE_WAY, all);
    }

    /// How many ports a local address has towards one real server.
    long portsOf(WorkerChoice choice) {
        return choice.total()
                ? PortPartition.LAST - PortPartition.FIRST + 1
                : workers.returnPaths().share(choice.first()).count();
    }

    private long misses(int local, WorkerChoice choice) {
        List<Long> zero = zeroMisses.get(local);
        long misses = sumLocal(local, TrafficTable.LOCAL_MISSES, choice);
        if (zero != null) {
            for (int worker = choice.first(); worker < choice.end(); worker++) {
                misses -= zero.get(worker);
            }
        }
        return misses;
    }

    /// How full the fullest allocator has been, of the ports that its worker has.
    int fullestPercent(int local, WorkerChoice choice) {
        long fullest = 0;
        for (int worker = choice.first(); worker < choice.end(); worker++) {
            long ports = workers.returnPaths().share(worker).count();
            long used = localField(worker, local, TrafficTable.LOCAL_FULLEST);
            fullest = Math.max(fullest, used * 100 / ports);
        }
        return (int) fullest;
    }
}
