// SPDX-License-Identifier: Apache-2.0
package io.fullnat.api.service;

import static java.util.Objects.requireNonNull;

import java.util.List;

/// A virtual service as it is now, over all workers or on one.
///
/// @param service the desired state
/// @param realServers its servers, in configuration order
/// @param localAddresses its local addresses, in configuration order, then those that drain
/// @param traffic of all its servers since they were added, removed ones included
/// @param rates traffic a second
public record ServiceStatus(
        VirtualService service,
        List<RealServerStatus> realServers,
        List<LocalAddressStatus> localAddresses,
        TrafficCounts traffic,
        TrafficRates rates) {
    /// Copies the lists.
    public ServiceStatus {
        requireNonNull(service, "service");
        requireNonNull(realServers, "realServers");
        requireNonNull(localAddresses, "localAddresses");
        requireNonNull(traffic, "traffic");
        requireNonNull(rates, "rates");
        realServers = List.copyOf(realServers);
        localAddresses = List.copyOf(localAddresses);
    }
}
