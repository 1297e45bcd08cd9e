// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.control;

import io.fullnat.api.service.AccessRule;
import io.fullnat.api.service.Clients;
import io.fullnat.api.service.VirtualService;
import io.fullnat.api.set.IpSet;
import io.fullnat.core.service.AccessFilter;
import io.fullnat.core.set.SetMatcher;
import java.util.Collection;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The tables of sets that services use: one for each state of a set, however many services and
/// workers have it. Owned by the control thread.
final class CompiledSets {
    private final IdentityHashMap<IpSet, SetMatcher> known = new IdentityHashMap<>();
    private final DeviceNames devices;
    private final SetCounts counts;

    CompiledSets(DeviceNames devices, SetCounts counts) {
        this.devices = devices;
        this.counts = counts;
    }

    /// What rules decide by them.
    SetCounts counts() {
        return counts;
    }

    /// Forgets all but the sets in force.
    void keep(Collection<IpSet> inForce) {
        Set<IpSet> kept = Collections.newSetFromMap(new IdentityHashMap<>());
        kept.addAll(inForce);
        known.keySet().removeIf(set -> !kept.contains(set));
    }

    /// Who may connect to a service; null if all may.
    @Nullable AccessFilter filter(VirtualService service, Map<String, IpSet> sets) {
        return service.accessRules().isEmpty()
                ? null
                : new AccessFilter(
                        service.accessRules(),
                        name -> matcher(Objects.requireNonNull(sets.get(name))),
                        rule -> counts.of(service.key(), rule));
    }

    private SetMatcher matcher(IpSet set) {
        return known.computeIfAbsent(
                set, made -> new SetMatcher(made, device -> number(made, device)));
    }

    /// The number of a device that an entry names.
    int number(IpSet set, String device) {
        return devices.require(device, "set " + set.name()).index();
    }

    /// Whether a service names one of some sets.
    static boolean uses(VirtualService service, Set<String> names) {
        for (AccessRule rule : service.accessRules()) {
            if (rule.clients() instanceof Clients.InSet(String name, boolean _)
                    && names.contains(name)) {
                return true;
            }
        }
        return false;
    }
}
