// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.control;

import static io.fullnat.api.ErrorCode.ADDRESS_IN_USE;
import static io.fullnat.api.ErrorCode.LOCAL_ADDRESS_EXISTS;
import static io.fullnat.api.ErrorCode.NO_LOCAL_ADDRESS;

import io.fullnat.api.IpAddress;
import io.fullnat.api.control.AddressRules;
import io.fullnat.api.network.InterfaceAddress;
import io.fullnat.api.service.LocalAddress;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.VirtualService;
import java.util.List;

/// Changes of local addresses, on a draft: each is an entry of its service and a reference to the
/// interface address that all services share.
final class LocalEdits {
    private final Draft draft;
    private final Resources resources;

    LocalEdits(Draft draft, Resources resources) {
        this.draft = draft;
        this.resources = resources;
    }

    void addLocal(ServiceKey key, LocalAddress local) {
        VirtualService service = draft.service(key);
        boolean there =
                service.localAddresses().stream()
                        .anyMatch(other -> other.address().equals(local.address()));
        if (there) {
            throw Draft.error(
                    LOCAL_ADDRESS_EXISTS,
                    "local address " + local.address() + " of " + key + " already exists");
        }
        use(key, local);
        draft.services.put(key, service.withLocalAddress(local));
    }

    void flushLocals(ServiceKey key, boolean force) {
        for (LocalAddress local : draft.service(key).localAddresses()) {
            removeLocal(key, local.address(), force);
        }
        if (force) {
            resources
                    .locals()
                    .forEachLeftOver((name, slot) -> {
                        if (name.service().equals(key)) {
                            draft.forced.add(name);
                        }
                    });
        }
    }

    void removeLocal(ServiceKey key, IpAddress address, boolean force) {
        VirtualService service = draft.service(key);
        List<LocalAddress> left =
                service.localAddresses().stream()
                        .filter(local -> !local.address().equals(address))
                        .toList();
        Resources.LocalName name = new Resources.LocalName(key, address);
        if (left.size() == service.localAddresses().size()) {
            requireForced(name, force, left);
            return;
        }
        release(address);
        if (force) {
            draft.forced.add(name);
        }
        draft.services.put(key, service.withLocalAddresses(left));
    }

    /// An address that the service does not list can only have been removed before, and its
    /// connections end by force.
    private void requireForced(Resources.LocalName name, boolean force, List<LocalAddress> listed) {
        boolean draining = resources.isDraining(name);
        if (!draining) {
            throw Draft.error(
                    NO_LOCAL_ADDRESS,
                    name.address()
                            + " is not a local address of "
                            + name.service()
                            + "; it has "
                            + Draft.names(listed.stream().map(LocalAddress::address)));
        }
        if (!force) {
            throw Draft.error(
                    NO_LOCAL_ADDRESS,
                    name.address()
                            + " was removed from "
                            + name.service()
                            + " already and drains; remove it by force to end its connections");
        }
        draft.forced.add(name);
    }

    void use(ServiceKey key, LocalAddress local) {
        draft.devices.require(local.device(), "local address " + local.address());
        AddressRules.requireHost(local.address(), "local address of " + key);
        InterfaceAddress explicit = draft.addresses.get(local.address());
        DesiredTables.LocalUse used = draft.locals.get(local.address());
        String device =
                used != null
                        ? used.device()
                        : explicit != null ? explicit.device() : local.device();
        if (!device.equals(local.device())) {
            throw Draft.error(
                    ADDRESS_IN_USE,
                    local.address() + " is on " + device + ", not on " + local.device());
        }
        draft.virtual(local.address())
                .ifPresent(virtual -> {
                    throw Draft.error(
                            ADDRESS_IN_USE,
                            local.address()
                                    + " is the virtual address of "
                                    + virtual
                                    + ", it cannot be a local one of "
                                    + key
                                    + "; take another");
                });
        draft.fresh.add(local.address());
        int services = used == null ? 1 : used.services() + 1;
        draft.locals.put(local.address(), new DesiredTables.LocalUse(device, services));
    }

    void release(IpAddress address) {
        draft.locals.computeIfPresent(
                address,
                (a, used) ->
                        used.services() == 1
                                ? null
                                : new DesiredTables.LocalUse(used.device(), used.services() - 1));
    }
}
