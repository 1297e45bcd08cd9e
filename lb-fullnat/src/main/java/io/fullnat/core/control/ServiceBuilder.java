package io.fullnat.core.control;

import io.fullnat.api.IpAddress;
import io.fullnat.api.Protocol;
import io.fullnat.api.service.LocalAddress;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.Scheduler;
import io.fullnat.api.service.SchedulerContext;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.VirtualService;
import io.fullnat.core.control.Resources.LaneName;
import io.fullnat.core.schedule.Schedulers;
import io.fullnat.core.service.LocalEntry;
import io.fullnat.core.service.ServerEntry;
import io.fullnat.core.service.ServiceEntry;
import io.fullnat.core.snat.PortLane;
import io.fullnat.core.worker.WorkerSet;
import java.util.ArrayList;
import java.util.List;

/// Builds what the workers need of one state of one service, and refers to the slots and lanes it
/// uses.
final class ServiceBuilder {
    private final WorkerSet workers;
    private final Resources resources;
    private final Schedulers schedulers;
    private final long seed;

    ServiceBuilder(WorkerSet workers, Resources resources, Schedulers schedulers, long seed) {
        this.workers = workers;
        this.resources = resources;
        this.schedulers = schedulers;
        this.seed = seed;
    }

    /// A service as built: its entries by worker. Two are the same only if they are one object.
    static final class Built {
        private final VirtualService service;
        private final List<ServiceEntry> entries;

        private Built(VirtualService service, List<ServiceEntry> entries) {
            this.service = service;
            this.entries = entries;
        }

        VirtualService service() {
            return service;
        }

        ServiceEntry entry(int worker) {
            return entries.get(worker);
        }
    }

    Built build(VirtualService service) {
        acquire(service);
        try {
            ServiceEntry[] entries = new ServiceEntry[workers.size()];
            for (int worker = 0; worker < entries.length; worker++) {
                entries[worker] = entry(service, worker);
            }
            return new Built(service, List.of(entries));
        } catch (RuntimeException fault) { // of a custom scheduler
            release(service);
            throw fault;
        }
    }

    /// Refers to all that a service uses; undone as a whole when something has no room.
    private void acquire(VirtualService service) {
        ServiceKey key = service.key();
        List<LaneName> lanes = lanes(service);
        int servers = 0;
        int locals = 0;
        int known = 0;
        try {
            for (RealServer server : service.realServers()) {
                resources.servers().acquire(new Resources.ServerName(key, server.endpoint()));
                servers++;
            }
            for (LocalAddress local : service.localAddresses()) {
                resources.locals().acquire(local.address());
                locals++;
            }
            for (LaneName lane : lanes) {
                resources.lanes().acquire(lane);
                known++;
            }
        } catch (RuntimeException full) {
            service.realServers().subList(0, servers).forEach(s -> releaseServer(key, s));
            service.localAddresses().subList(0, locals).forEach(this::releaseLocal);
            lanes.subList(0, known).forEach(resources.lanes()::release);
            throw full;
        }
    }

    void release(VirtualService service) {
        service.realServers().forEach(server -> releaseServer(service.key(), server));
        service.localAddresses().forEach(this::releaseLocal);
        lanes(service).forEach(resources.lanes()::release);
    }

    private void releaseServer(ServiceKey key, RealServer server) {
        resources.servers().release(new Resources.ServerName(key, server.endpoint()));
    }

    private void releaseLocal(LocalAddress local) {
        resources.locals().release(local.address());
    }

    private static List<LaneName> lanes(VirtualService service) {
        List<LaneName> lanes = new ArrayList<>();
        for (RealServer server : service.realServers()) {
            for (LocalAddress local : service.localAddresses()) {
                lanes.add(lane(service.key().protocol(), local, server));
            }
        }
        return lanes;
    }

    private static LaneName lane(Protocol protocol, LocalAddress local, RealServer server) {
        return new LaneName(protocol, local.address(), server.endpoint());
    }

    private ServiceEntry entry(VirtualService service, int worker) {
        List<RealServer> servers = service.realServers();
        List<LocalAddress> locals = service.localAddresses();
        ServerEntry[] serverEntries = new ServerEntry[servers.size()];
        for (int i = 0; i < serverEntries.length; i++) {
            serverEntries[i] = serverEntry(service, servers.get(i), worker);
        }
        LocalEntry[] localEntries = new LocalEntry[locals.size()];
        for (int i = 0; i < localEntries.length; i++) {
            IpAddress address = locals.get(i).address();
            localEntries[i] = new LocalEntry(Words.raw(address), resources.locals().find(address));
        }
        long mixed = (seed ^ service.key().hashCode()) * 0x9E37_79B9_7F4A_7C15L + worker;
        Scheduler scheduler =
                schedulers
                        .get(service.scheduler())
                        .create(servers, new SchedulerContext(worker, workers.size(), mixed));
        int cursor = (int) Math.floorMod(mixed >>> 7, Math.max(1L, locals.size()));
        return new ServiceEntry(
                service, scheduler, serverEntries, localEntries, workers.traffic(worker), cursor);
    }

    private ServerEntry serverEntry(VirtualService service, RealServer server, int worker) {
        List<LocalAddress> locals = service.localAddresses();
        PortLane[] lanes = new PortLane[locals.size()];
        int[] laneIds = new int[locals.size()];
        for (int i = 0; i < laneIds.length; i++) {
            laneIds[i] =
                    resources.lanes().find(lane(service.key().protocol(), locals.get(i), server));
            lanes[i] = resources.lane(worker, laneIds[i]);
        }
        int slot =
                resources
                        .servers()
                        .find(new Resources.ServerName(service.key(), server.endpoint()));
        return new ServerEntry(
                Words.raw(server.endpoint().address()),
                Short.reverseBytes((short) server.endpoint().port()) & 0xFFFF,
                server.weight(),
                slot,
                lanes,
                laneIds);
    }
}
