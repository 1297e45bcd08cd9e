// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.control;

import static io.fullnat.api.ErrorCode.ADDRESS_IN_USE;
import static io.fullnat.api.ErrorCode.INVALID_ARGUMENT;

import io.fullnat.api.IpAddress;
import io.fullnat.api.Ipv6Address;
import io.fullnat.api.control.AddressRules;
import io.fullnat.api.control.Change;
import io.fullnat.api.network.InterfaceAddress;
import io.fullnat.api.network.Neighbour;
import io.fullnat.api.network.Route;
import io.fullnat.core.stack.Device;
import java.util.Optional;

/// What changes of addresses, routes and neighbours have to do with beside the state: devices,
/// roles of addresses, networks.
final class NetworkEdits {
    private final Draft draft;

    NetworkEdits(Draft draft) {
        this.draft = draft;
    }

    void addAddress(Change.AddAddress add) {
        InterfaceAddress address = add.address();
        Device device = draft.devices.require(address.device(), "address " + address.prefix());
        IpAddress ip = address.prefix().address();
        AddressRules.requireMtu(ip, device.name(), device.mtu(), "address " + address);
        AddressRules.requireHost(ip, "address " + address);
        if (address.kernel()) {
            draft.devices.requireKernel(device, "address " + address);
        }
        draft.apply(add);
        draft.begin(address);
        DesiredTables.LocalUse used = draft.locals.get(ip);
        if (used != null && !used.device().equals(address.device())) {
            throw Draft.error(ADDRESS_IN_USE, ip + " is a local address on " + used.device());
        }
        draft.fresh.add(ip);
        draft.fresh.addAll(AddressRules.specials(address.prefix()));
    }

    void removeAddress(Change.RemoveAddress remove) {
        InterfaceAddress address = remove.address();
        IpAddress ip = address.prefix().address();
        DesiredTables.LocalUse used = draft.locals.get(ip);
        if (used != null && used.device().equals(address.device())) {
            throw Draft.error(
                    ADDRESS_IN_USE,
                    ip + " is the local address of " + used.services() + " service(s)");
        }
        draft.apply(remove);
        draft.end(address);
        if (remove.force()) {
            draft.given.add(ip);
        }
    }

    void addRoute(Change.AddRoute add) {
        Route route = add.route();
        Device device = draft.devices.require(route.device(), "route " + route.destination());
        AddressRules.requireMtu(
                route.destination().address(), device.name(), device.mtu(), "route " + route);
        draft.apply(add);
        route.gateway().ifPresent(gateway -> requireOnLink(route, gateway));
    }

    private void requireOnLink(Route route, IpAddress gateway) {
        if (gateway instanceof Ipv6Address v6 && v6.isLinkLocal()) {
            return; // every device is on its link
        }
        boolean onLink =
                draft.addresses().values().stream()
                        .anyMatch(address ->
                                !address.kernel()
                                        && address.device().equals(route.device())
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

    void setNeighbour(Change.SetNeighbour set) {
        Neighbour neighbour = set.neighbour();
        draft.devices.require(neighbour.device(), "neighbour " + neighbour.address());
        if (neighbour.mac().isGroup()) {
            throw Draft.error(
                    INVALID_ARGUMENT, neighbour.mac() + " is a group address, no neighbour's");
        }
        draft.apply(set);
    }

    void flushNeighbours(Optional<String> device) {
        if (device.isPresent()) {
            draft.flushed.add(draft.devices.known(device.get(), "neighbours").index());
        } else {
            draft.devices.all().forEach(each -> draft.flushed.add(each.index()));
        }
    }
}
