// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.control;

import io.fullnat.api.IpAddress;
import io.fullnat.api.control.Change;
import io.fullnat.core.health.HealthMonitor;
import io.fullnat.core.schedule.Schedulers;
import java.util.Map;

/// Has changes applied to a draft of the desired state, each checked against what those before it
/// made and what the balancer has. Throws at the first that is wrong, and the draft is forgotten.
final class StateEditor {
    private final Draft draft;
    private final HealthMonitor health;
    private final ServiceEdits services;
    private final LocalEdits locals;
    private final NetworkEdits network;

    /// @param nowNs the balancer's clock: when the changes are made
    StateEditor(
            DesiredTables state,
            DeviceNames devices,
            Schedulers schedulers,
            HealthMonitor health,
            Resources resources,
            long nowNs) {
        this.health = health;
        draft = new Draft(state, devices, nowNs);
        locals = new LocalEdits(draft, resources);
        services = new ServiceEdits(draft, schedulers, locals, resources);
        network = new NetworkEdits(draft);
    }

    Draft draft() {
        return draft;
    }

    /// Checks what the changes made of the state, as a whole.
    ///
    /// @param before the state that they met
    /// @param draining local addresses that no service lists, with their devices
    void check(DesiredTables before, Map<IpAddress, String> draining) {
        new DraftRules(draft, before, draining, health).check();
        services.checkOptions(before.desired());
    }

    /// Checks a change against what only the balancer knows, has it applied, and notes what else
    /// comes of it.
    void apply(Change change) {
        switch (change) {
            case Change.AddService add -> services.addService(add);
            case Change.ReplaceService to -> services.replaceService(to);
            case Change.EditService edit -> services.editService(edit);
            case Change.SetFrontends set -> services.setFrontends(set);
            case Change.RemoveService remove -> services.removeService(remove);
            case Change.AddRealServer add -> services.addServer(add);
            case Change.RemoveRealServer remove -> services.removeServer(remove);
            case Change.AddLocalAddress add -> locals.addLocal(add);
            case Change.RemoveLocalAddress remove -> locals.removeLocal(remove);
            case Change.FlushLocalAddresses flush -> locals.flushLocals(flush);
            case Change.AddAccessRule add -> services.changeRules(add.key(), add);
            case Change.RemoveAccessRule remove -> services.changeRules(remove.key(), remove);
            case Change.AddAddress add -> network.addAddress(add);
            case Change.RemoveAddress remove -> network.removeAddress(remove);
            case Change.AddRoute add -> network.addRoute(add);
            case Change.SetNeighbour set -> network.setNeighbour(set);
            case Change.FlushNeighbours flush -> network.flushNeighbours(flush.device());
            case Change.EndConnections end -> draft.ending.add(end.filter());
            case Change.RemoveTemplates remove -> draft.templates.add(remove.filter());
            case Change.ZeroCounters zero -> {
                draft.apply(zero);
                draft.zeroed.add(zero.key());
            }
            case Change.SetPolicy set -> {
                draft.apply(set);
                draft.changed.add(set.key()); // its sorry server
            }
            case Change.SetTimeouts set -> draft.apply(set);
            case Change.SetLeftovers set -> draft.apply(set);
            case Change.EditRealServer edit -> draft.apply(edit);
            case Change.RemoveRoute remove -> draft.apply(remove);
            case Change.RemoveNeighbour remove -> draft.apply(remove);
            case Change.CreateSet create -> draft.apply(create);
            case Change.ReplaceSet replace -> draft.apply(replace);
            case Change.DestroySet destroy -> draft.apply(destroy);
            case Change.AddSetMembers add -> draft.apply(add);
            case Change.RemoveSetMembers remove -> draft.apply(remove);
            case Change.FlushSet flush -> draft.apply(flush);
            case Change.RenameSet rename -> draft.apply(rename);
            case Change.SwapSets swap -> draft.apply(swap);
        }
    }
}
