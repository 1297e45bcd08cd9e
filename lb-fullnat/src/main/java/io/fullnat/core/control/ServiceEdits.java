// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.control;

import static io.fullnat.api.ErrorCode.ACCESS_RULE_EXISTS;
import static io.fullnat.api.ErrorCode.ADDRESS_IN_USE;
import static io.fullnat.api.ErrorCode.NO_ACCESS_RULE;
import static io.fullnat.api.ErrorCode.NO_REAL_SERVER;
import static io.fullnat.api.ErrorCode.REAL_SERVER_EXISTS;
import static io.fullnat.api.ErrorCode.SERVICE_EXISTS;

import io.fullnat.api.Endpoint;
import io.fullnat.api.control.AddressRules;
import io.fullnat.api.service.AccessRule;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.ServicePolicy;
import io.fullnat.api.service.VirtualService;
import io.fullnat.core.control.Resources.ServerName;
import io.fullnat.core.schedule.Schedulers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Changes of services, their real servers and access rules, on a draft.
final class ServiceEdits {
    private final Draft draft;
    private final Schedulers schedulers;
    private final LocalEdits locals;
    private final Resources resources;

    ServiceEdits(Draft draft, Schedulers schedulers, LocalEdits locals, Resources resources) {
        this.draft = draft;
        this.resources = resources;
        this.schedulers = schedulers;
        this.locals = locals;
    }

    void addService(VirtualService service) {
        ServiceKey key = service.key();
        if (draft.services.containsKey(key)) {
            throw Draft.error(SERVICE_EXISTS, "service " + key + " already exists");
        }
        AddressRules.requireHost(key.endpoint().address(), "virtual address of " + key);
        schedulers.get(service.scheduler());
        if (draft.locals.containsKey(key.endpoint().address())) {
            throw Draft.error(
                    ADDRESS_IN_USE,
                    key.endpoint().address()
                            + " is a local address, it cannot be that of "
                            + key
                            + "; take another");
        }
        draft.fresh.add(key.endpoint().address());
        draft.changed.add(key);
        draft.services.put(key, service);
        service.localAddresses().forEach(local -> locals.use(key, local));
    }

    void removeService(ServiceKey key, boolean endConnections) {
        VirtualService service = draft.service(key);
        if (endConnections) {
            service.realServers()
                    .forEach(server -> draft.ended.add(new ServerName(key, server.endpoint())));
            resources
                    .servers()
                    .forEachLeftOver((name, slot) -> {
                        if (name.service().equals(key)) {
                            draft.ended.add(name);
                        }
                    });
        }
        draft.services.remove(key);
        service.localAddresses().forEach(local -> locals.release(local.address()));
    }

    /// Another state of a service that is there.
    void replaceService(VirtualService service) {
        VirtualService before = draft.service(service.key());
        removeService(service.key(), false);
        addService(service);
        if (!before.accessRules().equals(service.accessRules())) {
            draft.access.add(service.key());
        }
    }

    void editService(ServiceKey key, String scheduler, Optional<Duration> timeout) {
        VirtualService service = draft.service(key);
        schedulers.get(scheduler);
        draft.services.put(key, service.withScheduler(scheduler).withConnectionTimeout(timeout));
    }

    void setPolicy(ServiceKey key, ServicePolicy policy) {
        draft.services.put(key, draft.service(key).withPolicy(policy));
    }

    /// Asks the schedulers whether they know the options that all changes have left.
    void checkOptions(DesiredTables before) {
        draft.services.forEach((key, service) -> {
            if (!service.equals(before.services().get(key))) {
                schedulers
                        .get(service.scheduler())
                        .checkOptions(service.policy().schedulerOptions());
            }
        });
    }

    void addServer(ServiceKey key, RealServer server) {
        VirtualService service = draft.service(key);
        if (indexOf(service, server.endpoint()) >= 0) {
            throw Draft.error(
                    REAL_SERVER_EXISTS,
                    "real server " + server.endpoint() + " of " + key + " already exists");
        }
        draft.services.put(key, service.withRealServer(server));
        draft.changed.add(key);
    }

    void editServer(ServiceKey key, RealServer server) {
        VirtualService service = draft.service(key);
        List<RealServer> servers = new ArrayList<>(service.realServers());
        servers.set(requireServer(service, server.endpoint()), server);
        draft.services.put(key, service.withRealServers(servers));
    }

    void removeServer(ServiceKey key, Endpoint endpoint, boolean endConnections) {
        VirtualService service = draft.service(key);
        if (endConnections) {
            ServerName name = new ServerName(key, endpoint);
            draft.ended.add(name);
            if (indexOf(service, endpoint) < 0 && resources.isDraining(name)) {
                return; // removed before
            }
        }
        List<RealServer> servers = new ArrayList<>(service.realServers());
        servers.remove(requireServer(service, endpoint));
        draft.services.put(key, service.withRealServers(servers));
    }

    private static int requireServer(VirtualService service, Endpoint endpoint) {
        int index = indexOf(service, endpoint);
        if (index < 0) {
            throw Draft.error(
                    NO_REAL_SERVER,
                    endpoint
                            + " is not a real server of "
                            + service.key()
                            + "; it has "
                            + Draft.names(
                                    service.realServers().stream().map(RealServer::endpoint)));
        }
        return index;
    }

    private static int indexOf(VirtualService service, Endpoint endpoint) {
        return service.realServers().stream().map(RealServer::endpoint).toList().indexOf(endpoint);
    }

    void addRule(ServiceKey key, AccessRule rule) {
        VirtualService service = draft.service(key);
        List<AccessRule> rules = new ArrayList<>(service.accessRules());
        if (rules.contains(rule)) {
            throw Draft.error(
                    ACCESS_RULE_EXISTS,
                    "access rule \"" + rule + "\" of " + key + " already exists");
        }
        rules.add(rule);
        draft.services.put(key, service.withAccessRules(rules));
        draft.access.add(key);
    }

    void removeRule(ServiceKey key, AccessRule rule) {
        VirtualService service = draft.service(key);
        List<AccessRule> rules = new ArrayList<>(service.accessRules());
        if (!rules.remove(rule)) {
            throw Draft.error(
                    NO_ACCESS_RULE,
                    key
                            + " has no access rule \""
                            + rule
                            + "\"; it has "
                            + Draft.names(rules.stream()));
        }
        draft.services.put(key, service.withAccessRules(rules));
        draft.access.add(key);
    }
}
