// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.control;

import io.fullnat.api.BalancerException;
import io.fullnat.api.IpAddress;
import io.fullnat.api.counter.Counter;
import io.fullnat.api.io.FlowRules;
import io.fullnat.api.io.PacketIo;
import io.fullnat.core.localport.ReturnPaths;
import io.fullnat.core.stack.Device;
import io.fullnat.core.transmit.WorkerCounters;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Keeps the rules of ports in step with the local addresses: those of an address are there before
/// workers choose its ports, and until its last connection has ended. An address whose rules a port
/// refuses has none, and its answers are handed over between workers; it is tried again when it is
/// added anew. Owned by the control thread.
final class FlowSteering {
    private static final Logger LOG = LoggerFactory.getLogger(FlowSteering.class);

    private final PacketIo io;
    private final ReturnPaths paths;
    private final DeviceNames devices;
    private final WorkerCounters counters;
    private final Map<Place, Optional<FlowRules.Installed>> known = new HashMap<>();

    /// Where answers to an address arrive.
    private record Place(IpAddress address, int port, int vlan) {}

    /// Steers nothing yet.
    ///
    /// @param io whose ports take rules, or not
    /// @param paths of the workers
    /// @param devices by name
    /// @param counters where control counts
    FlowSteering(PacketIo io, ReturnPaths paths, DeviceNames devices, WorkerCounters counters) {
        this.io = io;
        this.paths = paths;
        this.devices = devices;
        this.counters = counters;
    }

    /// Puts the rules in place that a state needs and the present one does not. Those that only the
    /// present one needs stay.
    void install(DesiredTables state, Map<IpAddress, String> draining) {
        List<IpAddress> refused = new ArrayList<>();
        String reason = "";
        for (Place place : places(state, draining)) {
            if (known.containsKey(place)) {
                continue;
            }
            try {
                known.put(place, Optional.of(install(place)));
            } catch (Throwable refusal) { // also a fault of a custom port
                fault(place, refusal);
                known.put(place, Optional.empty());
                reason = refused.isEmpty() ? String.valueOf(refusal.getMessage()) : reason;
                refused.add(place.address);
            }
        }
        if (!refused.isEmpty()) {
            counters.count(Counter.FLOW_RULES_REFUSED, refused.size());
            LOG.warn(
                    "no flow rules for local address {} (and {} more): answers are handed over"
                            + " between workers. {}",
                    refused.getFirst(),
                    refused.size() - 1,
                    reason);
        }
        count();
    }

    private FlowRules.Installed install(Place place) {
        FlowRules rules = io.ports().get(place.port).flowRules().orElseThrow();
        return rules.install(paths.rules(place.address, place.vlan));
    }

    /// Takes the rules away that a state, which is in force, does not need.
    void retain(DesiredTables state, Map<IpAddress, String> draining) {
        retain(places(state, draining));
    }

    /// Takes all rules away.
    void clear() {
        retain(Set.of());
    }

    private void retain(Set<Place> needed) {
        known.entrySet()
                .removeIf(entry -> {
                    boolean gone = !needed.contains(entry.getKey());
                    if (gone) {
                        entry.getValue().ifPresent(rules -> remove(entry.getKey(), rules));
                    }
                    return gone;
                });
        count();
    }

    /// A refusal is no fault.
    private void fault(Place place, Throwable thrown) {
        if (!(thrown instanceof BalancerException)) {
            String port = io.ports().get(place.port).name();
            counters.faults().report("the flow rules of port " + port, thrown);
        }
    }

    private void remove(Place place, FlowRules.Installed rules) {
        try {
            rules.remove();
        } catch (Throwable fault) {
            fault(place, fault);
            // A rule that stays brings packets to a worker that hands them over, or to none at all.
            LOG.warn("flow rules of {} stay in place: {}", place.address, fault.getMessage());
        }
    }

    private void count() {
        long steered = known.values().stream().filter(Optional::isPresent).count();
        counters.set(Counter.STEERED_ADDRESSES, steered);
    }

    private Set<Place> places(DesiredTables state, Map<IpAddress, String> draining) {
        if (!paths.isRuled()) {
            return Set.of();
        }
        Set<Place> places = new HashSet<>();
        draining.forEach((address, device) -> add(places, address, device));
        state.locals().forEach((address, use) -> add(places, address, use.device()));
        return places;
    }

    private void add(Set<Place> places, IpAddress address, String name) {
        Device device = devices.require(name, "local address " + address);
        if (paths.mode(device.port()) == ReturnPaths.Mode.RULES) {
            places.add(new Place(address, device.port(), device.vlan()));
        }
    }
}
