// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.run;

import io.fullnat.api.Endpoint;
import io.fullnat.api.IpAddress;
import io.fullnat.api.control.Change;
import io.fullnat.api.service.AccessRule;
import io.fullnat.api.service.LocalAddress;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.VirtualService;
import io.fullnat.balancer.attribute.ServiceAttributes;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// What makes one service another one of the same key, by edits that leave alone what is the same.
/// The order of access rules means nothing and is no difference; that of servers and local
/// addresses is one.
final class ServiceDifference {
    private final VirtualService desired;
    private final VirtualService before;
    private final List<Change> departures = new ArrayList<>();

    /// @param present the service as it is
    /// @param desired as it is to be
    /// @param moving addresses that no service may list for a moment
    ServiceDifference(VirtualService present, VirtualService desired, Set<IpAddress> moving) {
        this.desired = desired;
        Set<LocalAddress> staying = new HashSet<>(desired.localAddresses());
        List<LocalAddress> left = new ArrayList<>();
        for (LocalAddress local : present.localAddresses()) {
            if (staying.contains(local) && !moving.contains(local.address())) {
                left.add(local);
            } else {
                departures.add(new Change.RemoveLocalAddress(present.key(), local.address()));
            }
        }
        before = departures.isEmpty() ? present : present.withLocalAddresses(left);
    }

    /// The local addresses that go, at least until the other changes are made.
    List<Change> departures() {
        return departures;
    }

    /// All else, to be applied after the departures.
    List<Change> edits() {
        List<Change> edits = new ArrayList<>(ServiceAttributes.changes(before, desired));
        editRules(edits);
        boolean serversOrdered = editServers(edits);
        boolean localsOrdered = editLocals(edits);
        if (!serversOrdered || !localsOrdered) {
            edits.add(new Change.ReplaceService(desired));
        }
        return edits;
    }

    private void editRules(List<Change> edits) {
        Set<AccessRule> there = new HashSet<>(before.accessRules());
        Set<AccessRule> staying = new HashSet<>(desired.accessRules());
        for (AccessRule rule : desired.accessRules()) {
            if (!there.contains(rule)) {
                edits.add(new Change.AddAccessRule(desired.key(), rule));
            }
        }
        for (AccessRule rule : before.accessRules()) {
            if (!staying.contains(rule)) {
                edits.add(new Change.RemoveAccessRule(desired.key(), rule));
            }
        }
    }

    /// @return whether the servers are then in the desired order
    private boolean editServers(List<Change> edits) {
        Map<Endpoint, RealServer> there = new LinkedHashMap<>();
        before.realServers().forEach(server -> there.put(server.endpoint(), server));
        Set<Endpoint> staying = new HashSet<>();
        desired.realServers().forEach(server -> staying.add(server.endpoint()));
        List<Endpoint> result = new ArrayList<>();
        for (RealServer server : before.realServers()) {
            if (staying.contains(server.endpoint())) {
                result.add(server.endpoint());
            } else {
                edits.add(new Change.RemoveRealServer(desired.key(), server.endpoint()));
            }
        }
        for (RealServer server : desired.realServers()) {
            RealServer known = there.get(server.endpoint());
            if (known == null) {
                edits.add(new Change.AddRealServer(desired.key(), server));
                result.add(server.endpoint());
            } else if (!known.equals(server)) {
                edits.add(new Change.EditRealServer(desired.key(), server));
            }
        }
        return result.equals(desired.realServers().stream().map(RealServer::endpoint).toList());
    }

    /// @return whether the local addresses are then in the desired order
    private boolean editLocals(List<Change> edits) {
        List<LocalAddress> result = new ArrayList<>(before.localAddresses());
        Set<LocalAddress> there = new HashSet<>(result);
        for (LocalAddress local : desired.localAddresses()) {
            if (!there.contains(local)) {
                edits.add(new Change.AddLocalAddress(desired.key(), local));
                result.add(local);
            }
        }
        return result.equals(desired.localAddresses());
    }
}
