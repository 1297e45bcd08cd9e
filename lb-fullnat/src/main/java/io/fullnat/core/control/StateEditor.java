// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.control;

import io.fullnat.api.Endpoint;
import io.fullnat.api.IpAddress;
import io.fullnat.api.IpPrefix;
import io.fullnat.api.control.Change;
import io.fullnat.api.control.ConnectionFilter;
import io.fullnat.api.network.InterfaceAddress;
import io.fullnat.api.network.Neighbour;
import io.fullnat.api.network.Route;
import io.fullnat.api.service.AccessRule;
import io.fullnat.api.service.LocalAddress;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.ServicePolicy;
import io.fullnat.api.service.Timeouts;
import io.fullnat.api.service.VirtualService;
import io.fullnat.core.schedule.Schedulers;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/// Applies changes to a draft of the desired state, checking each against what those before it
/// made. Throws at the first that is wrong, and the draft is forgotten.
final class StateEditor {
    private final Draft draft;
    private final ServiceEdits services;
    private final LocalEdits locals;
    private final NetworkEdits network;

    StateEditor(
            DesiredTables state, DeviceNames devices, Schedulers schedulers, Resources resources) {
        draft = new Draft(state, devices);
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
        new DraftRules(draft, before, draining).check();
        services.checkOptions(before);
    }

    void apply(Change change) {
        switch (change) {
            case Change.AddService(VirtualService service) -> services.addService(service);
            case Change.ReplaceService(VirtualService service) -> services.replaceService(service);
            case Change.EditService(ServiceKey key, String scheduler, Optional<Duration> timeout) ->
                    services.editService(key, scheduler, timeout);
            case Change.SetPolicy(ServiceKey key, ServicePolicy policy) ->
                    services.setPolicy(key, policy);
            case Change.SetTimeouts(Timeouts timeouts) -> draft.timeouts = timeouts;
            case Change.RemoveService(ServiceKey key, boolean end) ->
                    services.removeService(key, end);
            case Change.AddRealServer(ServiceKey key, RealServer server) ->
                    services.addServer(key, server);
            case Change.EditRealServer(ServiceKey key, RealServer server) ->
                    services.editServer(key, server);
            case Change.RemoveRealServer(ServiceKey key, Endpoint endpoint, boolean end) ->
                    services.removeServer(key, endpoint, end);
            case Change.EndConnections(ConnectionFilter filter) -> draft.ending.add(filter);
            case Change.AddLocalAddress(ServiceKey key, LocalAddress local) ->
                    locals.addLocal(key, local);
            case Change.RemoveLocalAddress(ServiceKey key, IpAddress address, boolean force) ->
                    locals.removeLocal(key, address, force);
            case Change.FlushLocalAddresses(ServiceKey key, boolean force) ->
                    locals.flushLocals(key, force);
            case Change.AddAccessRule(ServiceKey key, AccessRule rule) ->
                    services.addRule(key, rule);
            case Change.RemoveAccessRule(ServiceKey key, AccessRule rule) ->
                    services.removeRule(key, rule);
            case Change.ZeroCounters(Optional<ServiceKey> key) -> {
                key.ifPresent(draft::service);
                draft.zeroed.add(key);
            }
            case Change.AddAddress(InterfaceAddress address) -> network.addAddress(address);
            case Change.RemoveAddress(InterfaceAddress address, boolean force) ->
                    network.removeAddress(address, force);
            case Change.AddRoute(Route route) -> network.addRoute(route);
            case Change.RemoveRoute(IpPrefix destination) -> network.removeRoute(destination);
            case Change.SetNeighbour(Neighbour neighbour) -> network.setNeighbour(neighbour);
            case Change.FlushNeighbours(Optional<String> device) -> network.flushNeighbours(device);
            case Change.RemoveNeighbour(IpAddress address, String device) ->
                    network.removeNeighbour(address, device);
        }
    }
}
