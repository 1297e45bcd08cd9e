// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.health;

import io.fullnat.api.BalancerException;
import io.fullnat.api.Endpoint;
import io.fullnat.api.ErrorCode;
import io.fullnat.api.IpAddress;
import io.fullnat.api.Protocol;
import io.fullnat.api.counter.Counter;
import io.fullnat.api.health.ProbeFactory;
import io.fullnat.api.health.ServerHealth;
import io.fullnat.api.health.ServiceHealth;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.VirtualService;
import io.fullnat.core.service.HealthWords;
import io.fullnat.core.transmit.WorkerCounters;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Knows of each real server of each service how it is, and says to the workers who gets new
/// connections. Driven by the control thread, which never waits here: probes run on threads of
/// their own.
///
/// **Thread-safety:** the control thread's, but for the two `health` methods.
public final class HealthMonitor {
    /// How often growing shares are looked at, and what connections have met.
    private static final long LOOK_INTERVAL_NS = TimeUnit.MILLISECONDS.toNanos(100);

    /// Tells nobody.
    static final HealthListener NOBODY =
            new HealthListener() {
                @Override
                public void serverChanged(
                        ServiceKey service, Endpoint server, ServerHealth health) {}

                @Override
                public void endConnections(ServiceKey service, Endpoint server) {}

                @Override
                public void quorumChanged(
                        ServiceKey service, String quorum, ServiceHealth health) {}
            };

    private final Probes probes;
    private final HealthWords words;
    private final WorkerCounters counters;
    private final HealthListener listener;
    private final Map<ServiceKey, ServiceMonitor> services = new ConcurrentHashMap<>();
    private final ArrayDeque<ServiceMonitor> touched = new ArrayDeque<>();
    private final Set<ServiceMonitor> starting = new LinkedHashSet<>();
    private final Set<ServiceMonitor> passive = new LinkedHashSet<>();
    private final Notices notices;
    private final SplittableRandom random;
    private final Announcements announcements;
    private boolean announceAnew;
    private long nextLookNs;

    /// @param factory makes probes
    /// @param executor runs them, each on a thread that may wait
    /// @param words read by the workers
    /// @param notices of what connections have met
    /// @param counters the control plane's
    /// @param seed of the places of probes in their intervals
    /// @param announcements get what is to be announced
    /// @param listener is told what comes of it
    public HealthMonitor(
            ProbeFactory factory,
            Executor executor,
            HealthWords words,
            Notices notices,
            WorkerCounters counters,
            long seed,
            Announcements announcements,
            HealthListener listener) {
        probes = new Probes(factory, executor, counters, seed);
        this.words = words;
        this.notices = notices;
        random = new SplittableRandom(~seed);
        this.counters = counters;
        this.announcements = announcements;
        this.listener = listener;
    }

    /// Makes sure that all can be asked what a service wants its servers to be asked.
    ///
    /// @param service as it is to be
    /// @throws BalancerException if there is no such probe, or nothing by which to announce it
    public void requireProbes(VirtualService service) {
        announcements.require(service);
        service.policy().health().checks().forEach(check -> probes.require(check.probe()));
        for (RealServer server : service.realServers()) {
            server.checks().ifPresent(own -> own.forEach(check -> probes.require(check.probe())));
        }
    }

    /// Lets go of probes that were required for a state that has not come into force. Only while
    /// none is on its way.
    public void forgetUnusedProbes() {
        probes.forgetUnused();
    }

    /// Has the workers know how the servers of a state are before they see it: those that are new
    /// begin as their checks say. The state may still be given up.
    ///
    /// @param next a service that is new or changed
    /// @param nowNs the balancer's clock
    public void prepare(Monitored next, long nowNs) {
        ServiceMonitor present = services.get(next.service().key());
        Monitored fresh = present == null ? next : added(next, present);
        ServiceMonitor draft = monitor(next.service().key(), any -> {});
        draft.become(fresh, probes);
        draft.announce(words, nowNs, present != null);
        if (present != null && next.sorrySlot() >= 0 && !present.health().sorry()) {
            words.server(next.sorrySlot(), 0);
        }
    }

    private ServiceMonitor monitor(ServiceKey key, Consumer<ServiceMonitor> told) {
        boolean datagrams = key.protocol() == Protocol.UDP;
        return new ServiceMonitor(key, told, () -> new PassiveState(notices, random, datagrams));
    }

    /// A service with those servers alone that it does not have yet.
    private static Monitored added(Monitored next, ServiceMonitor present) {
        List<RealServer> servers = new ArrayList<>();
        int[] slots = new int[next.service().realServers().size()];
        for (int i = 0; i < slots.length; i++) {
            RealServer server = next.service().realServers().get(i);
            if (!present.servers().containsKey(server.endpoint())) {
                slots[servers.size()] = next.serverSlot(i);
                servers.add(server);
            }
        }
        return new Monitored(next.service().withRealServers(servers), next.slot(), slots, -1);
    }

    /// A state is in force.
    ///
    /// @param changed its services that are new or changed
    /// @param gone services that it has no more
    /// @param nowNs the balancer's clock
    public void adopt(List<Monitored> changed, List<ServiceKey> gone, long nowNs) {
        for (ServiceKey key : gone) {
            ServiceMonitor former = services.remove(key);
            if (former != null) {
                former.end(probes);
                passive.remove(former);
                touched.remove(former);
                starting.remove(former);
            }
        }
        for (Monitored next : changed) {
            ServiceMonitor service =
                    services.computeIfAbsent(
                            next.service().key(), key -> monitor(key, touched::add));
            service.become(next, probes).forEach(check -> probes.add(check, nowNs));
            if (service.watchPassively(nowNs)) {
                passive.add(service);
            } else {
                passive.remove(service);
            }
            evaluate(service, nowNs);
        }
        announceAnew = true;
        probes.forgetUnused();
    }

    /// A report from outside.
    ///
    /// @param key of the service
    /// @param server which server of it
    /// @param up whether it is said to be up
    /// @param reason why
    /// @param version of the report: those of one server only grow
    /// @param nowNs the balancer's clock
    /// @throws BalancerException [ErrorCode#NO_SERVICE], [ErrorCode#NO_REAL_SERVER],
    ///   [ErrorCode#STALE]
    public void report(
            ServiceKey key, Endpoint server, boolean up, String reason, long version, long nowNs) {
        ServiceMonitor service = services.get(key);
        if (service == null) {
            throw new BalancerException(ErrorCode.NO_SERVICE, "no service " + key);
        }
        ServerMonitor reported = service.servers().get(server);
        if (reported == null) {
            throw new BalancerException(
                    ErrorCode.NO_REAL_SERVER,
                    server
                            + " is not a real server of "
                            + key
                            + "; it has "
                            + service.servers().keySet());
        }
        reported.external().report(server + " of " + key, up, reason, version);
        if (up) {
            reported.passive().comesUp(nowNs);
        }
        evaluate(service, nowNs);
    }

    /// Goes on with probes, and with what they have brought.
    ///
    /// @param nowNs the balancer's clock
    /// @return 0 if there was nothing to do
    public int poll(long nowNs) {
        int work = probes.poll(nowNs);
        boolean looks = !(starting.isEmpty() && passive.isEmpty()) && nowNs - nextLookNs >= 0;
        if (looks) {
            nextLookNs = nowNs + LOOK_INTERVAL_NS;
            passive.forEach(each -> each.lookPassively(nowNs));
        }
        for (ServiceMonitor next = touched.poll(); next != null; next = touched.poll()) {
            evaluate(next, nowNs);
        }
        if (looks) {
            List.copyOf(starting).forEach(each -> evaluate(each, nowNs));
        }
        if (announceAnew) {
            announceAnew = false;
            announcements.want(toAnnounce());
        }
        return work + announcements.poll(nowNs);
    }

    /// The addresses of which one service at least asks for it.
    private Set<IpAddress> toAnnounce() {
        Set<IpAddress> addresses = new HashSet<>();
        for (ServiceMonitor service : services.values()) {
            if (service.isToBeAnnounced()) {
                addresses.addAll(service.addresses());
            }
        }
        return addresses;
    }

    private void evaluate(ServiceMonitor service, long nowNs) {
        boolean before = service.isToBeAnnounced();
        service.evaluate(words, nowNs, listener);
        announceAnew |= before != service.isToBeAnnounced();
        if (service.isStarting()) {
            starting.add(service);
        } else {
            starting.remove(service);
        }
    }

    /// Says each second which services lack their quorum, and counts the servers that are down.
    ///
    /// @param lost gets each service that is watched and lacks its quorum, and how much is up
    public void look(BiConsumer<ServiceKey, String> lost) {
        long down = 0;
        for (ServiceMonitor service : services.values()) {
            for (ServerMonitor server : service.servers().values()) {
                down += server.isAlive() ? 0 : 1;
            }
            if (!service.health().quorumUp() && service.isWatched()) {
                lost.accept(service.key(), service.quorum());
            }
        }
        counters.set(Counter.SERVERS_DOWN, down);
    }

    /// Why probes cannot ask, and how many cannot.
    ///
    /// @return empty if all can
    public String impossibleProbes() {
        return probes.impossible();
    }

    /// How a server is. Any thread.
    ///
    /// @param key of the service
    /// @param server which server of it
    /// @param nowNs the balancer's clock
    /// @return [ServerHealth#UNCHECKED] for one that is not known
    public ServerHealth health(ServiceKey key, Endpoint server, long nowNs) {
        return of(key).of(server, nowNs);
    }

    /// How the servers of a service are together. Any thread.
    ///
    /// @param key of the service
    /// @return [ServiceHealth#UNKNOWN] for one that is not known
    public ServiceHealth health(ServiceKey key) {
        return of(key).together();
    }

    /// How a service and its servers are, to be read by any thread.
    ///
    /// @param key of the service
    /// @return of one that is not known, too
    public Healths of(ServiceKey key) {
        return new Healths(services.get(key), announcements);
    }

    /// How a service and its servers are. Thread-safe.
    public static final class Healths {
        private final @Nullable ServiceMonitor service;
        private final Announcements announcements;

        private Healths(@Nullable ServiceMonitor service, Announcements announcements) {
            this.service = service;
            this.announcements = announcements;
        }

        /// How a server is.
        ///
        /// @param server which server of the service
        /// @param nowNs the balancer's clock
        /// @return [ServerHealth#UNCHECKED] for one that is not known
        public ServerHealth of(Endpoint server, long nowNs) {
            return service == null
                    ? ServerHealth.UNCHECKED
                    : service.health(server, nowNs).orElse(ServerHealth.UNCHECKED);
        }

        /// How the sorry server is.
        ///
        /// @param nowNs the balancer's clock
        /// @return [ServerHealth#UNCHECKED] for one that is not known
        public ServerHealth ofSorry(long nowNs) {
            return service == null
                    ? ServerHealth.UNCHECKED
                    : service.sorryHealth(nowNs).orElse(ServerHealth.UNCHECKED);
        }

        /// How the servers are together.
        ///
        /// @return [ServiceHealth#UNKNOWN] for a service that is not known
        public ServiceHealth together() {
            return service == null
                    ? ServiceHealth.UNKNOWN
                    : service.health().withAnnouncement(service.announcement(announcements));
        }
    }

    /// For tests.
    Probes probes() {
        return probes;
    }

    /// All probes end.
    public void close() {
        probes.close();
    }
}
