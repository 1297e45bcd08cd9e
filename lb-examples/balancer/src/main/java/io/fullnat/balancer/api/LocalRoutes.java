// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.api;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import io.fullnat.api.IpAddress;
import io.fullnat.api.control.Change;
import io.fullnat.api.control.ConnectionFilter;
import io.fullnat.api.control.Control;
import io.fullnat.api.control.DesiredState;
import io.fullnat.api.service.LocalAddress;
import io.fullnat.api.service.ServiceKey;
import java.util.List;
import java.util.Optional;

/// Local addresses: `/vs/{VipPort}/laddr`. Entry and interface address are one here, so both come
/// and go in one transaction. Thread-safe.
final class LocalRoutes {
    private static final String ALL = ServiceRoutes.ONE + "/laddr";

    private final Control control;

    LocalRoutes(Control control) {
        this.control = control;
    }

    List<ApiRoute> routes() {
        return List.of(
                ApiRoute.of("GET", ALL, "The local addresses of a service", this::get)
                        .flag("stats", "has no effect: counts are always there")
                        .flag("snapshot", "has no effect: answers are of the live state")
                        .answers(200, "LocalAddressExpandList"),
                ApiRoute.of("PUT", ALL, "Adds a local address and its interface address", this::put)
                        .flag("snapshot", "has no effect: every change is of the live state")
                        .takes("LocalAddressSpecTiny")
                        .answers(200, "Outcome")
                        .answers(201, "Outcome"),
                ApiRoute.of("DELETE", ALL, "Removes a local address, which drains", this::delete)
                        .flag("force", "ends its connections, also if it drains already")
                        .takes("LocalAddressSpecTiny")
                        .answers(200, "Outcome"));
    }

    private Reply get(Call call) {
        return Reply.ok(ServiceModels.locals(ServiceRoutes.find(control, call)));
    }

    private Reply put(Call call) {
        ServiceKey key = ServiceRoutes.key(call);
        if (!call.body().has("device")) {
            throw Failure.invalid(
                    "$.device is missing: the port on which real servers are reached");
        }
        LocalAddress desired =
                LocalAddress.of(
                        call.body().path("addr").asText(), call.body().path("device").asText());
        return Edit.apply(control, present -> put(present, key, desired));
    }

    private static Edit put(DesiredState present, ServiceKey key, LocalAddress desired) {
        Optional<LocalAddress> there = find(present, key, desired.address());
        if (there.isEmpty()) {
            return Edit.created(new Change.AddLocalAddress(key, desired));
        }
        if (!there.get().equals(desired)) {
            throw new BalancerException(
                    ErrorCode.LOCAL_ADDRESS_EXISTS, elsewhere(there.get(), key, desired.device()));
        }
        return Edit.unchanged();
    }

    private static Optional<LocalAddress> find(
            DesiredState present, ServiceKey key, IpAddress address) {
        return Edit.service(present, key).localAddresses().stream()
                .filter(local -> local.address().equals(address))
                .findFirst();
    }

    private static String elsewhere(LocalAddress there, ServiceKey key, String device) {
        return there.address()
                + " is a local address of "
                + key
                + " on "
                + there.device()
                + ", not on "
                + device;
    }

    private Reply delete(Call call) {
        ServiceKey key = ServiceRoutes.key(call);
        IpAddress address = IpAddress.parse(call.body().path("addr").asText());
        String device = call.body().path("device").asText();
        boolean force = call.flag("force");
        return Edit.apply(
                control,
                present -> {
                    Optional<LocalAddress> there = find(present, key, address);
                    if (there.isEmpty()) { // it may drain
                        ConnectionFilter its = ConnectionFilter.of(key).withLocal(address);
                        return new Edit(
                                Edit.Outcome.ABSENT,
                                force ? List.of(new Change.EndConnections(its)) : List.of());
                    }
                    if (!device.isEmpty() && !there.get().device().equals(device)) {
                        throw new BalancerException(
                                ErrorCode.INVALID_ARGUMENT, elsewhere(there.get(), key, device));
                    }
                    return Edit.removed(new Change.RemoveLocalAddress(key, address, force));
                });
    }
}
