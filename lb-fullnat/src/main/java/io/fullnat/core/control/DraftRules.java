// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.control;

import io.fullnat.api.ErrorCode;
import io.fullnat.api.IpAddress;
import io.fullnat.api.control.AddressRules;
import io.fullnat.api.control.DesiredState;
import io.fullnat.api.control.ServiceRules;
import io.fullnat.api.control.SetRules;
import io.fullnat.api.network.AddressKey;
import io.fullnat.api.network.InterfaceAddress;
import io.fullnat.api.service.LocalAddress;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.VirtualService;
import io.fullnat.api.set.IpSet;
import io.fullnat.api.set.SetEntry;
import io.fullnat.api.set.SetType;
import io.fullnat.core.health.HealthMonitor;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Rules between the objects of a draft, asked when all changes of its transaction are made: so the
/// order of changes does not matter, nor that of transactions. What was there before is looked at
/// only as far as something new could conflict with it.
final class DraftRules {
    private final Draft draft;
    private final DesiredState before;
    private final Map<IpAddress, String> draining;
    private final Set<IpAddress> locals;
    private final AddressRules rules;
    private final HealthMonitor health;

    /// @param before the state that the changes met
    /// @param draining local addresses that no service lists, with their devices
    DraftRules(
            Draft draft,
            DesiredTables before,
            Map<IpAddress, String> draining,
            HealthMonitor health) {
        this.health = health;
        this.draft = draft;
        this.before = before.desired();
        locals = before.locals().keySet();
        this.draining = draining;
        rules = new AddressRules(draft.addresses().values(), this::own);
    }

    void check() {
        boolean own = !draft.fresh.isEmpty();
        if (own) {
            draft.addresses().values().forEach(rules::check);
        }
        checkSets();
        draft.services().forEach((key, service) -> check(key, service, own));
        LimitRules.checkShares(draft.services().values());
        draft.fresh.forEach(this::requireNoLocal);
        if (own || !draft.routes().equals(before.routes())) {
            draft.routes().values().forEach(rules::check);
        }
        if (own || !List.copyOf(draft.neighbours()).equals(before.neighbours())) {
            draft.neighbours().forEach(rules::check);
        }
        before.addresses()
                .forEach((key, address) -> {
                    if (!draft.addresses().containsKey(key)) {
                        requireNoVirtual(key.address(), address);
                    }
                });
    }

    private void checkSets() {
        Set<String> changed = draft.changedSets(before);
        if (changed.isEmpty() && draft.access.isEmpty() && draft.changed.isEmpty()) {
            return;
        }
        for (String name : changed) {
            IpSet set = draft.sets().get(name);
            if (set == null) {
                SetRules.requireUnused(draft.services().values(), name);
            } else if (set.type() == SetType.HASH_NET_PORT_IFACE) {
                set.entries().stream()
                        .map(SetEntry::device)
                        .distinct()
                        .forEach(device -> draft.devices.require(device, set.toString()));
            }
        }
        draft.services().values().forEach(service -> SetRules.check(service, draft.sets()));
    }

    @SuppressWarnings("ReferenceEquality") // one that was not touched is the same
    private void check(ServiceKey key, VirtualService service, boolean own) {
        if (service != before.services().get(key)) {
            draft.requireDistinct(service);
            AddressRules.checkFamilies(service);
            ServiceRules.check(service);
            HealthRules.check(service);
            LimitRules.check(service);
            health.requireProbes(service);
        }
        if (own) {
            rules.check(service);
            for (LocalAddress local : service.localAddresses()) {
                rules.check(key, local);
            }
        }
        boolean changed = draft.changed.contains(key);
        if (own || changed) {
            for (RealServer server : ServiceBuilder.servers(service)) {
                if (changed || draft.fresh.contains(server.endpoint().address())) {
                    rules.check(key, server);
                }
            }
        }
    }

    /// The kernel would get what belongs to connections.
    private void requireNoLocal(IpAddress ip) {
        InterfaceAddress address = draft.addresses().get(AddressKey.of(ip));
        boolean kernels = address != null && address.kernel();
        if (kernels && (locals.contains(ip) || draining.containsKey(ip))) {
            throw Draft.error(
                    ErrorCode.ADDRESS_IN_USE,
                    "address "
                            + address
                            + ": "
                            + ip
                            + " is a local address until its connections have ended; wait for"
                            + " them, or end them (connection remove --local "
                            + ip
                            + "), and try again");
        }
    }

    private void requireNoVirtual(IpAddress ip, InterfaceAddress address) {
        if (draft.given.contains(ip)) {
            return;
        }
        draft.virtual(ip)
                .ifPresent(key -> {
                    throw Draft.error(
                            ErrorCode.ADDRESS_IN_USE,
                            "address "
                                    + address
                                    + ": "
                                    + ip
                                    + " is the virtual address of "
                                    + key
                                    + ", which clients would not reach any more; remove its services"
                                    + " first, or remove it by force (--force, force=true)");
                });
    }

    private Optional<String> own(IpAddress ip) {
        Optional<ServiceKey> virtual = draft.virtual(ip);
        if (virtual.isPresent()) {
            return virtual.map(key -> "the virtual address of " + key);
        }
        if (draft.locals.containsKey(ip)) {
            return Optional.of("a local address");
        }
        InterfaceAddress explicit = draft.addresses().get(AddressKey.of(ip));
        if (explicit != null) {
            return Optional.of("an address of the balancer, " + explicit);
        }
        return draining.containsKey(ip)
                ? Optional.of("a local address that drains")
                : Optional.empty();
    }
}
