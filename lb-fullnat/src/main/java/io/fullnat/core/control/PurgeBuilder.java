// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.control;

import io.fullnat.api.Endpoint;
import io.fullnat.api.control.ConnectionFilter;
import io.fullnat.api.control.DesiredState;
import io.fullnat.api.service.Frontend;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.ServiceLimits;
import io.fullnat.api.service.ServicePolicy;
import io.fullnat.api.service.VirtualService;
import io.fullnat.core.open.ConnectionMatch;
import io.fullnat.core.open.PurgeRules;
import io.fullnat.core.open.TrafficLimits;
import io.fullnat.core.open.WorkerLimits;
import io.fullnat.core.service.AccessFilter;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Finds out which connections end with a transaction: of clients that are kept out, of local
/// addresses and real servers that are removed by force or whose service wants it so, and those
/// that the transaction names.
final class PurgeBuilder {
    private final Resources resources;
    private final Draft draft;
    private final DesiredState before;
    private final CompiledSets sets;

    PurgeBuilder(Resources resources, Draft draft, DesiredState before, CompiledSets sets) {
        this.sets = sets;
        this.resources = resources;
        this.draft = draft;
        this.before = before;
    }

    PurgeRules build() {
        Map<Integer, AccessFilter> survivors = survivors();
        servers().forEach(slot -> survivors.put(slot, AccessFilter.CLOSED));
        Set<Integer> locals = locals();
        List<ConnectionMatch> matches = new ArrayList<>();
        draft.ending.forEach(filter -> matches.add(match(filter)));
        frontends(matches);
        boolean recounts = recounts();
        return survivors.isEmpty() && locals.isEmpty() && matches.isEmpty() && !recounts
                ? PurgeRules.NONE
                : new PurgeRules(survivors, locals, matches, recounts);
    }

    /// Whether clients have a limit that had none, or traffic has one or has one no more. A service
    /// that is new may have connections of its former life.
    @SuppressWarnings("ReferenceEquality") // one that was not touched is the same
    private boolean recounts() {
        for (VirtualService service : draft.services().values()) {
            VirtualService former = before.services().get(service.key());
            if (service == former) {
                continue;
            }
            ServiceLimits limits = service.policy().limits();
            ServiceLimits formerly = former == null ? ServiceLimits.NONE : former.policy().limits();
            if (WorkerLimits.countsMore(formerly, limits)
                    || TrafficLimits.differ(formerly, limits)) {
                return true;
            }
        }
        return false;
    }

    /// Those to frontends that groups no longer have, if these let connections end with what goes.
    private void frontends(List<ConnectionMatch> matches) {
        draft.services()
                .forEach((key, next) -> {
                    VirtualService service = before.services().get(key);
                    if (service == null
                            || service.frontends().equals(next.frontends())
                            || next.policy().removal() != ServicePolicy.Removal.END) {
                        return;
                    }
                    List<Frontend> left = new ArrayList<>(service.frontends());
                    left.removeAll(next.frontends());
                    int slot = resources.services().find(key);
                    if (!left.isEmpty() && slot >= 0) {
                        matches.add(ConnectionMatch.of(slot, left, next.frontends()));
                    }
                });
    }

    private ConnectionMatch match(ConnectionFilter filter) {
        Set<Integer> slots = new HashSet<>();
        filter.server()
                .ifPresent(server ->
                        resources
                                .servers()
                                .forEach((name, slot) -> {
                                    if (isMeant(server, name.endpoint())) {
                                        slots.add(slot);
                                    }
                                }));
        int service = filter.service().map(resources.services()::find).orElse(ConnectionMatch.ANY);
        return new ConnectionMatch(filter, slots, service);
    }

    private static boolean isMeant(Endpoint server, Endpoint endpoint) {
        return server.address().equals(endpoint.address())
                && (server.port() == 0 || endpoint.port() == 0 || server.port() == endpoint.port());
    }

    /// Who keeps connections, by the slot of the real server: of all that a service has or had
    /// whose access rules have changed, or the sets that they name.
    private Map<Integer, AccessFilter> survivors() {
        Map<Integer, AccessFilter> survivors = new HashMap<>();
        Set<String> changed = draft.changedSets(before);
        if (draft.access.isEmpty() && changed.isEmpty()) {
            return survivors;
        }
        Map<ServiceKey, AccessFilter> filters = new HashMap<>();
        draft.services()
                .forEach((key, service) -> {
                    if (draft.access.contains(key) || CompiledSets.uses(service, changed)) {
                        AccessFilter filter = sets.filter(service, draft.sets());
                        filters.put(key, filter == null ? AccessFilter.OPEN : filter);
                    }
                });
        resources
                .servers()
                .forEach((name, slot) -> {
                    AccessFilter filter = filters.get(name.service());
                    if (filter != null) {
                        survivors.put(slot, filter);
                    }
                });
        return survivors;
    }

    /// Slots of local addresses that are removed by force.
    private Set<Integer> locals() {
        Set<Integer> slots = new HashSet<>();
        for (Resources.LocalName name : draft.forced) {
            int slot = resources.locals().find(name);
            if (slot >= 0) {
                slots.add(slot);
            }
        }
        return slots;
    }

    /// Slots of real servers that take their connections along.
    private Set<Integer> servers() {
        Set<Integer> slots = new HashSet<>();
        draft.ended.forEach(name -> add(slots, name));
        before.services()
                .forEach((key, service) -> {
                    VirtualService next = draft.services().get(key);
                    if (service.equals(next)) {
                        return;
                    }
                    ServicePolicy policy = (next == null ? service : next).policy();
                    if (policy.removal() == ServicePolicy.Removal.END
                            || policy.expiresQuiescent()) {
                        removed(service, next).forEach(name -> add(slots, name));
                    }
                    if (next != null && policy.expiresQuiescent()) {
                        quiesced(service, next).forEach(name -> add(slots, name));
                    }
                });
        return slots;
    }

    private static List<Resources.ServerName> removed(
            VirtualService service, @Nullable VirtualService next) {
        List<Resources.ServerName> removed = new ArrayList<>(ServiceBuilder.serverNames(service));
        if (next != null) {
            removed.removeAll(Set.copyOf(ServiceBuilder.serverNames(next)));
        }
        return removed;
    }

    /// The servers whose weight becomes 0 or that are inhibited; if their connections begin to end
    /// for that only now, all that get no new ones, those that were removed before among them.
    private List<Resources.ServerName> quiesced(VirtualService service, VirtualService next) {
        boolean already = service.policy().expiresQuiescent();
        List<Resources.ServerName> quiesced = new ArrayList<>();
        Set<Endpoint> wanted = new HashSet<>();
        for (RealServer server : service.realServers()) {
            if (server.isWanted()) {
                wanted.add(server.endpoint());
            }
        }
        for (RealServer server : next.realServers()) {
            Resources.ServerName name = Resources.ServerName.real(next.key(), server.endpoint());
            boolean used = !already || wanted.contains(server.endpoint());
            if (used && (!server.isWanted() || (!already && isDown(name)))) {
                quiesced.add(name);
            }
        }
        if (!already) {
            Set<Resources.ServerName> there = Set.copyOf(ServiceBuilder.serverNames(next));
            resources
                    .servers()
                    .forEach((name, slot) -> {
                        if (name.service().equals(next.key()) && !there.contains(name)) {
                            quiesced.add(name);
                        }
                    });
        }
        return quiesced;
    }

    private boolean isDown(Resources.ServerName name) {
        int slot = resources.servers().find(name);
        return slot >= 0 && resources.workers().health().server(slot) == 0;
    }

    private void add(Set<Integer> slots, Resources.ServerName name) {
        int slot = resources.servers().find(name);
        if (slot >= 0) {
            slots.add(slot);
        }
    }
}
