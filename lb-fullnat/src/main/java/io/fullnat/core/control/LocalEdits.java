// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.control;

import static io.fullnat.api.ErrorCode.ADDRESS_IN_USE;
import static io.fullnat.api.ErrorCode.NO_LOCAL_ADDRESS;

import io.fullnat.api.IpAddress;
import io.fullnat.api.control.AddressRules;
import io.fullnat.api.control.Change;
import io.fullnat.api.network.AddressKey;
import io.fullnat.api.network.InterfaceAddress;
import io.fullnat.api.service.LocalAddress;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.VirtualService;
import io.fullnat.core.stack.Device;

/// What changes of local addresses have to do with beside the state: each is a reference to the
/// interface address that all services share, and may drain.
final class LocalEdits {
    private final Draft draft;
    private final Resources resources;

    LocalEdits(Draft draft, Resources resources) {
        this.draft = draft;
        this.resources = resources;
    }

    void addLocal(Change.AddLocalAddress add) {
        draft.apply(add);
        use(add.key(), add.address());
    }

    void flushLocals(Change.FlushLocalAddresses flush) {
        ServiceKey key = flush.key();
        VirtualService before = draft.service(key);
        draft.apply(flush);
        releaseAll(before);
        if (flush.force()) {
            before.localAddresses()
                    .forEach(local ->
                            draft.forced.add(new Resources.LocalName(key, local.address())));
            resources
                    .locals()
                    .forEachUnreferenced((name, slot) -> {
                        if (name.service().equals(key)) {
                            draft.forced.add(name);
                        }
                    });
        }
    }

    /// An address that only drains is none of the service's any more; its connections end by force.
    void removeLocal(Change.RemoveLocalAddress remove) {
        Resources.LocalName name = new Resources.LocalName(remove.key(), remove.address());
        boolean listed =
                draft.service(remove.key()).localAddresses().stream()
                        .anyMatch(local -> local.address().equals(remove.address()));
        if (listed || !resources.isDraining(name)) {
            draft.apply(remove);
            release(remove.address());
        } else if (!remove.force()) {
            throw Draft.error(
                    NO_LOCAL_ADDRESS,
                    name.address()
                            + " was removed from "
                            + name.service()
                            + " already and drains; remove it by force to end its connections");
        }
        if (remove.force()) {
            draft.forced.add(name);
        }
    }

    void use(ServiceKey key, LocalAddress local) {
        Device on = draft.devices.require(local.device(), "local address " + local.address());
        AddressRules.requireMtu(
                local.address(), on.name(), on.mtu(), "local address " + local + " of " + key);
        AddressRules.requireHost(local.address(), "local address of " + key);
        InterfaceAddress explicit = draft.addresses().get(AddressKey.of(local.address()));
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

    /// A service lists none of its addresses any more.
    void releaseAll(VirtualService service) {
        service.localAddresses().forEach(local -> release(local.address()));
    }

    private void release(IpAddress address) {
        draft.locals.computeIfPresent(
                address,
                (a, used) ->
                        used.services() == 1
                                ? null
                                : new DesiredTables.LocalUse(used.device(), used.services() - 1));
    }
}
