// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.trace;

import io.fullnat.api.BalancerException;
import io.fullnat.api.Endpoint;
import io.fullnat.api.ErrorCode;
import io.fullnat.api.service.ConnectionRequest;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.RealServerStatus;
import io.fullnat.api.service.Scheduler;
import io.fullnat.api.service.SchedulerContext;
import io.fullnat.api.service.SchedulerFactory;
import io.fullnat.api.service.ServerLoads;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.ServiceStatus;
import io.fullnat.balancer.attribute.KnownSchedulers;
import io.fullnat.core.BuiltInSchedulers;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// The schedulers of a copy: those of the services, watched, and overruled where the copy is to
/// send a connection to a certain server. For one thread.
final class TracedSchedulers implements SchedulerFactory {
    static final String NAME = "traced";

    /// What they choose is a function of the packet, of the servers, of which of them are usable,
    /// and of how many connections they have.
    private static final Set<String> FUNCTIONS = Set.of("fo", "sh", "dh", "mh", "conhash", "ovf");

    private final Map<ServiceKey, String> names = new HashMap<>();
    private final Map<ServiceKey, Endpoint> overruled = new HashMap<>();
    private final Map<ServiceKey, List<RealServerStatus>> loads = new HashMap<>();
    private List<Endpoint> usable = List.of();

    /// Says which scheduler a service has, and how busy its servers are.
    void name(ServiceStatus service) {
        ServiceKey key = service.service().key();
        names.put(key, service.service().scheduler());
        loads.put(key, service.realServers());
    }

    /// Has a service's connections go to a server, if that is usable, else nowhere.
    ///
    /// @param server null for whom its scheduler chooses
    void overrule(ServiceKey service, @Nullable Endpoint server) {
        if (server == null) {
            overruled.remove(service);
        } else {
            overruled.put(service, server);
        }
    }

    /// Nobody has been asked yet.
    void forget() {
        usable = List.of();
    }

    /// Of which servers one was chosen last.
    ///
    /// @return empty if no scheduler was asked, or none was usable
    List<Endpoint> usable() {
        return usable;
    }

    /// Whether the packet alone says whom a service's scheduler chooses.
    boolean isFunction(ServiceKey service) {
        return FUNCTIONS.contains(names.getOrDefault(service, ""));
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public void checkOptions(Map<String, String> options) {
        // The running balancer has taken them.
    }

    @Override
    public Scheduler create(List<RealServer> servers, SchedulerContext context) {
        String name = names.getOrDefault(context.service(), "");
        SchedulerFactory factory =
                Stream.concat(BuiltInSchedulers.all().stream(), KnownSchedulers.brought().stream())
                        .filter(each -> each.name().equals(name))
                        .findFirst()
                        .orElseThrow(() ->
                                new BalancerException(
                                        ErrorCode.NO_SCHEDULER, "no scheduler \"" + name + "\""));
        return new Traced(
                factory.create(servers, context),
                context.service(),
                servers.stream().map(RealServer::endpoint).toList());
    }

    private final class Traced implements Scheduler {
        private final Scheduler scheduler;
        private final ServiceKey service;
        private final List<Endpoint> servers;

        Traced(Scheduler scheduler, ServiceKey service, List<Endpoint> servers) {
            this.scheduler = scheduler;
            this.service = service;
            this.servers = servers;
        }

        @Override
        public int select(ConnectionRequest request, ServerLoads loads) {
            List<Endpoint> all = new ArrayList<>();
            for (int i = 0; i < servers.size(); i++) {
                if (loads.isUsable(i)) {
                    all.add(servers.get(i));
                }
            }
            usable = all;
            Endpoint wanted = overruled.get(service);
            if (wanted == null) {
                return scheduler.select(request, new Present(loads, busy()));
            }
            int index = servers.indexOf(wanted);
            return index >= 0 && loads.isUsable(index) ? index : NONE;
        }

        private List<RealServerStatus> busy() {
            List<RealServerStatus> known =
                    TracedSchedulers.this.loads.getOrDefault(service, List.of());
            return known.stream().map(each -> each.server().endpoint()).toList().equals(servers)
                    ? known
                    : List.of();
        }

        @Override
        public void resume(Scheduler previous, int[] origins) {
            if (previous instanceof Traced traced) {
                scheduler.resume(traced.scheduler, origins);
            }
        }

        @Override
        public boolean readsQuicId() {
            return scheduler.readsQuicId();
        }

        @Override
        public boolean measuresAnswers() {
            return scheduler.measuresAnswers();
        }
    }

    /// Servers as busy as those of the running balancer.
    private record Present(ServerLoads copy, List<RealServerStatus> running)
            implements ServerLoads {
        @Override
        public boolean isUsable(int server) {
            return copy.isUsable(server);
        }

        @Override
        public int share(int server) {
            return copy.share(server);
        }

        @Override
        public boolean sharesDiffer() {
            return copy.sharesDiffer();
        }

        @Override
        public int activeConnections(int server) {
            return running.isEmpty()
                    ? copy.activeConnections(server)
                    : (int) running.get(server).activeConnections();
        }

        @Override
        public int inactiveConnections(int server) {
            return running.isEmpty()
                    ? copy.inactiveConnections(server)
                    : (int) running.get(server).inactiveConnections();
        }

        @Override
        public int answerMicros(int server) {
            return copy.answerMicros(server);
        }

        @Override
        public int awaitedAnswers(int server) {
            return copy.awaitedAnswers(server);
        }
    }
}
