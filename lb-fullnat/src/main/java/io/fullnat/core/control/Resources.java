package io.fullnat.core.control;

import io.fullnat.api.Endpoint;
import io.fullnat.api.IpAddress;
import io.fullnat.api.Protocol;
import io.fullnat.api.io.Memory;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.TrafficCounts;
import io.fullnat.core.memory.Region;
import io.fullnat.core.service.TrafficTable;
import io.fullnat.core.snat.PortLane;
import io.fullnat.core.worker.WorkerSet;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.function.IntFunction;
import java.util.function.Predicate;

/// What services share on the workers and connections outlive them with: counter slots of real
/// servers and local addresses, and port lanes. Owned by the control thread.
final class Resources {
    private static final int MAX_LANES = 1 << 22;

    /// A real server of a service.
    record ServerName(ServiceKey service, Endpoint endpoint) {}

    /// The way from a local address to a real server.
    record LaneName(Protocol protocol, IpAddress local, Endpoint server) {}

    private final WorkerSet workers;
    private final Slots<ServerName> servers = new Slots<>("real server", WorkerSet.MAX_SERVERS);
    private final Slots<IpAddress> locals = new Slots<>("local address", WorkerSet.MAX_LOCALS);
    private final Slots<LaneName> lanes = new Slots<>("port lane", MAX_LANES);
    private final PortLane[][] lanesByWorker;
    private final Map<ServiceKey, TrafficCounts> retired = new HashMap<>();

    Resources(WorkerSet workers) {
        this.workers = workers;
        lanesByWorker = new PortLane[workers.size()][0];
    }

    Slots<ServerName> servers() {
        return servers;
    }

    Slots<IpAddress> locals() {
        return locals;
    }

    Slots<LaneName> lanes() {
        return lanes;
    }

    /// The lane of a number on a worker, made if it is new. The arrays are replaced, never changed
    /// where a worker could see it.
    PortLane lane(int worker, int id) {
        PortLane[] known = lanesByWorker[worker];
        if (id >= known.length) {
            int from = known.length;
            known = Arrays.copyOf(known, Math.max(64, Math.max(id + 1, 2 * from)));
            for (int i = from; i < known.length; i++) {
                known[i] = new PortLane();
            }
            lanesByWorker[worker] = known;
        }
        return known[id];
    }

    PortLane[] lanes(int worker) {
        return lanesByWorker[worker];
    }

    long active(int serverSlot) {
        return sumServer(serverSlot, TrafficTable.ACTIVE);
    }

    long inactive(int serverSlot) {
        return sumServer(serverSlot, TrafficTable.INACTIVE);
    }

    private long sumServer(int slot, int field) {
        long sum = 0;
        for (int worker = 0; worker < workers.size(); worker++) {
            sum += Memory.getLong(workers.traffic(worker).server(slot) + field);
        }
        return sum;
    }

    long localConnections(int localSlot) {
        return sumLocal(localSlot, TrafficTable.LOCAL_CONNECTIONS);
    }

    long localMisses(int localSlot) {
        return sumLocal(localSlot, TrafficTable.LOCAL_MISSES);
    }

    private long sumLocal(int slot, int field) {
        long sum = 0;
        for (int worker = 0; worker < workers.size(); worker++) {
            sum += Memory.getLong(workers.traffic(worker).local(slot) + field);
        }
        return sum;
    }

    TrafficCounts traffic(int serverSlot) {
        TrafficCounts sum = TrafficCounts.ZERO;
        for (int worker = 0; worker < workers.size(); worker++) {
            sum = sum.plus(workers.traffic(worker).traffic(serverSlot));
        }
        return sum;
    }

    /// What the servers of a service that it no longer has counted.
    TrafficCounts retiredTraffic(ServiceKey key) {
        return retired.getOrDefault(key, TrafficCounts.ZERO);
    }

    /// The service is gone: one of the same name begins at zero.
    void forgetTraffic(ServiceKey key) {
        retired.remove(key);
    }

    boolean hasLeftOvers() {
        return servers.hasLeftOvers() || locals.hasLeftOvers() || lanes.hasLeftOvers();
    }

    /// Frees what neither services nor connections use any more. Workers have taken over a state
    /// without it, so no new connection can use it, and a count of zero stays zero.
    ///
    /// @param isThere whether there is such a service, whose total is to include its former servers
    void reclaim(Predicate<ServiceKey> isThere) {
        servers.reclaim(
                slot -> active(slot) + inactive(slot) == 0,
                (name, slot) -> {
                    if (isThere.test(name.service())) {
                        retired.merge(name.service(), traffic(slot), TrafficCounts::plus);
                    }
                    clear(workers::traffic, slot, true);
                });
        lanes.reclaim(this::isLaneIdle, (name, id) -> {});
        locals.reclaim(
                slot -> localConnections(slot) == 0,
                (name, slot) -> clear(workers::traffic, slot, false));
    }

    private boolean isLaneIdle(int id) {
        for (PortLane[] known : lanesByWorker) {
            if (id < known.length && known[id].used() != 0) {
                return false;
            }
        }
        return true;
    }

    private void clear(IntFunction<TrafficTable> tables, int slot, boolean server) {
        for (int worker = 0; worker < workers.size(); worker++) {
            TrafficTable table = tables.apply(worker);
            Memory.zero(server ? table.server(slot) : table.local(slot), Region.CACHE_LINE);
        }
    }
}
