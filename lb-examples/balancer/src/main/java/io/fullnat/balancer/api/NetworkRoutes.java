// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import io.fullnat.api.IpAddress;
import io.fullnat.api.IpPrefix;
import io.fullnat.api.MacAddress;
import io.fullnat.api.control.Change;
import io.fullnat.api.control.Control;
import io.fullnat.api.control.DesiredState;
import io.fullnat.api.control.NeighbourStatus;
import io.fullnat.api.network.Neighbour;
import io.fullnat.api.network.Route;
import java.util.List;
import java.util.Optional;

/// Routes and neighbours of a device. Thread-safe.
final class NetworkRoutes {
    private static final String ROUTE = "/device/{name}/route";
    private static final String NEIGHBOUR = "/device/{name}/neighbour";

    private final Control control;
    private final DeviceRoutes devices;

    NetworkRoutes(Control control, DeviceRoutes devices) {
        this.control = control;
        this.devices = devices;
    }

    List<ApiRoute> routes() {
        return List.of(
                ApiRoute.of("GET", ROUTE, "The static routes of a device", this::list)
                        .flag("stats", "has no effect: routes are not counted")
                        .answers(200, "RouteList"),
                ApiRoute.of("PUT", ROUTE, "Adds a static route, or replaces one", this::put)
                        .takes("RouteSpec")
                        .answers(200, "Outcome")
                        .answers(201, "Outcome"),
                ApiRoute.of("DELETE", ROUTE, "Removes a static route", this::delete)
                        .takes("RouteSpec")
                        .answers(200, "Outcome"),
                ApiRoute.of("GET", NEIGHBOUR, "The neighbours that workers know", this::neighbours)
                        .answers(200, "NeighbourList"),
                ApiRoute.of(
                                "PUT",
                                NEIGHBOUR,
                                "Adds a static neighbour, or replaces one",
                                this::putNeighbour)
                        .takes("NeighbourSpec")
                        .answers(200, "Outcome")
                        .answers(201, "Outcome"),
                ApiRoute.of(
                                "DELETE",
                                NEIGHBOUR,
                                "Removes a static neighbour",
                                this::deleteNeighbour)
                        .takes("NeighbourName")
                        .answers(200, "Outcome"),
                ApiRoute.of(
                                "POST",
                                NEIGHBOUR + "/flush",
                                "Forgets the neighbours of a device that were resolved",
                                this::flushNeighbours)
                        .answers(200, "Outcome"));
    }

    private Reply list(Call call) {
        String device = devices.device(call);
        return Reply.ok(
                ServiceModels.items(
                        control.status().routes().stream()
                                .filter(route -> route.device().equals(device))
                                .map(NetworkRoutes::route)
                                .toList()));
    }

    private static ObjectNode route(Route route) {
        ObjectNode node =
                Json.object()
                        .put("dst", route.destination().toString())
                        .put("device", route.device());
        route.gateway().ifPresent(gateway -> node.put("gateway", gateway.toString()));
        return node;
    }

    private Route wish(Call call) {
        String device = devices.device(call);
        JsonNode body = call.body();
        for (String key : List.of("src", "prefixSrc", "scope")) {
            if (!body.path(key).asText().isEmpty()) {
                throw Failure.unsupported(
                        "$." + key + ": a route has dst, gateway and device here; leave it out");
            }
        }
        for (String key : List.of("mtu", "metric")) {
            if (body.path(key).asLong() != 0) {
                throw Failure.unsupported(
                        "$." + key + ": a route has dst, gateway and device here; leave it out");
            }
        }
        String other = body.path("device").asText();
        if (!other.isEmpty() && !other.equals(device)) {
            throw Failure.invalid("$.device is " + other + ", but the path says " + device);
        }
        String gateway = body.path("gateway").asText();
        return new Route(
                IpPrefix.parse(body.path("dst").asText()),
                gateway.isEmpty() ? Optional.empty() : Optional.of(IpAddress.parse(gateway)),
                device);
    }

    private Reply put(Call call) {
        Route desired = wish(call);
        return Edit.apply(
                control,
                present -> {
                    Route there = present.routes().get(desired.destination());
                    if (there == null) {
                        return Edit.created(new Change.AddRoute(desired));
                    }
                    return there.equals(desired)
                            ? Edit.unchanged()
                            : Edit.changed(
                                    new Change.RemoveRoute(desired.destination()),
                                    new Change.AddRoute(desired));
                });
    }

    private Reply delete(Call call) {
        Route desired = wish(call);
        return Edit.apply(control, present -> delete(present, desired));
    }

    private static Edit delete(DesiredState present, Route desired) {
        Route there = present.routes().get(desired.destination());
        if (there == null || !there.device().equals(desired.device())) {
            return Edit.absent();
        }
        if (desired.gateway().isPresent() && !desired.equals(there)) {
            throw new BalancerException(
                    ErrorCode.NO_ROUTE, "no route " + desired + "; there is " + there);
        }
        return Edit.removed(new Change.RemoveRoute(desired.destination()));
    }

    private Reply neighbours(Call call) {
        String device = devices.device(call);
        return Reply.ok(
                ServiceModels.items(
                        control.neighbours().stream()
                                .filter(neighbour -> neighbour.device().equals(device))
                                .map(NetworkRoutes::neighbour)
                                .toList()));
    }

    private static ObjectNode neighbour(NeighbourStatus status) {
        ObjectNode node =
                Json.object()
                        .put("worker", status.worker())
                        .put("addr", status.address().toString())
                        .put("state", status.state().name());
        status.mac().ifPresent(mac -> node.put("mac", mac.toString()));
        return node;
    }

    private static Optional<Neighbour> find(
            DesiredState present, IpAddress address, String device) {
        return present.neighbours().stream()
                .filter(known -> known.address().equals(address) && known.device().equals(device))
                .findFirst();
    }

    private Reply putNeighbour(Call call) {
        Neighbour desired =
                new Neighbour(
                        IpAddress.parse(call.body().path("addr").asText()),
                        MacAddress.parse(call.body().path("mac").asText()),
                        devices.device(call));
        return Edit.apply(
                control,
                present -> {
                    Optional<Neighbour> there = find(present, desired.address(), desired.device());
                    if (there.isEmpty()) {
                        return Edit.created(new Change.SetNeighbour(desired));
                    }
                    return there.get().equals(desired)
                            ? Edit.unchanged()
                            : Edit.changed(new Change.SetNeighbour(desired));
                });
    }

    private Reply deleteNeighbour(Call call) {
        IpAddress address = IpAddress.parse(call.body().path("addr").asText());
        String device = devices.device(call);
        return Edit.apply(
                control,
                present ->
                        find(present, address, device).isPresent()
                                ? Edit.removed(new Change.RemoveNeighbour(address, device))
                                : Edit.absent());
    }

    private Reply flushNeighbours(Call call) {
        Optional<String> device = Optional.of(devices.device(call));
        return Edit.apply(control, present -> Edit.changed(new Change.FlushNeighbours(device)));
    }
}
