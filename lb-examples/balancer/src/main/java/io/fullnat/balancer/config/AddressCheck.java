// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.config;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import io.fullnat.api.IpAddress;
import io.fullnat.api.control.AddressRules;
import io.fullnat.api.control.FrontendRules;
import io.fullnat.api.control.ServiceRules;
import io.fullnat.api.control.SetRules;
import io.fullnat.api.network.InterfaceAddress;
import io.fullnat.api.network.Neighbour;
import io.fullnat.api.network.Route;
import io.fullnat.api.service.Frontend;
import io.fullnat.api.service.LocalAddress;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.VirtualService;
import io.fullnat.api.set.IpSet;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Asks the balancer's rules about the roles of addresses when all sections have been read, and
/// notes what is wrong where it stands in the file. For one thread.
final class AddressCheck {
    private final IdentityHashMap<Object, Placed> places = new IdentityHashMap<>();

    AddressCheck() {}

    /// Where something stands in the file.
    private record Placed(Fields fields, String key) {}

    /// Remembers where something was read.
    ///
    /// @param read one of the objects of the configuration
    /// @param key of its address
    /// @return what was read
    <T> T placed(T read, Fields fields, String key) {
        places.put(read, new Placed(fields, key));
        return read;
    }

    /// Checks all that was read.
    ///
    /// @param mtus of the ports that have one in the file, by name
    void check(
            Map<String, Integer> mtus,
            List<InterfaceAddress> addresses,
            List<Route> routes,
            List<Neighbour> neighbours,
            List<VirtualService> services) {
        Map<IpAddress, String> own = own(addresses, services);
        AddressRules rules = new AddressRules(addresses, ip -> Optional.ofNullable(own.get(ip)));
        addresses.forEach(address -> {
            note(address, () -> rules.check(address));
            note(
                    address,
                    () ->
                            requireMtu(
                                    mtus,
                                    address.prefix().address(),
                                    address.device(),
                                    "address " + address));
        });
        routes.forEach(route -> {
            note(route, () -> rules.check(route));
            note(
                    route,
                    () ->
                            requireMtu(
                                    mtus,
                                    route.destination().address(),
                                    route.device(),
                                    "route " + route));
        });
        neighbours.forEach(neighbour -> note(neighbour, () -> rules.check(neighbour)));
        NavigableMap<ServiceKey, VirtualService> known = new TreeMap<>();
        FrontendRules frontends = new FrontendRules(known);
        for (VirtualService service : services) {
            known.put(service.key(), service);
            frontends.changed(service.key());
            note(service, () -> frontends.check(service));
            note(service, () -> rules.check(service));
            note(service, () -> AddressRules.checkFamilies(service));
            note(service, () -> ServiceRules.check(service));
            for (RealServer server : service.realServers()) {
                note(server, () -> rules.check(service.key(), server));
            }
            for (LocalAddress local : service.localAddresses()) {
                note(local, () -> rules.check(service.key(), local));
                note(
                        local,
                        () ->
                                requireMtu(
                                        mtus,
                                        local.address(),
                                        local.device(),
                                        "local address " + local + " of " + service.key()));
            }
        }
    }

    /// Notes services whose sets are not there, or of another family.
    void sets(List<VirtualService> services, List<IpSet> sets) {
        Map<String, IpSet> byName = new TreeMap<>();
        sets.forEach(set -> byName.put(set.name(), set));
        services.forEach(service -> note(service, () -> SetRules.check(service, byName)));
    }

    /// Notes addresses of the kernel on ports that have no interface of it.
    void kernels(List<PortSettings> ports, List<InterfaceAddress> addresses) {
        Set<String> without =
                ports.stream()
                        .filter(port -> port.kernel().isEmpty())
                        .map(PortSettings::name)
                        .collect(Collectors.toSet());
        for (InterfaceAddress address : addresses) {
            String device = address.device();
            int dot = device.indexOf('.');
            String port = dot < 0 ? device : device.substring(0, dot);
            if (address.kernel() && without.contains(port)) {
                note(
                        address,
                        () -> {
                            throw new BalancerException(
                                    ErrorCode.INVALID_CONFIGURATION,
                                    "address "
                                            + address
                                            + ": port "
                                            + port
                                            + " has no interface of the kernel; give it one (kernel:"
                                            + " NAME)");
                        });
            }
        }
    }

    private static void requireMtu(
            Map<String, Integer> mtus, IpAddress address, String device, String what) {
        int dot = device.indexOf('.');
        Integer mtu = mtus.get(dot < 0 ? device : device.substring(0, dot));
        if (mtu != null) {
            AddressRules.requireMtu(address, device, mtu, what);
        }
    }

    private static Map<IpAddress, String> own(
            List<InterfaceAddress> addresses, List<VirtualService> services) {
        Map<IpAddress, String> own = new HashMap<>();
        for (InterfaceAddress address : addresses) {
            own.put(address.prefix().address(), "an address of the balancer, " + address);
        }
        for (VirtualService service : services) {
            for (LocalAddress local : service.localAddresses()) {
                own.put(local.address(), "a local address");
            }
        }
        for (VirtualService service : services) {
            for (Frontend frontend : service.frontends()) {
                own.put(frontend.address(), "the virtual address of " + service.key());
            }
        }
        return own;
    }

    private void note(Object read, Runnable rule) {
        try {
            rule.run();
        } catch (BalancerException wrong) {
            @Nullable Placed placed = places.get(read);
            if (placed != null) {
                placed.fields.problem(placed.key, String.valueOf(wrong.getMessage()));
            }
        }
    }
}
