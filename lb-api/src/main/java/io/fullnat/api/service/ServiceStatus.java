// SPDX-License-Identifier: Apache-2.0
package io.fullnat.api.service;

import static java.util.Objects.requireNonNull;

import io.fullnat.api.health.ServiceHealth;
import java.util.List;

/// A virtual service as it is now, over all workers or on one.
///
/// @param service the desired state
/// @param realServers its servers, in configuration order
/// @param localAddresses its local addresses, in configuration order, then those that drain
/// @param traffic of all its servers since they were added, removed ones included
/// @param rates traffic a second
/// @param health how its servers are together
public record ServiceStatus(
        VirtualService service,
        List<RealServerStatus> realServers,
        List<LocalAddressStatus> localAddresses,
        TrafficCounts traffic,
        TrafficRates rates,
        ServiceHealth health) {
    /// Copies the lists.
    public ServiceStatus {
        requireNonNull(service, "service");
        requireNonNull(realServers, "realServers");
        requireNonNull(localAddresses, "localAddresses");
        requireNonNull(traffic, "traffic");
        requireNonNull(rates, "rates");
        realServers = List.copyOf(realServers);
        localAddresses = List.copyOf(localAddresses);
        requireNonNull(health, "health");
    }

    /// How long the handshakes with its real servers take: those that it has now, together.
    ///
    /// @return none of a service of UDP
    public Handshakes handshakes() {
        Handshakes sum = Handshakes.NONE;
        for (RealServerStatus server : realServers) {
            sum = sum.plus(server.handshakes());
        }
        return sum;
    }

    /// A service of whose servers' health nothing is known.
    ///
    /// @param service the desired state
    /// @param realServers its servers, in configuration order
    /// @param localAddresses its local addresses, in configuration order, then those that drain
    /// @param traffic of all its servers since they were added, removed ones included
    /// @param rates traffic a second
    public ServiceStatus(
            VirtualService service,
            List<RealServerStatus> realServers,
            List<LocalAddressStatus> localAddresses,
            TrafficCounts traffic,
            TrafficRates rates) {
        this(service, realServers, localAddresses, traffic, rates, ServiceHealth.UNKNOWN);
    }
}
