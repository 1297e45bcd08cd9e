// SPDX-License-Identifier: Apache-2.0
package io.fullnat.api.control;

import static java.util.Objects.requireNonNull;

import io.fullnat.api.network.Neighbour;
import io.fullnat.api.network.Route;
import io.fullnat.api.service.ServiceStatus;
import java.util.List;

/// The balancer's state after one transaction.
///
/// @param revision counts transactions; 0 before the first
/// @param services by key
/// @param addresses interface addresses, explicit ones and those of local addresses
/// @param routes static routes, longest prefix first
/// @param neighbours static neighbours
public record BalancerStatus(
        long revision,
        List<ServiceStatus> services,
        List<AddressStatus> addresses,
        List<Route> routes,
        List<Neighbour> neighbours) {
    /// Copies the lists.
    public BalancerStatus {
        requireNonNull(services, "services");
        requireNonNull(addresses, "addresses");
        requireNonNull(routes, "routes");
        requireNonNull(neighbours, "neighbours");
        services = List.copyOf(services);
        addresses = List.copyOf(addresses);
        routes = List.copyOf(routes);
        neighbours = List.copyOf(neighbours);
    }
}
