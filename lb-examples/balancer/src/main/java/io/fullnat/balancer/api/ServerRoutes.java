// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fullnat.api.BalancerException;
import io.fullnat.api.Endpoint;
import io.fullnat.api.ErrorCode;
import io.fullnat.api.IpAddress;
import io.fullnat.api.control.Change;
import io.fullnat.api.control.ConnectionFilter;
import io.fullnat.api.control.Control;
import io.fullnat.api.control.DesiredState;
import io.fullnat.api.health.ServerHealth;
import io.fullnat.api.health.ServerHealth.State;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.ServiceStatus;
import io.fullnat.api.service.VirtualService;
import io.fullnat.balancer.api.ApiRoute.Parameter;
import io.fullnat.balancer.api.Edit.Outcome;
import io.fullnat.balancer.attribute.ServerAttributes;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BiFunction;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/// Real servers: `/vs/{VipPort}/rs`. Thread-safe.
final class ServerRoutes {
    private static final String ALL = ServiceRoutes.ONE + "/rs";
    private static final String HEALTH = ALL + "/health";
    private static final String LIST = "RealServerTinyList";

    private final Control control;

    /// Held while a report is compared and handed on.
    private final ReentrantLock reporting = new ReentrantLock();

    ServerRoutes(Control control) {
        this.control = control;
    }

    /// A server of a request, and what it is to be made of the one that is there, or of a new one.
    ///
    /// @param up what is reported of its health; null if nothing
    private record Target(Endpoint endpoint, UnaryOperator<RealServer> edit, @Nullable Boolean up) {
        RealServer over(Map<Endpoint, RealServer> present) {
            RealServer there = present.get(endpoint);
            return edit.apply(there == null ? RealServer.of(endpoint) : there);
        }
    }

    List<ApiRoute> routes() {
        return List.of(
                ApiRoute.of("GET", ALL, "The real servers of a service", this::get)
                        .flag("stats", "has no effect: counts are always there")
                        .flag("snapshot", "has no effect: answers are of the live state")
                        .answers(200, "RealServerExpandList"),
                ApiRoute.of("PUT", ALL, "Adds real servers, or edits their weights", this::put)
                        .takes(LIST)
                        .answers(200, "Outcome"),
                ApiRoute.of("POST", ALL, "Replaces the list of real servers", this::post)
                        .flag("snapshot", "has no effect: every change is of the live state")
                        .takes(LIST)
                        .answers(200, "Outcome"),
                ApiRoute.of("DELETE", ALL, "Removes real servers", this::delete)
                        .flag("endConnections", "ends their connections, which go on otherwise")
                        .takes(LIST)
                        .answers(200, "Outcome"),
                ApiRoute.of(
                                "PUT",
                                HEALTH,
                                "Reports which known servers are down (inhibited) or up, and changes"
                                        + " weights",
                                this::health)
                        .with(
                                new Parameter(
                                        "version",
                                        false,
                                        true,
                                        "Version of the service that the report was made for"))
                        .takes(LIST)
                        .answers(200, "Outcome")
                        .answers(270, "VirtualServerSpecExpand"));
    }

    private Reply get(Call call) {
        return Reply.ok(ServiceModels.servers(ServiceRoutes.find(control, call)));
    }

    private static List<Target> wishes(JsonNode body) {
        return wishes(body, ServerRoutes::wish);
    }

    private static List<Target> wishes(JsonNode body, BiFunction<JsonNode, String, Target> reader) {
        List<Target> wishes = new ArrayList<>();
        Set<Endpoint> seen = new HashSet<>();
        int index = 0;
        for (JsonNode item : body.path("Items")) {
            String path = "$.Items[" + index++ + "]";
            Target wish = reader.apply(item, path);
            if (!seen.add(wish.endpoint())) {
                throw Failure.invalid(path + ": " + wish.endpoint() + " is there twice");
            }
            wishes.add(wish);
        }
        return wishes;
    }

    private static Target wish(JsonNode item, String path) {
        String mode = item.path("mode").asText(ServiceModels.FULLNAT);
        if (!mode.equals(ServiceModels.FULLNAT)) {
            throw Failure.unsupported(
                    path + ".mode: " + mode + " is not supported; this balancer forwards by FNAT");
        }
        if (item.path("overloaded").asBoolean()) {
            throw Failure.unsupported(path + ".overloaded is not supported; set weight 0 instead");
        }
        return new Target(
                endpoint(item),
                server -> AttributeModels.read(ServerAttributes.ALL, item, server),
                null);
    }

    private static Endpoint endpoint(JsonNode item) {
        return new Endpoint(IpAddress.parse(item.path("ip").asText()), item.path("port").asInt());
    }

    /// What a health checker says of a server: of one that is down, its weight 0 says nothing more.
    /// Whether the operator has taken it out is not its affair.
    private static Target report(JsonNode item, String path) {
        ObjectNode others = item.deepCopy();
        JsonNode inhibited = others.path("inhibited");
        others.remove("inhibited");
        if (inhibited.asBoolean()) {
            return new Target(endpoint(item), server -> server, false);
        }
        Target wish = wish(others, path);
        return new Target(
                wish.endpoint(), wish.edit(), inhibited.isMissingNode() ? null : Boolean.TRUE);
    }

    private static Map<Endpoint, RealServer> byEndpoint(VirtualService service) {
        Map<Endpoint, RealServer> servers = new LinkedHashMap<>();
        service.realServers().forEach(server -> servers.put(server.endpoint(), server));
        return servers;
    }

    private Reply put(Call call) {
        ServiceKey key = ServiceRoutes.key(call);
        List<Target> wishes = wishes(call.body());
        return Edit.apply(control, present -> put(present, key, wishes, true));
    }

    private static Edit put(
            DesiredState present, ServiceKey key, List<Target> wishes, boolean mayAdd) {
        Map<Endpoint, RealServer> servers = byEndpoint(Edit.service(present, key));
        List<Change> changes = new ArrayList<>();
        for (Target wish : wishes) {
            RealServer desired = wish.over(servers);
            RealServer there = servers.get(wish.endpoint());
            if (there == null && mayAdd) {
                changes.add(new Change.AddRealServer(key, desired));
            } else if (there == null) {
                throw new BalancerException(
                        ErrorCode.NO_REAL_SERVER,
                        wish.endpoint() + " is not a real server of " + key);
            } else if (!there.equals(desired)) {
                changes.add(new Change.EditRealServer(key, desired));
            }
        }
        return Edit.of(changes, Outcome.CHANGED, Outcome.UNCHANGED);
    }

    private Reply post(Call call) {
        ServiceKey key = ServiceRoutes.key(call);
        List<Target> wishes = wishes(call.body());
        return Edit.apply(
                control,
                present -> {
                    VirtualService service = Edit.service(present, key);
                    Map<Endpoint, RealServer> servers = byEndpoint(service);
                    List<RealServer> desired =
                            wishes.stream().map(wish -> wish.over(servers)).toList();
                    return desired.equals(service.realServers())
                            ? Edit.unchanged()
                            : Edit.changed(
                                    new Change.ReplaceService(service.withRealServers(desired)));
                });
    }

    private Reply delete(Call call) {
        ServiceKey key = ServiceRoutes.key(call);
        List<Target> wishes = wishes(call.body());
        boolean end = call.flag("endConnections");
        return Edit.apply(
                control,
                present -> {
                    Map<Endpoint, RealServer> servers = byEndpoint(Edit.service(present, key));
                    List<Change> changes = new ArrayList<>();
                    for (Target wish : wishes) {
                        if (servers.containsKey(wish.endpoint())) {
                            changes.add(new Change.RemoveRealServer(key, wish.endpoint(), end));
                        } else if (end) {
                            changes.add(
                                    new Change.EndConnections(
                                            ConnectionFilter.of(key).withServer(wish.endpoint())));
                        }
                    }
                    boolean removes =
                            changes.stream().anyMatch(Change.RemoveRealServer.class::isInstance);
                    return new Edit(removes ? Outcome.REMOVED : Outcome.ABSENT, changes);
                });
    }

    /// A health checker's result, which holds only for the servers that it knew. What it says of
    /// health leaves the weights as the operator wrote them. One at a time, for a version is good
    /// for one of them.
    private Reply health(Call call) {
        ServiceKey key = ServiceRoutes.key(call);
        List<Target> wishes = wishes(call.body(), ServerRoutes::report);
        String version = String.valueOf(call.query().get("version"));
        reporting.lock();
        try {
            ServiceStatus status = ServiceRoutes.find(control, call);
            if (!ServiceModels.version(status).equals(version)) {
                return new Reply.Value(270, ServiceModels.service(status));
            }
            AtomicBoolean old = new AtomicBoolean();
            Reply reply =
                    Edit.apply(
                            control,
                            present -> {
                                VirtualService service = Edit.service(present, key);
                                old.set(!service.equals(status.service()));
                                return old.get()
                                        ? Edit.unchanged()
                                        : put(present, key, wishes, false);
                            });
            if (old.get()) {
                return new Reply.Value(
                        270, ServiceModels.service(ServiceRoutes.find(control, call)));
            }
            return report(status, wishes) ? Edit.reply(Outcome.CHANGED) : reply;
        } catch (CompletionException refused) {
            // Others have reported meanwhile, or taken a server away.
            if (refused.getCause() instanceof BalancerException cause && isOld(cause.code())) {
                return new Reply.Value(
                        270, ServiceModels.service(ServiceRoutes.find(control, call)));
            }
            throw refused;
        } finally {
            reporting.unlock();
        }
    }

    private static boolean isOld(ErrorCode code) {
        return code == ErrorCode.STALE
                || code == ErrorCode.NO_REAL_SERVER
                || code == ErrorCode.NO_SERVICE;
    }

    /// Whether a report says something new, or may bring up a server that connections found dead.
    static boolean isNews(ServerHealth health, boolean up) {
        return health.external() == State.UNCHECKED
                || ((health.external() == State.UP) != up)
                || (up && health.passive() == State.DOWN);
    }

    /// Hands on what differs from what was reported before.
    ///
    /// @return whether something did
    private boolean report(ServiceStatus status, List<Target> wishes) {
        Map<Endpoint, ServerHealth> known = new LinkedHashMap<>();
        status.realServers()
                .forEach(server -> known.put(server.server().endpoint(), server.health()));
        boolean changed = false;
        for (Target wish : wishes) {
            ServerHealth health = known.get(wish.endpoint());
            Boolean up = wish.up();
            if (up == null || health == null || !isNews(health, up)) {
                continue;
            }
            control.reportHealth(
                            status.service().key(),
                            wish.endpoint(),
                            up,
                            "by the API",
                            health.version() + 1)
                    .join();
            changed = true;
        }
        return changed;
    }
}
