// SPDX-License-Identifier: Apache-2.0
package io.fullnat.api.control;

import static java.util.Objects.requireNonNull;

import io.fullnat.api.IpAddress;
import io.fullnat.api.IpPrefix;
import io.fullnat.api.network.InterfaceAddress;
import io.fullnat.api.network.Neighbour;
import io.fullnat.api.network.Route;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.Timeouts;
import io.fullnat.api.service.VirtualService;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;

/// What the balancer has been asked to be, after one transaction: what a [TransactionFunction]
/// looks at. Immutable and thread-safe.
///
/// @param revision counts transactions; 0 before the first
/// @param services by key
/// @param addresses interface addresses that were added as such, by address
/// @param routes static routes by destination
/// @param neighbours static neighbours
/// @param timeouts idle times that differ from the defaults, of services that say nothing
public record DesiredState(
        long revision,
        SortedMap<ServiceKey, VirtualService> services,
        SortedMap<IpAddress, InterfaceAddress> addresses,
        Map<IpPrefix, Route> routes,
        List<Neighbour> neighbours,
        Timeouts timeouts) {
    /// Makes the collections unmodifiable; who gives them leaves them as they are.
    public DesiredState {
        requireNonNull(services, "services");
        requireNonNull(addresses, "addresses");
        requireNonNull(routes, "routes");
        requireNonNull(neighbours, "neighbours");
        requireNonNull(timeouts, "timeouts");
        services = Collections.unmodifiableSortedMap(services);
        addresses = Collections.unmodifiableSortedMap(addresses);
        routes = Collections.unmodifiableMap(routes);
        neighbours = List.copyOf(neighbours);
    }
}
