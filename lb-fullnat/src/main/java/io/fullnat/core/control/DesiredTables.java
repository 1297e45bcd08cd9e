// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.control;

import io.fullnat.api.IpAddress;
import io.fullnat.api.IpPrefix;
import io.fullnat.api.network.InterfaceAddress;
import io.fullnat.api.network.Neighbour;
import io.fullnat.api.network.Route;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.Timeouts;
import io.fullnat.api.service.VirtualService;
import java.util.Collections;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/// What the balancer has been asked to be, after one transaction. Immutable.
///
/// @param services by key
/// @param addresses explicit interface addresses
/// @param routes static routes by destination
/// @param neighbours static neighbours by address and device
/// @param locals local addresses that services list, with their devices and how many list them
/// @param timeouts of services that say nothing of their own
record DesiredTables(
        NavigableMap<ServiceKey, VirtualService> services,
        NavigableMap<IpAddress, InterfaceAddress> addresses,
        Map<IpPrefix, Route> routes,
        Map<NeighbourKey, Neighbour> neighbours,
        NavigableMap<IpAddress, LocalUse> locals,
        Timeouts timeouts) {

    static final DesiredTables EMPTY =
            new DesiredTables(
                    new TreeMap<>(),
                    new TreeMap<>(),
                    Map.of(),
                    Map.of(),
                    new TreeMap<>(),
                    Timeouts.NONE);

    DesiredTables {
        services = Collections.unmodifiableNavigableMap(services);
        addresses = Collections.unmodifiableNavigableMap(addresses);
        routes = Map.copyOf(routes);
        neighbours = Map.copyOf(neighbours);
        locals = Collections.unmodifiableNavigableMap(locals);
    }

    /// What names a static neighbour.
    record NeighbourKey(IpAddress address, String device) {}

    /// A local address in use.
    record LocalUse(String device, int services) {}
}
