// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.control;

import static io.fullnat.api.ErrorCode.ADDRESS_EXISTS;
import static io.fullnat.api.ErrorCode.ADDRESS_IN_USE;
import static io.fullnat.api.ErrorCode.INVALID_ARGUMENT;
import static io.fullnat.api.ErrorCode.NO_ADDRESS;
import static io.fullnat.api.ErrorCode.NO_NEIGHBOUR;
import static io.fullnat.api.ErrorCode.NO_ROUTE;
import static io.fullnat.api.ErrorCode.ROUTE_EXISTS;

import io.fullnat.api.IpAddress;
import io.fullnat.api.IpPrefix;
import io.fullnat.api.control.AddressRules;
import io.fullnat.api.network.InterfaceAddress;
import io.fullnat.api.network.Neighbour;
import io.fullnat.api.network.Route;
import java.util.Optional;

/// Changes of addresses, routes and neighbours, on a draft.
final class NetworkEdits {
    private final Draft draft;

    NetworkEdits(Draft draft) {
        this.draft = draft;
    }

    void addAddress(InterfaceAddress address) {
        draft.devices.require(address.device(), "address " + address.prefix());
        IpAddress ip = address.prefix().address();
        AddressRules.requireHost(ip, "address " + address);
        InterfaceAddress there = draft.addresses.get(ip);
        if (there != null) {
            throw Draft.error(ADDRESS_EXISTS, "address " + ip + " already exists, as " + there);
        }
        DesiredTables.LocalUse used = draft.locals.get(ip);
        if (used != null && !used.device().equals(address.device())) {
            throw Draft.error(ADDRESS_IN_USE, ip + " is a local address on " + used.device());
        }
        draft.addresses.put(ip, address);
        draft.fresh.add(ip);
        draft.fresh.addAll(AddressRules.specials(address.prefix()));
    }

    void removeAddress(InterfaceAddress address, boolean force) {
        IpAddress ip = address.prefix().address();
        DesiredTables.LocalUse used = draft.locals.get(ip);
        if (used != null && used.device().equals(address.device())) {
            throw Draft.error(
                    ADDRESS_IN_USE,
                    ip + " is the local address of " + used.services() + " service(s)");
        }
        if (!address.equals(draft.addresses.get(ip))) {
            throw Draft.error(NO_ADDRESS, address.device() + " has no address " + address.prefix());
        }
        draft.addresses.remove(ip);
        if (force) {
            draft.given.add(ip);
        }
    }

    void addRoute(Route route) {
        draft.devices.require(route.device(), "route " + route.destination());
        Route there = draft.routes.get(route.destination());
        if (there != null) {
            throw Draft.error(
                    ROUTE_EXISTS, "route " + route.destination() + " already exists: " + there);
        }
        route.gateway().ifPresent(gateway -> requireOnLink(route, gateway));
        draft.routes.put(route.destination(), route);
    }

    private void requireOnLink(Route route, IpAddress gateway) {
        boolean onLink =
                draft.addresses.values().stream()
                        .anyMatch(address ->
                                address.device().equals(route.device())
                                        && address.prefix().contains(gateway));
        if (!onLink) {
            throw Draft.error(
                    INVALID_ARGUMENT,
                    "gateway "
                            + gateway
                            + " is on no network of "
                            + route.device()
                            + "; add an address of its network first");
        }
    }

    void removeRoute(IpPrefix destination) {
        if (draft.routes.remove(destination.network()) == null) {
            throw Draft.error(NO_ROUTE, "no static route to " + destination.network());
        }
    }

    void setNeighbour(Neighbour neighbour) {
        draft.devices.require(neighbour.device(), "neighbour " + neighbour.address());
        if (neighbour.mac().isGroup()) {
            throw Draft.error(
                    INVALID_ARGUMENT, neighbour.mac() + " is a group address, no neighbour's");
        }
        draft.neighbours.put(
                new DesiredTables.NeighbourKey(neighbour.address(), neighbour.device()), neighbour);
    }

    void removeNeighbour(IpAddress address, String device) {
        if (draft.neighbours.remove(new DesiredTables.NeighbourKey(address, device)) == null) {
            throw Draft.error(NO_NEIGHBOUR, device + " has no static neighbour " + address);
        }
    }

    void flushNeighbours(Optional<String> device) {
        if (device.isPresent()) {
            draft.flushed.add(draft.devices.known(device.get(), "neighbours").index());
        } else {
            draft.devices.all().forEach(each -> draft.flushed.add(each.index()));
        }
    }
}
