// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.trace;

import io.fullnat.api.IpAddress;
import io.fullnat.api.MacAddress;
import io.fullnat.api.control.AddressStatus;
import io.fullnat.api.control.Condition;
import io.fullnat.api.control.Control;
import io.fullnat.api.control.DesiredState;
import io.fullnat.api.control.NeighbourStatus;
import io.fullnat.api.io.PacketPort;
import io.fullnat.api.network.AddressKey;
import io.fullnat.api.network.AddressLifetime;
import io.fullnat.api.network.InterfaceAddress;
import io.fullnat.api.service.AccessRule;
import io.fullnat.api.service.Clients;
import io.fullnat.api.service.Frontend;
import io.fullnat.api.service.LocalAddress;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.ServiceStatus;
import io.fullnat.api.service.VirtualService;
import io.fullnat.api.set.IpSet;
import io.fullnat.balancer.config.Configuration;
import io.fullnat.balancer.run.Operations;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// What is to be known of a running balancer to copy it, as far as a frame can meet it. Immutable
/// and thread-safe.
///
/// @param started what it was started with
/// @param desired network and sets as asked for
/// @param ports its ports, in order
/// @param services those that have an address of the frame
/// @param neighbours MAC addresses that are known; empty of those that do not answer
/// @param contested addresses that are not known to be the balancer's alone
/// @param proxying services whose SYN proxy is active
/// @param locals devices of addresses that are the balancer's
record Situation(
        Configuration started,
        DesiredState desired,
        List<Port> ports,
        List<ServiceStatus> services,
        Map<AddressKey, Optional<MacAddress>> neighbours,
        Set<AddressKey> contested,
        Set<ServiceKey> proxying,
        Map<IpAddress, String> locals) {
    /// A port as it is now.
    ///
    /// @param kernel whether there is an interface of the kernel's beside it
    record Port(String name, MacAddress mac, int mtu, boolean up, boolean kernel) {
        static Port of(PacketPort port) {
            return new Port(
                    port.name(),
                    port.mac(),
                    port.mtu(),
                    port.link().up(),
                    port.puntPort().isPresent());
        }
    }

    static Situation of(Operations operations, TracedFrame frame) {
        Control control = operations.control();
        DesiredState desired = control.desired();
        Set<IpAddress> addresses = frame.addresses();
        List<ServiceStatus> services =
                desired.services().values().stream()
                        .filter(service -> has(service, addresses))
                        .map(service -> control.status(service.key()))
                        .flatMap(Optional::stream)
                        .toList();
        Map<AddressKey, Optional<MacAddress>> neighbours = new HashMap<>();
        for (NeighbourStatus each : control.neighbours()) {
            neighbours.merge(
                    AddressKey.of(each.address(), each.device()),
                    each.mac(),
                    (one, other) -> one.or(() -> other));
        }
        Set<AddressKey> contested = new HashSet<>();
        Map<IpAddress, String> locals = new HashMap<>();
        for (AddressStatus each : control.status().addresses()) {
            IpAddress address = each.address().prefix().address();
            locals.put(address, each.address().device());
            if (each.state() != AddressStatus.State.VALID) {
                contested.add(AddressKey.of(address, each.address().device()));
            }
        }
        return new Situation(
                operations.configuration(),
                desired,
                operations.io().ports().stream().map(Port::of).toList(),
                services,
                neighbours,
                contested,
                proxying(control, services),
                locals);
    }

    private static boolean has(VirtualService service, Set<IpAddress> addresses) {
        return service.frontends().stream().map(Frontend::address).anyMatch(addresses::contains)
                || service.localAddresses().stream()
                        .map(LocalAddress::address)
                        .anyMatch(addresses::contains);
    }

    private static Set<ServiceKey> proxying(Control control, List<ServiceStatus> services) {
        boolean any =
                services.stream()
                        .anyMatch(each -> each.service().policy().tcp().synProxy().isUsed());
        if (!any) {
            return Set.of();
        }
        Set<String> active = new HashSet<>();
        control.health().conditions().stream()
                .filter(each -> each.condition() == Condition.SYN_PROXY_ACTIVE)
                .forEach(each -> active.add(each.subject()));
        Set<ServiceKey> keys = new HashSet<>();
        for (ServiceStatus each : services) {
            if (active.contains(each.service().key().toString())) {
                keys.add(each.service().key());
            }
        }
        return keys;
    }

    /// Interface addresses, without an end.
    List<InterfaceAddress> addresses() {
        return desired.addresses().values().stream()
                .map(each -> each.withLifetime(AddressLifetime.FOREVER))
                .toList();
    }

    /// Sets that rules of its services name.
    List<IpSet> sets() {
        Set<String> named = new HashSet<>();
        for (ServiceStatus each : services) {
            for (AccessRule rule : each.service().accessRules()) {
                if (rule.clients() instanceof Clients.InSet set) {
                    named.add(set.name());
                }
            }
        }
        List<IpSet> sets = new ArrayList<>();
        desired.sets()
                .forEach((name, set) -> {
                    if (named.contains(name)) {
                        sets.add(set);
                    }
                });
        return sets;
    }
}
