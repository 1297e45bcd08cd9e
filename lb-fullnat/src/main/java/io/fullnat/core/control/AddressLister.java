// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.control;

import io.fullnat.api.IpAddress;
import io.fullnat.api.IpPrefix;
import io.fullnat.api.Ipv6Address;
import io.fullnat.api.MacAddress;
import io.fullnat.api.control.AddressStatus;
import io.fullnat.api.network.AddressKey;
import io.fullnat.api.network.InterfaceAddress;
import io.fullnat.api.service.PortUsage;
import io.fullnat.core.stack.AddressStates;
import io.fullnat.core.stack.NetworkView;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/// Lists the interface addresses of one state: explicit ones, those of services, and then the
/// link-local ones that devices have by their MAC addresses, in order of the devices. Whether
/// nobody else has them is read from what the workers know. By any thread.
final class AddressLister {
    private final DesiredTables state;
    private final Map<IpAddress, String> draining;
    private final List<NetworkView.Own> generated;
    private final List<String> deviceNames;
    private final AddressStates known;

    AddressLister(
            DesiredTables state,
            Map<IpAddress, String> draining,
            List<NetworkView.Own> generated,
            List<String> deviceNames,
            AddressStates known) {
        this.state = state;
        this.draining = draining;
        this.generated = generated;
        this.deviceNames = deviceNames;
        this.known = known;
    }

    /// @param nowNs the balancer's clock: what remains of lifetimes
    List<AddressStatus> list(Map<IpAddress, PortUsage> usage, long nowNs) {
        Map<AddressKey, AddressStatus> all = new TreeMap<>();
        draining.forEach((ip, device) -> all.put(AddressKey.of(ip), local(ip, device, 0, usage)));
        state.locals()
                .forEach((ip, use) ->
                        all.put(AddressKey.of(ip), local(ip, use.device(), use.services(), usage)));
        state.desired()
                .addresses()
                .forEach((key, address) -> {
                    AddressStatus local = all.get(key);
                    int services = local == null ? 0 : local.services();
                    AddressTerm term = state.terms().get(key);
                    InterfaceAddress now =
                            term == null ? address : address.withLifetime(term.remaining(nowNs));
                    all.put(key, status(now, true, services, usage, false));
                });
        List<AddressStatus> list = new ArrayList<>(all.values());
        for (NetworkView.Own own : generated) {
            Ipv6Address ip = new Ipv6Address(own.high(), own.low());
            InterfaceAddress address =
                    new InterfaceAddress(
                            new IpPrefix(ip, own.length()), deviceNames.get(own.device()));
            list.add(status(address, false, 0, Map.of(), true));
        }
        return List.copyOf(list);
    }

    private AddressStatus local(
            IpAddress ip, String device, int services, Map<IpAddress, PortUsage> usage) {
        InterfaceAddress address = new InterfaceAddress(new IpPrefix(ip, ip.bitLength()), device);
        return status(address, false, services, usage, false);
    }

    private AddressStatus status(
            InterfaceAddress address,
            boolean explicit,
            int services,
            Map<IpAddress, PortUsage> usage,
            boolean isGenerated) {
        IpAddress ip = address.prefix().address();
        PortUsage ports = usage.getOrDefault(ip, PortUsage.NONE);
        if (!(ip instanceof Ipv6Address) || address.kernel()) { // the kernel asks for its own
            return new AddressStatus(address, explicit, services, ports);
        }
        int device = deviceNames.indexOf(address.device());
        AddressStates.Standing standing = known.standing(device, ip.high(), ip.low());
        AddressStatus.State now =
                switch (standing.state()) {
                    case AddressStates.VALID -> AddressStatus.State.VALID;
                    case AddressStates.DUPLICATE -> AddressStatus.State.DUPLICATE;
                    default -> AddressStatus.State.TENTATIVE;
                };
        Optional<MacAddress> heldBy =
                now == AddressStatus.State.DUPLICATE
                        ? Optional.of(new MacAddress(standing.other()))
                        : Optional.empty();
        return new AddressStatus(address, explicit, services, ports, now, heldBy, isGenerated);
    }
}
