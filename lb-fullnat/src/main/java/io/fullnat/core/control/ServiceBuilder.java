// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.control;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import io.fullnat.api.IpAddress;
import io.fullnat.api.service.LocalAddress;
import io.fullnat.api.service.QuicRouting;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.Scheduler;
import io.fullnat.api.service.SchedulerContext;
import io.fullnat.api.service.VirtualService;
import io.fullnat.core.address.Addresses;
import io.fullnat.core.control.Resources.AllocatorName;
import io.fullnat.core.health.Monitored;
import io.fullnat.core.limit.ServerLimit;
import io.fullnat.core.localport.PortAllocator;
import io.fullnat.core.persistence.ClientTemplates;
import io.fullnat.core.quic.QuicRouter;
import io.fullnat.core.schedule.Schedulers;
import io.fullnat.core.service.AccessFilter;
import io.fullnat.core.service.FormerEntry;
import io.fullnat.core.service.LocalEntry;
import io.fullnat.core.service.ServerEntry;
import io.fullnat.core.service.ServiceEntry;
import io.fullnat.core.service.TrafficTable;
import io.fullnat.core.worker.WorkerSet;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// Builds what the workers need of one state of one service, and refers to the slots and allocators
/// it uses.
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

    /// A service as built: its entries by worker, its slots in the service's order. Two are the
    /// same only if they are one object.
    static final class Built {
        private final VirtualService service;
        private final List<ServiceEntry> entries;
        private final Held held;
        private final int ipv6Servers;

        private Built(VirtualService service, List<ServiceEntry> entries, Held held) {
            this.service = service;
            this.entries = entries;
            this.held = held;
            ipv6Servers =
                    (int)
                            servers(service).stream()
                                    .filter(server -> isIpv6(server.endpoint().address()))
                                    .count();
        }

        VirtualService service() {
            return service;
        }

        ServiceEntry entry(int worker) {
            return entries.get(worker);
        }

        int slot() {
            return held.service;
        }

        int serverSlot(int index) {
            return held.servers[index];
        }

        /// The place of the real server with a slot, -1 if none has it.
        int placeOf(int slot) {
            for (int i = 0; i < service.realServers().size(); i++) {
                if (held.servers[i] == slot) {
                    return i;
                }
            }
            return -1;
        }

        int localSlot(int index) {
            return held.locals[index];
        }

        /// How many real servers are reached from a local address: those of its family.
        int serversOf(int local) {
            return isIpv6(service.localAddresses().get(local).address())
                    ? ipv6Servers
                    : held.servers.length - ipv6Servers;
        }

        /// The slot of the sorry server, -1 if there is none.
        int sorrySlot() {
            int servers = service.realServers().size();
            return servers < held.servers.length ? held.servers[servers] : -1;
        }

        /// As the monitor of health sees it.
        Monitored monitored() {
            int servers = service.realServers().size();
            return new Monitored(
                    service, held.service, Arrays.copyOf(held.servers, servers), sorrySlot());
        }
    }

    /// The slots and allocators that a service uses, in its order; allocators by server, then by
    /// local address of the server's family.
    private static final class Held {
        int service;
        final int[] servers;
        final int[] locals;
        final int[] allocators;

        Held(VirtualService service) {
            servers = new int[servers(service).size()];
            locals = new int[service.localAddresses().size()];
            allocators = new int[allocatorCount(service)];
        }
    }

    private static int allocatorCount(VirtualService service) {
        int[] locals = {locals(service, false).size(), locals(service, true).size()};
        int count = 0;
        for (RealServer server : servers(service)) {
            count += locals[isIpv6(server.endpoint().address()) ? 1 : 0];
        }
        return count;
    }

    /// All servers that workers know of a service: the real servers, then the sorry server.
    static List<RealServer> servers(VirtualService service) {
        List<RealServer> servers = new ArrayList<>(service.realServers());
        service.policy()
                .health()
                .sorryServer()
                .ifPresent(sorry -> servers.add(RealServer.of(sorry)));
        return servers;
    }

    private static boolean isIpv6(IpAddress address) {
        return !Addresses.isIpv4(address.high(), address.low());
    }

    /// A service's local addresses of one family: those from which servers of it are reached.
    private static List<LocalAddress> locals(VirtualService service, boolean ipv6) {
        return service.localAddresses().stream()
                .filter(local -> isIpv6(local.address()) == ipv6)
                .toList();
    }

    /// Builds a state of a service.
    ///
    /// @param access who may connect; null if all may
    /// @param former the state in force; null if there is none
    Built build(VirtualService service, @Nullable AccessFilter access, @Nullable Built former) {
        Held held = acquire(service);
        try {
            ServiceEntry[] entries = new ServiceEntry[workers.size()];
            for (int worker = 0; worker < entries.length; worker++) {
                entries[worker] = entry(service, worker, held, former);
                entries[worker].admitting(access);
            }
            if (entries[0].measuresAnswers()) {
                forgetAnswerTimes(service, held, former);
            }
            return new Built(service, List.of(entries), held);
        } catch (Throwable fault) { // of a custom scheduler
            release(service);
            throw fault;
        }
    }

    /// Of servers that were not in the service nothing is known: their slots may have been others'.
    private void forgetAnswerTimes(VirtualService service, Held held, @Nullable Built former) {
        List<RealServer> before = former == null ? List.of() : former.service().realServers();
        int[] origins = origins(before, service.realServers(), RealServer::endpoint);
        for (int i = 0; i < origins.length; i++) {
            if (origins[i] < 0) {
                workers.limits().answerTimes().forget(held.servers[i]);
            }
        }
    }

    /// Their names, in their order.
    static List<Resources.ServerName> serverNames(VirtualService service) {
        List<Resources.ServerName> names = new ArrayList<>();
        for (RealServer server : service.realServers()) {
            names.add(Resources.ServerName.real(service.key(), server.endpoint()));
        }
        service.policy()
                .health()
                .sorryServer()
                .ifPresent(sorry -> names.add(Resources.ServerName.sorry(service.key(), sorry)));
        return names;
    }

    private static Resources.LocalName name(VirtualService service, LocalAddress local) {
        return new Resources.LocalName(service.key(), local.address());
    }

    /// Refers to all that a service uses; undone as a whole when something has no room.
    private Held acquire(VirtualService service) {
        Held held = new Held(service);
        List<AllocatorName> allocators = allocators(service);
        List<Resources.ServerName> names = serverNames(service);
        int servers = 0;
        int locals = 0;
        int known = 0;
        held.service = resources.acquire(service.key());
        try {
            for (Resources.ServerName server : names) {
                held.servers[servers] = resources.servers().acquire(server);
                servers++;
            }
            for (LocalAddress local : service.localAddresses()) {
                held.locals[locals] = resources.locals().acquire(name(service, local));
                locals++;
            }
            for (AllocatorName allocator : allocators) {
                held.allocators[known] = resources.allocators().acquire(allocator);
                known++;
            }
        } catch (Throwable full) {
            release(
                    service,
                    names.subList(0, servers),
                    service.localAddresses().subList(0, locals),
                    allocators.subList(0, known));
            throw full;
        }
        return held;
    }

    void release(VirtualService service) {
        release(service, serverNames(service), service.localAddresses(), allocators(service));
    }

    private void release(
            VirtualService service,
            List<Resources.ServerName> servers,
            List<LocalAddress> locals,
            List<AllocatorName> allocators) {
        resources.services().release(service.key());
        servers.forEach(resources.servers()::release);
        locals.forEach(local -> resources.locals().release(name(service, local)));
        allocators.forEach(resources.allocators()::release);
    }

    private static List<AllocatorName> allocators(VirtualService service) {
        List<AllocatorName> allocators = new ArrayList<>();
        List<LocalAddress> ipv4 = locals(service, false);
        List<LocalAddress> ipv6 = locals(service, true);
        for (RealServer server : servers(service)) {
            for (LocalAddress local : isIpv6(server.endpoint().address()) ? ipv6 : ipv4) {
                allocators.add(
                        new AllocatorName(
                                service.key().protocol(), local.address(), server.endpoint()));
            }
        }
        return allocators;
    }

    private ServiceEntry entry(
            VirtualService service, int worker, Held held, @Nullable Built former) {
        List<RealServer> servers = servers(service);
        List<LocalAddress> locals = service.localAddresses();
        long mixed = (seed ^ Words.spread(service.key())) * 0x9E37_79B9_7F4A_7C15L + worker;
        LocalEntry[] localEntries = new LocalEntry[locals.size()];
        for (int i = 0; i < localEntries.length; i++) {
            IpAddress address = locals.get(i).address();
            localEntries[i] = LocalEntry.of(address.high(), address.low(), held.locals[i]);
        }
        LocalEntry[] ipv4 = ofFamily(localEntries, false);
        LocalEntry[] ipv6 = ofFamily(localEntries, true);
        ServerEntry[] serverEntries = new ServerEntry[servers.size()];
        int known = 0;
        for (int i = 0; i < serverEntries.length; i++) {
            LocalEntry[] own = isIpv6(servers.get(i).endpoint().address()) ? ipv6 : ipv4;
            int[] allocatorIds = Arrays.copyOfRange(held.allocators, known, known + own.length);
            known += own.length;
            serverEntries[i] =
                    serverEntry(servers.get(i), held.servers[i], own, allocatorIds, worker, mixed);
        }
        int count = service.realServers().size();
        Scheduler scheduler =
                former != null && concernsNoScheduler(former.service(), service)
                        ? former.entry(worker).scheduler()
                        : create(service, worker, mixed);
        ServiceEntry entry =
                new ServiceEntry(
                        service,
                        held.service,
                        scheduler,
                        Arrays.copyOf(serverEntries, count),
                        count < serverEntries.length ? serverEntries[count] : null,
                        localEntries,
                        traffic(),
                        workers.health(),
                        former == null ? null : former(former, worker, service));
        entry.measuring(workers.limits().answerTimes());
        service.policy()
                .persistence()
                .ifPresent(persistence ->
                        entry.keeping(
                                new ClientTemplates(
                                        workers.templates(), held.service, persistence)));
        service.policy()
                .quic()
                .ifPresent(routing -> entry.routedBy(router(routing, service, worker, former)));
        return entry;
    }

    /// The worker's router: the one that it has as long as that is the same, for ciphers are slow
    /// to make.
    private static QuicRouter router(
            QuicRouting routing, VirtualService service, int worker, @Nullable Built former) {
        if (former != null
                && former.service().policy().quic().equals(Optional.of(routing))
                && former.service().realServers().equals(service.realServers())) {
            QuicRouter known = former.entry(worker).quic();
            if (known != null) {
                return known;
            }
        }
        return QuicRouter.of(routing, service.realServers());
    }

    /// The counters of all workers.
    private TrafficTable[] traffic() {
        return IntStream.range(0, workers.size())
                .mapToObj(workers::traffic)
                .toArray(TrafficTable[]::new);
    }

    private static LocalEntry[] ofFamily(LocalEntry[] locals, boolean ipv6) {
        return Arrays.stream(locals)
                .filter(local -> local.isIpv6() == ipv6)
                .toArray(LocalEntry[]::new);
    }

    private Scheduler create(VirtualService service, int worker, long mixed) {
        SchedulerContext context =
                new SchedulerContext(
                        worker,
                        workers.size(),
                        mixed,
                        service.key(),
                        service.policy().schedulerOptions());
        Scheduler scheduler =
                schedulers.get(service.scheduler()).create(service.realServers(), context);
        if (scheduler == null) { // of a factory that knows no nullness
            throw new BalancerException(
                    ErrorCode.INTERNAL,
                    "the factory of scheduler \"" + service.scheduler() + "\" returned null");
        }
        return scheduler;
    }

    /// Whether the workers may keep their schedulers, with all that these know.
    private static boolean concernsNoScheduler(VirtualService before, VirtualService after) {
        return before.scheduler().equals(after.scheduler())
                && before.realServers().equals(after.realServers())
                && before.policy().schedulerOptions().equals(after.policy().schedulerOptions());
    }

    private static FormerEntry former(Built former, int worker, VirtualService service) {
        VirtualService before = former.service();
        return new FormerEntry(
                former.entry(worker),
                before.scheduler().equals(service.scheduler())
                        && !concernsNoScheduler(before, service),
                origins(before.realServers(), service.realServers(), RealServer::endpoint),
                localOrigins(before, service, false),
                localOrigins(before, service, true));
    }

    private static int[] localOrigins(VirtualService before, VirtualService after, boolean ipv6) {
        return origins(locals(before, ipv6), locals(after, ipv6), LocalAddress::address);
    }

    private static <T> int[] origins(List<T> before, List<T> after, Function<T, Object> name) {
        Map<Object, Integer> places = HashMap.newHashMap(before.size());
        for (int i = 0; i < before.size(); i++) {
            places.put(name.apply(before.get(i)), i);
        }
        return after.stream().mapToInt(x -> places.getOrDefault(name.apply(x), -1)).toArray();
    }

    private @Nullable ServerLimit limit(RealServer server, int slot) {
        return server.maxConnections() == 0
                ? null
                : new ServerLimit(
                        workers.limits().servers(),
                        slot,
                        server.maxConnections(),
                        server.resumeBelow());
    }

    private ServerEntry serverEntry(
            RealServer server,
            int slot,
            LocalEntry[] locals,
            int[] allocatorIds,
            int worker,
            long start) {
        PortAllocator[] allocators = new PortAllocator[allocatorIds.length];
        for (int i = 0; i < allocatorIds.length; i++) {
            allocators[i] = resources.allocator(worker, allocatorIds[i], server.isSamePort());
        }
        return new ServerEntry(
                server.endpoint().address().high(),
                server.endpoint().address().low(),
                Short.reverseBytes((short) server.endpoint().port()) & 0xFFFF,
                server.inhibited() ? ServerEntry.INHIBITED : server.weight(),
                slot,
                locals,
                allocators,
                allocatorIds,
                (int) Math.floorMod(start >>> 7, Math.max(1L, allocatorIds.length)),
                limit(server, slot));
    }
}
