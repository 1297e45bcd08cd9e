// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.control;

import io.fullnat.api.Endpoint;
import io.fullnat.api.IpAddress;
import io.fullnat.api.Protocol;
import io.fullnat.api.io.Memory;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.core.localport.PortAllocator;
import io.fullnat.core.memory.Region;
import io.fullnat.core.open.FlowContext;
import io.fullnat.core.service.TrafficTable;
import io.fullnat.core.worker.WorkerSet;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// What services share on the workers and connections outlive them with: counter slots of real
/// servers and local addresses, and port allocators. Owned by the control thread.
final class Resources {
    private static final int MAX_LANES = 1 << 22;

    /// Lanes without a service that are kept, so that a local address or a real server that comes
    /// back does not begin with ports that were given a moment ago.
    private static final int KEPT_LANES = 1 << 16;

    /// A server of a service, as which it is another thing than as the other: workers are told each
    /// for itself whether it gets connections.
    ///
    /// @param sorry whether it is the sorry server, not a real one
    record ServerName(ServiceKey service, Endpoint endpoint, boolean sorry) {
        static ServerName real(ServiceKey service, Endpoint endpoint) {
            return new ServerName(service, endpoint, false);
        }

        static ServerName sorry(ServiceKey service, Endpoint endpoint) {
            return new ServerName(service, endpoint, true);
        }

        @Override
        public String toString() {
            return (sorry ? "sorry server " : "") + endpoint + " of " + service;
        }
    }

    /// A local address of a service.
    record LocalName(ServiceKey service, IpAddress address) {
        @Override
        public String toString() {
            return address + " of " + service;
        }
    }

    /// The way from a local address to a real server, or to all ports of one.
    record AllocatorName(Protocol protocol, IpAddress local, Endpoint server) {}

    private final WorkerSet workers;
    private final Counts counts;
    private final Slots<ServiceKey> services = new Slots<>("service", FlowContext.MAX_SERVICES);
    private final Slots<ServerName> servers = new Slots<>("real server", WorkerSet.MAX_SERVERS);
    private final Slots<LocalName> locals = new Slots<>("local address", WorkerSet.MAX_LOCALS);
    private final Slots<AllocatorName> allocators =
            new Slots<>("port allocator", MAX_LANES, KEPT_LANES);
    private final AtomicReferenceArray<@Nullable ServiceKey> names =
            new AtomicReferenceArray<>(FlowContext.MAX_SERVICES);
    private final PortAllocator[][] allocatorsByWorker;
    private Map<ServiceKey, TrafficByWorker> retired = Map.of();

    Resources(WorkerSet workers) {
        this.workers = workers;
        counts = new Counts(workers);
        allocatorsByWorker = new PortAllocator[workers.size()][0];
    }

    Slots<ServiceKey> services() {
        return services;
    }

    /// Refers to a service once more.
    ///
    /// @return its slot
    int acquire(ServiceKey service) {
        boolean isNew = services.find(service) < 0;
        boolean isBack = services.findUnreferenced(service) >= 0;
        int slot = services.acquire(service);
        if (isNew || isBack) {
            counts.refusals().zero(slot);
        }
        if (isNew) {
            workers.limits().begin(slot);
        }
        names.set(slot, service);
        return slot;
    }

    /// The service that has a slot, or had it last. Any thread.
    @Nullable ServiceKey service(int slot) {
        return names.get(slot);
    }

    Slots<ServerName> servers() {
        return servers;
    }

    Slots<LocalName> locals() {
        return locals;
    }

    Slots<AllocatorName> allocators() {
        return allocators;
    }

    WorkerSet workers() {
        return workers;
    }

    Counts counts() {
        return counts;
    }

    /// The allocator of a number on a worker, made if it is new. The arrays are replaced, never
    /// changed where a worker could see it.
    ///
    /// @param whole whether it is of any port of the server
    PortAllocator allocator(int worker, int id, boolean whole) {
        PortAllocator[] known = allocatorsByWorker[worker];
        if (id >= known.length) {
            int from = known.length;
            known = Arrays.copyOf(known, Math.max(64, Math.max(id + 1, 2 * from)));
            for (int i = from; i < known.length; i++) {
                known[i] = new PortAllocator();
            }
            allocatorsByWorker[worker] = known;
        }
        if (known[id].isWhole() != whole) {
            // The number was nobody's, or that of one which is idle: no worker looks at it before
            // it gets the state that has it.
            known[id] = new PortAllocator(whole);
        }
        return known[id];
    }

    PortAllocator[] allocators(int worker) {
        return allocatorsByWorker[worker];
    }

    /// How full an allocator is on the worker where it is fullest.
    int lanePercent(int id) {
        long fullest = 0;
        for (int worker = 0; worker < allocatorsByWorker.length; worker++) {
            PortAllocator[] known = allocatorsByWorker[worker];
            if (id < known.length) {
                long ports = counts.portsOf(counts.one(worker));
                fullest = Math.max(fullest, known[id].used() * 100L / ports);
            }
        }
        return (int) Math.min(100, fullest);
    }

    /// Whether a service has, or had and still uses, a server, real or sorry.
    boolean hasServer(ServiceKey service, Endpoint endpoint) {
        return servers.find(ServerName.real(service, endpoint)) >= 0
                || servers.find(ServerName.sorry(service, endpoint)) >= 0;
    }

    /// What the servers that services no longer have counted for them.
    Map<ServiceKey, TrafficByWorker> retiredTraffic() {
        return retired;
    }

    /// The service is gone, or counts from zero again: what its former servers counted is
    /// forgotten.
    void forgetTraffic(ServiceKey key) {
        if (retired.containsKey(key)) {
            Map<ServiceKey, TrafficByWorker> next = new HashMap<>(retired);
            next.remove(key);
            retired = Map.copyOf(next);
        }
    }

    /// Whether a local address was removed from its service and has connections left.
    boolean isDraining(LocalName name) {
        int slot = locals.findUnreferenced(name);
        return slot >= 0 && counts.localConnections(slot, counts.all()) > 0;
    }

    /// Whether a server was removed from its service and has connections left.
    boolean isDraining(ServerName name) {
        int slot = servers.findUnreferenced(name);
        WorkerChoice all = counts.all();
        return slot >= 0 && counts.active(slot, all) + counts.inactive(slot, all) > 0;
    }

    boolean mayReclaim() {
        return services.mayReclaim()
                || servers.mayReclaim()
                || locals.mayReclaim()
                || allocators.mayReclaim();
    }

    /// Frees what neither services nor connections use any more. Workers have taken over a state
    /// without it, so no new connection can use it, and a count of zero stays zero.
    ///
    /// @param isThere whether there is such a service, whose total is to include its former servers
    void reclaim(Predicate<ServiceKey> isThere) {
        WorkerChoice all = counts.all();
        Map<ServiceKey, TrafficByWorker> next = new HashMap<>(retired);
        servers.reclaim(
                counts::isIdle,
                (name, slot) -> {
                    if (isThere.test(name.service())) {
                        next.merge(name.service(), counts.traffic(slot), TrafficByWorker::plus);
                    }
                    clear(slot, true);
                });
        if (!next.equals(retired)) {
            retired = Map.copyOf(next);
        }
        services.reclaim(slot -> connections(slot) == 0, (name, slot) -> {});
        allocators.reclaim(this::isAllocatorIdle, (name, id) -> {});
        locals.reclaim(
                slot -> counts.localConnections(slot, all) == 0,
                (name, slot) -> clear(slot, false));
    }

    private long connections(int service) {
        return workers.workers().stream()
                .mapToLong(worker -> worker.connections().shares().count(service))
                .sum();
    }

    private boolean isAllocatorIdle(int id) {
        for (PortAllocator[] known : allocatorsByWorker) {
            if (id < known.length && known[id].used() != 0) {
                return false;
            }
        }
        return true;
    }

    private void clear(int slot, boolean server) {
        for (int worker = 0; worker < workers.size(); worker++) {
            TrafficTable table = workers.traffic(worker);
            Memory.zero(server ? table.server(slot) : table.local(slot), Region.CACHE_LINE);
        }
        if (server) {
            counts.forgetServer(slot);
        } else {
            counts.forgetLocal(slot);
        }
    }
}
