// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.control;

import io.fullnat.api.Endpoint;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.ServicePolicy;
import io.fullnat.api.service.VirtualService;
import io.fullnat.core.open.ConnectionMatch;
import io.fullnat.core.open.PurgeRules;
import io.fullnat.core.service.AccessFilter;
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
    private final DesiredTables before;

    PurgeBuilder(Resources resources, Draft draft, DesiredTables before) {
        this.resources = resources;
        this.draft = draft;
        this.before = before;
    }

    PurgeRules build() {
        Map<Integer, AccessFilter> survivors = survivors();
        Set<Integer> servers = servers();
        List<ConnectionMatch> matches = draft.ending.stream().map(ConnectionMatch::new).toList();
        return survivors.isEmpty() && servers.isEmpty() && matches.isEmpty()
                ? PurgeRules.NONE
                : new PurgeRules(survivors, servers, matches);
    }

    /// Who keeps connections, by the slot of the local address.
    private Map<Integer, AccessFilter> survivors() {
        Map<Integer, AccessFilter> survivors = new HashMap<>();
        if (!draft.access.isEmpty()) {
            Map<ServiceKey, AccessFilter> filters = new HashMap<>();
            for (ServiceKey key : draft.access) {
                if (draft.services.containsKey(key)) {
                    filters.put(key, new AccessFilter(draft.service(key).accessRules()));
                }
            }
            resources
                    .locals()
                    .forEach((name, slot) -> {
                        AccessFilter filter = filters.get(name.service());
                        if (filter != null) {
                            survivors.put(slot, filter);
                        }
                    });
        }
        for (Resources.LocalName name : draft.forced) {
            int slot = resources.locals().find(name);
            if (slot >= 0) {
                survivors.put(slot, AccessFilter.CLOSED);
            }
        }
        return survivors;
    }

    /// Slots of real servers that take their connections along.
    private Set<Integer> servers() {
        Set<Integer> slots = new HashSet<>();
        draft.ended.forEach(name -> add(slots, name));
        before.services()
                .forEach((key, service) -> {
                    VirtualService next = draft.services.get(key);
                    ServicePolicy policy = (next == null ? service : next).policy();
                    if (policy.removal() == ServicePolicy.Removal.END && !service.equals(next)) {
                        removed(service, next).forEach(name -> add(slots, name));
                    }
                });
        return slots;
    }

    private static List<Resources.ServerName> removed(
            VirtualService service, @Nullable VirtualService next) {
        Set<Endpoint> staying = new HashSet<>();
        if (next != null) {
            next.realServers().forEach(server -> staying.add(server.endpoint()));
        }
        return service.realServers().stream()
                .map(RealServer::endpoint)
                .filter(endpoint -> !staying.contains(endpoint))
                .map(endpoint -> new Resources.ServerName(service.key(), endpoint))
                .toList();
    }

    private void add(Set<Integer> slots, Resources.ServerName name) {
        int slot = resources.servers().find(name);
        if (slot >= 0) {
            slots.add(slot);
        }
    }
}
