// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.control;

import io.fullnat.api.IpAddress;
import io.fullnat.api.service.ServiceKey;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/// Makes a transaction of a draft: builds the services that are new or changed, keeps all others as
/// they are, and finds out what drains and which connections end.
final class TransactionBuilder {
    private final Resources resources;
    private final ServiceBuilder services;
    private final CompiledSets sets;

    TransactionBuilder(Resources resources, ServiceBuilder services, CompiledSets sets) {
        this.sets = sets;
        this.resources = resources;
        this.services = services;
    }

    /// Builds the next state beside the present one.
    ///
    /// @param draft what it is to be
    /// @param state the present one
    /// @param built its services
    /// @param draining its draining addresses
    Transaction build(
            Draft draft,
            DesiredTables state,
            NavigableMap<ServiceKey, ServiceBuilder.Built> built,
            Map<IpAddress, String> draining) {
        sets.keep(state.desired().sets().values());
        Set<String> changed = draft.changedSets(state.desired());
        DesiredTables next = draft.state();
        List<ServiceBuilder.Built> added = new ArrayList<>();
        List<ServiceBuilder.Built> dropped = new ArrayList<>();
        NavigableMap<ServiceKey, ServiceBuilder.Built> nextBuilt = new TreeMap<>();
        try {
            next.desired()
                    .services()
                    .forEach((key, service) -> {
                        ServiceBuilder.Built known = built.get(key);
                        if (known == null
                                || !known.service().equals(service)
                                || CompiledSets.uses(service, changed)) {
                            known =
                                    services.build(
                                            service,
                                            sets.filter(service, next.desired().sets()),
                                            known);
                            added.add(known);
                        }
                        nextBuilt.put(key, known);
                    });
        } catch (Throwable failure) {
            release(added);
            throw failure;
        }
        built.forEach((key, known) -> {
            if (nextBuilt.get(key) != known) {
                dropped.add(known);
            }
        });
        Map<IpAddress, String> nextDraining = new HashMap<>(draining);
        state.locals().forEach((ip, use) -> nextDraining.put(ip, use.device()));
        nextDraining.keySet().removeAll(next.locals().keySet());
        return new Transaction(
                next,
                nextBuilt,
                added,
                dropped,
                nextDraining,
                new PurgeBuilder(resources, draft, state.desired(), sets).build(),
                List.copyOf(draft.templates),
                Set.copyOf(draft.zeroed),
                Set.copyOf(draft.flushed));
    }

    void release(List<ServiceBuilder.Built> unused) {
        unused.forEach(service -> services.release(service.service()));
    }

    /// Those of some draining addresses that a connection still uses.
    Map<IpAddress, String> stillDraining(Map<IpAddress, String> draining) {
        if (draining.isEmpty()) {
            return draining;
        }
        Set<IpAddress> used = new HashSet<>();
        resources.locals().forEachUnreferenced((name, slot) -> used.add(name.address()));
        Map<IpAddress, String> left = new HashMap<>(draining);
        left.keySet().retainAll(used);
        return left;
    }

    /// A transaction is in force: lets counts begin at zero, and those of rules follow it.
    void settle(Transaction done) {
        zero(done.zeroed(), done.built());
        sets.counts().follow(done.state().desired(), done.zeroed());
    }

    private void zero(
            Set<Optional<ServiceKey>> zeroed,
            NavigableMap<ServiceKey, ServiceBuilder.Built> built) {
        if (zeroed.isEmpty()) {
            return;
        }
        boolean all = zeroed.contains(Optional.<ServiceKey>empty());
        Counts counts = resources.counts();
        resources
                .servers()
                .forEach((name, slot) -> {
                    if (all || zeroed.contains(Optional.of(name.service()))) {
                        counts.zeroServer(slot);
                    }
                });
        resources
                .locals()
                .forEach((name, slot) -> {
                    if (all || zeroed.contains(Optional.of(name.service()))) {
                        counts.zeroLocal(slot);
                    }
                });
        for (ServiceKey key : built.keySet()) {
            if (all || zeroed.contains(Optional.of(key))) {
                counts.refusals().zero(resources.services().find(key));
                resources.forgetTraffic(key);
            }
        }
    }
}
