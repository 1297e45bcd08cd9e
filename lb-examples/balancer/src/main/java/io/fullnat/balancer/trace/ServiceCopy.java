// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.trace;

import io.fullnat.api.Endpoint;
import io.fullnat.api.IpAddress;
import io.fullnat.api.control.Change;
import io.fullnat.api.health.HealthPolicy;
import io.fullnat.api.health.Quorum;
import io.fullnat.api.health.ServerHealth;
import io.fullnat.api.health.ServerHealth.State;
import io.fullnat.api.service.LocalAddress;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.RealServerStatus;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.ServiceLimits;
import io.fullnat.api.service.ServicePolicy;
import io.fullnat.api.service.ServiceStatus;
import io.fullnat.api.service.SynProxy;
import io.fullnat.api.service.VirtualService;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// A service in a copy: as it is first, to take the connections that were there before, and then as
/// it is in the running balancer, with limits that are reached by those. What health checks have
/// found is said, not asked again. Immutable and thread-safe.
///
/// @param key of the service
/// @param status how it is; empty if it is gone, and only connections of it are left
/// @param formers its connections
/// @param counted which limits it has reached
/// @param proxying whether its SYN proxy is active
record ServiceCopy(
        ServiceKey key,
        Optional<ServiceStatus> status,
        List<Former> formers,
        Optional<Counted> counted,
        boolean proxying) {
    private static final int NEVER = 1 << 30;

    /// The service while it gets its connections: nobody is kept out, and all its servers are well.
    ///
    /// @param locals devices of addresses that are the balancer's
    VirtualService first(Map<IpAddress, String> locals, Optional<IpAddress> local) {
        VirtualService.Builder service =
                status.map(each -> each.service().toBuilder())
                        .orElseGet(() -> VirtualService.builder(key));
        List<RealServer> servers = new ArrayList<>();
        status.ifPresent(each ->
                each.service()
                        .realServers()
                        .forEach(server -> servers.add(RealServer.of(server.endpoint()))));
        for (Former former : formers) {
            if (servers.stream().noneMatch(each -> isAt(each.endpoint(), former.server()))) {
                servers.add(RealServer.of(former.server()));
            }
        }
        if (local.isPresent() && locals.containsKey(local.get())) {
            service.localAddresses(List.of(new LocalAddress(local.get(), locals.get(local.get()))));
        }
        ServicePolicy policy =
                status.map(each -> each.service().policy()).orElse(ServicePolicy.DEFAULT);
        return service.scheduler(TracedSchedulers.NAME)
                .realServers(servers)
                .accessRules(List.of())
                .policy(
                        ServicePolicy.DEFAULT
                                .withPersistence(policy.persistence())
                                .withOnePacket(policy.onePacket())
                                .withOutOfWindow(policy.outOfWindow()))
                .build();
    }

    /// The configured server of a connection's server, which may be at the port that was asked for.
    static boolean isAt(Endpoint configured, Endpoint server) {
        return configured.equals(server)
                || (configured.port() == 0 && configured.address().equals(server.address()));
    }

    /// Which of the service's servers a connection goes to.
    Endpoint configured(Endpoint server) {
        return status.stream()
                .flatMap(each -> each.service().realServers().stream())
                .map(RealServer::endpoint)
                .filter(each -> isAt(each, server))
                .findFirst()
                .orElse(server);
    }

    /// The service as it is in the running balancer.
    VirtualService last() {
        ServiceStatus now = status.orElseThrow();
        VirtualService service = now.service();
        List<RealServer> servers = service.realServers().stream().map(this::server).toList();
        ServicePolicy policy = service.policy();
        SynProxy proxy = policy.tcp().synProxy();
        if (proxying) {
            proxy = proxy.with(SynProxy.Mode.ALWAYS, 0);
        }
        return service.toBuilder()
                .scheduler(TracedSchedulers.NAME)
                .realServers(servers)
                .policy(
                        policy.withHealth(health(now))
                                .withTcp(policy.tcp().withSynProxy(proxy))
                                .withLimits(limits(policy.limits())))
                .build();
    }

    private RealServer server(RealServer server) {
        RealServer.Builder copy = server.toBuilder().checks(Optional.of(List.of())).resumeBelow(0);
        if (server.maxConnections() > 0) {
            int has =
                    (int)
                            formers.stream()
                                    .filter(each -> isAt(server.endpoint(), each.server()))
                                    .count();
            boolean full =
                    counted.map(each -> each.servers().contains(server.endpoint())).orElse(false);
            copy.maxConnections(full ? Math.max(1, has) : has + 1);
        }
        return copy.build();
    }

    /// Who serves while the quorum is lost is decided already.
    private static HealthPolicy health(ServiceStatus now) {
        Optional<Endpoint> sorry = now.service().policy().health().sorryServer();
        return now.health().sorry() && sorry.isPresent()
                ? HealthPolicy.builder()
                        .sorryServer(sorry.get())
                        .quorum(new Quorum(NEVER, 0))
                        .build()
                : HealthPolicy.NONE;
    }

    private ServiceLimits limits(ServiceLimits limits) {
        int has = formers.size();
        return limits.withConnections(
                        limit(limits.connections(), has, counted.map(Counted::service)))
                .withPerClient(limit(limits.perClient(), has, counted.map(Counted::client)))
                .withPerNetwork(limit(limits.perNetwork(), has, counted.map(Counted::network)))
                .withProportion(ServiceLimits.MAX_PROPORTION)
                .withHalfOpen(0);
    }

    private static int limit(int limit, int has, Optional<Boolean> reached) {
        if (limit == 0) {
            return 0;
        }
        return reached.orElse(false) ? Math.max(1, has) : has + 1;
    }

    /// What makes the service in its first state one in its last.
    List<Change> changes() {
        if (status.isEmpty()) {
            return List.of(new Change.RemoveService(key));
        }
        return List.of(new Change.ReplaceService(last()));
    }

    /// Servers that get no connections by what was found out about them.
    List<Endpoint> out() {
        return status.stream()
                .flatMap(each -> each.realServers().stream())
                .filter(ServiceCopy::isOut)
                .map(each -> each.server().endpoint())
                .toList();
    }

    private static boolean isOut(RealServerStatus server) {
        ServerHealth health = server.health();
        boolean said =
                health.active() == State.DOWN
                        || health.passive() == State.DOWN
                        || health.external() == State.DOWN;
        return health.use() == ServerHealth.Use.OUT && (said || server.server().isWanted());
    }
}
