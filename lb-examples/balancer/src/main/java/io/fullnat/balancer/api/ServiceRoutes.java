// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.api;

import com.fasterxml.jackson.databind.JsonNode;
import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import io.fullnat.api.control.Change;
import io.fullnat.api.control.Control;
import io.fullnat.api.control.DesiredState;
import io.fullnat.api.service.QuicRouting;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.ServiceStatus;
import io.fullnat.api.service.SynProxy;
import io.fullnat.api.service.TcpPolicy;
import io.fullnat.api.service.VirtualService;
import io.fullnat.balancer.attribute.Attribute;
import io.fullnat.balancer.attribute.ServiceAttributes;
import java.util.List;
import java.util.Optional;

/// Virtual services: `/vs`. Thread-safe.
final class ServiceRoutes {
    static final String ONE = "/vs/{VipPort}";
    private static final String ASKED_LIVE = "has no effect: answers are always of the live state";

    private final Control control;

    ServiceRoutes(Control control) {
        this.control = control;
    }

    List<ApiRoute> routes() {
        return List.of(
                reading(ApiRoute.of("GET", "/vs", "All services", this::list)),
                reading(ApiRoute.of("GET", ONE, "One service", this::get)),
                ApiRoute.of("PUT", ONE, "Adds a service, or edits one", this::put)
                        .flag("snapshot", "has no effect: every change is of the live state")
                        .takes("VirtualServerSpecTiny")
                        .answers(200, "Outcome")
                        .answers(201, "Outcome"),
                ApiRoute.of("DELETE", ONE, "Removes a service", this::delete)
                        .flag("endConnections", "ends its connections, which go on otherwise")
                        .answers(200, "Outcome"));
    }

    private static ApiRoute reading(ApiRoute route) {
        return route.flag("stats", "has no effect: counts are always there")
                .flag("snapshot", ASKED_LIVE)
                .flag("healthcheck", ASKED_LIVE)
                .answers(200, "VirtualServerList");
    }

    private Reply list(Call call) {
        return Reply.ok(
                ServiceModels.items(
                        control.status().services().stream().map(ServiceModels::service).toList()));
    }

    private Reply get(Call call) {
        return Reply.ok(ServiceModels.items(List.of(ServiceModels.service(find(control, call)))));
    }

    /// The service that a path names, as it is now.
    static ServiceStatus find(Control control, Call call) {
        ServiceKey key = key(call);
        return control.status(key).orElseThrow(() -> Edit.noService(key));
    }

    static ServiceKey key(Call call) {
        return ServiceId.parse(call.path("VipPort"));
    }

    private Reply put(Call call) {
        ServiceKey key = key(call);
        refuseOthers(call.body());
        return Edit.apply(control, present -> put(present, key, call.body()));
    }

    private static Edit put(DesiredState present, ServiceKey key, JsonNode body) {
        VirtualService there = present.services().get(key);
        VirtualService desired =
                withSynProxy(
                        body,
                        withQuic(
                                body,
                                AttributeModels.read(
                                        ServiceAttributes.ALL,
                                        body,
                                        there == null ? VirtualService.of(key) : there)));
        if (there == null) {
            return Edit.created(new Change.AddService(desired));
        }
        return Edit.of(
                ServiceAttributes.changes(there, desired),
                Edit.Outcome.CHANGED,
                Edit.Outcome.UNCHANGED);
    }

    /// The flag of DPVS's agent: connection ids have its layout.
    private static VirtualService withQuic(JsonNode body, VirtualService service) {
        Optional<QuicRouting> dpvs = Optional.of(new QuicRouting.Dpvs());
        Optional<QuicRouting> said = service.policy().quic();
        if (!body.has("Quic") || body.has("QuicRouting")) {
            return service;
        }
        if (body.path("Quic").asBoolean()) {
            return service.withPolicy(service.policy().withQuic(dpvs));
        }
        return said.equals(dpvs)
                ? service.withPolicy(service.policy().withQuic(Optional.empty()))
                : service;
    }

    /// The flag of DPVS's agent: SYNs are answered with cookies, as they are now or always.
    private static VirtualService withSynProxy(JsonNode body, VirtualService service) {
        TcpPolicy tcp = service.policy().tcp();
        boolean on = body.path("SynProxy").asBoolean();
        if (!body.has("SynProxy") || on != tcp.synProxy().equals(SynProxy.OFF)) {
            return service;
        }
        if (body.has("SynProxyMode")) {
            throw new BalancerException(
                    ErrorCode.INVALID_ARGUMENT,
                    "$.SynProxy and $.SynProxyMode contradict each other");
        }
        SynProxy other = on ? SynProxy.ALWAYS : SynProxy.OFF;
        return service.withPolicy(service.policy().withTcp(tcp.withSynProxy(other)));
    }

    private static void refuseOthers(JsonNode body) {
        for (String number : List.of("Fwmark", "Bps")) {
            if (body.path(number).asLong() != 0) {
                throw lacking("$." + number);
            }
        }
        if (body.has("Match")) {
            throw lacking("$.Match");
        }
    }

    private static Failure lacking(String path) {
        List<String> fields = ServiceAttributes.ALL.stream().map(Attribute::restField).toList();
        return Failure.unsupported(
                path
                        + ": this balancer has no such feature; leave the key out ("
                        + String.join(", ", fields.subList(0, fields.size() - 1))
                        + " and "
                        + fields.getLast()
                        + " are what a service has)");
    }

    private Reply delete(Call call) {
        ServiceKey key = key(call);
        boolean end = call.flag("endConnections");
        return Edit.apply(
                control,
                present ->
                        present.services().containsKey(key)
                                ? Edit.removed(new Change.RemoveService(key, end))
                                : Edit.absent());
    }
}
