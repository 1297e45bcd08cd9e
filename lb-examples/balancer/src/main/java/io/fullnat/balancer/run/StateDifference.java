// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.run;

import io.fullnat.api.IpAddress;
import io.fullnat.api.control.Change;
import io.fullnat.api.control.DesiredState;
import io.fullnat.api.network.AddressLifetime;
import io.fullnat.api.network.InterfaceAddress;
import io.fullnat.api.network.Neighbour;
import io.fullnat.api.network.Route;
import io.fullnat.api.service.Frontend;
import io.fullnat.api.service.LocalAddress;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.VirtualService;
import io.fullnat.api.set.IpSet;
import io.fullnat.balancer.config.Configuration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/// What makes the present state a desired one, as changes of one transaction.
///
/// All that goes, goes first: an address can then move to another device, a virtual address become
/// a local one, a gateway's network move, in whatever order the file has them. The balancer judges
/// a transaction by its end, so what goes and comes back within one has never been away: its
/// connections stay.
///
/// What is the same in both is not mentioned, with one exception. An interface address can only be
/// changed while no service lists it as a local address; a service that goes on listing it gives it
/// up and takes it back.
final class StateDifference {
    private static final Comparator<InterfaceAddress> ADDRESSES =
            Comparator.comparing(InterfaceAddress::key);
    private static final Comparator<Route> ROUTES =
            Comparator.comparing((Route route) -> route.destination().address())
                    .thenComparingInt(route -> route.destination().length());
    private static final Comparator<Neighbour> NEIGHBOURS =
            Comparator.comparing(Neighbour::address).thenComparing(Neighbour::device);

    private final DesiredState present;
    private final Configuration desired;
    private final List<Change> changes = new ArrayList<>();

    private StateDifference(DesiredState present, Configuration desired) {
        this.present = present;
        this.desired = desired;
    }

    /// The changes from one to the other.
    ///
    /// @param present the state in force
    /// @param desired whose ports are the ones in use
    /// @return in order; empty if both are the same
    static List<Change> between(DesiredState present, Configuration desired) {
        return new StateDifference(present, desired).changes();
    }

    private List<Change> changes() {
        Set<InterfaceAddress> addresses = new HashSet<>();
        desired.addresses().forEach(own -> addresses.add(withoutEnd(own)));
        List<InterfaceAddress> leaving =
                present.addresses().values().stream()
                        .filter(own -> !addresses.contains(withoutEnd(own)))
                        .toList();
        Map<ServiceKey, VirtualService> services = byKey(desired.services());
        for (ServiceKey key : present.services().keySet()) {
            if (!services.containsKey(key)) {
                changes.add(new Change.RemoveService(key));
            }
        }
        List<ServiceDifference> edited = edited(services, leaving);
        edited.forEach(service -> changes.addAll(service.departures()));
        leaveNetwork(leaving);
        enterNetwork();
        if (!present.timeouts().equals(desired.timeouts())) {
            changes.add(new Change.SetTimeouts(desired.timeouts()));
        }
        if (!present.leftovers().equals(desired.leftovers())) {
            changes.add(new Change.SetLeftovers(desired.leftovers()));
        }
        enterSets();
        edited.forEach(service -> changes.addAll(service.edits()));
        services.forEach((key, service) -> {
            if (!present.services().containsKey(key)) {
                changes.add(new Change.AddService(service));
            }
        });
        return changes;
    }

    private void enterSets() {
        Set<String> names = new HashSet<>();
        for (IpSet set : desired.sets()) {
            IpSet there = present.sets().get(set.name());
            names.add(set.name());
            if (there == null) {
                changes.add(new Change.CreateSet(set));
            } else if (!there.equals(set)) {
                changes.add(new Change.ReplaceSet(set));
            }
        }
        for (String name : present.sets().keySet()) {
            if (!names.contains(name)) {
                changes.add(new Change.DestroySet(name));
            }
        }
    }

    /// A lifetime changes in place.
    private static InterfaceAddress withoutEnd(InterfaceAddress address) {
        return address.withLifetime(AddressLifetime.FOREVER);
    }

    private static Map<ServiceKey, VirtualService> byKey(List<VirtualService> services) {
        Map<ServiceKey, VirtualService> byKey = new TreeMap<>();
        services.forEach(service -> byKey.put(service.key(), service));
        return byKey;
    }

    /// Services that are in both and differ, or list an address that leaves.
    private List<ServiceDifference> edited(
            Map<ServiceKey, VirtualService> services, List<InterfaceAddress> leaving) {
        Set<IpAddress> moving =
                leaving.stream().map(own -> own.prefix().address()).collect(Collectors.toSet());
        List<ServiceDifference> edited = new ArrayList<>();
        services.forEach((key, service) -> {
            VirtualService before = present.services().get(key);
            if (before != null && (!before.equals(service) || lists(before, moving))) {
                edited.add(new ServiceDifference(before, service, moving));
            }
        });
        return edited;
    }

    private static boolean lists(VirtualService service, Set<IpAddress> moving) {
        return !moving.isEmpty()
                && service.localAddresses().stream()
                        .map(LocalAddress::address)
                        .anyMatch(moving::contains);
    }

    private void leaveNetwork(List<InterfaceAddress> leaving) {
        Set<Route> routes = new HashSet<>(desired.routes());
        sorted(present.routes().values(), ROUTES)
                .forEach(route -> {
                    if (!routes.contains(route)) {
                        changes.add(new Change.RemoveRoute(route.destination()));
                    }
                });
        Set<List<Object>> places = new HashSet<>();
        desired.neighbours().forEach(neighbour -> places.add(place(neighbour)));
        sorted(present.neighbours(), NEIGHBOURS)
                .forEach(neighbour -> {
                    if (!places.contains(place(neighbour))) {
                        changes.add(
                                new Change.RemoveNeighbour(
                                        neighbour.address(), neighbour.device()));
                    }
                });
        // A file says of each virtual address without interface address that it is routed here.
        Set<IpAddress> virtual =
                desired.services().stream()
                        .flatMap(service -> service.frontends().stream())
                        .map(Frontend::address)
                        .collect(Collectors.toSet());
        leaving.forEach(own ->
                changes.add(
                        new Change.RemoveAddress(own, virtual.contains(own.prefix().address()))));
    }

    private void enterNetwork() {
        sorted(desired.addresses(), ADDRESSES)
                .forEach(own -> {
                    if (!own.equals(present.addresses().get(own.key()))) {
                        changes.add(new Change.AddAddress(own));
                    }
                });
        sorted(desired.routes(), ROUTES)
                .forEach(route -> {
                    if (!route.equals(present.routes().get(route.destination()))) {
                        changes.add(new Change.AddRoute(route));
                    }
                });
        Set<Neighbour> known = new HashSet<>(present.neighbours());
        sorted(desired.neighbours(), NEIGHBOURS)
                .forEach(neighbour -> {
                    if (!known.contains(neighbour)) {
                        changes.add(new Change.SetNeighbour(neighbour));
                    }
                });
    }

    private static List<Object> place(Neighbour neighbour) {
        return List.of(neighbour.address(), neighbour.device());
    }

    private static <T> List<T> sorted(Iterable<? extends T> all, Comparator<T> order) {
        List<T> list = new ArrayList<>();
        all.forEach(list::add);
        list.sort(order);
        return list;
    }
}
