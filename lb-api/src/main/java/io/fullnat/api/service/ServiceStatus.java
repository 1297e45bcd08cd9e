// SPDX-License-Identifier: Apache-2.0
package io.fullnat.api.service;

import static java.util.Objects.requireNonNull;

import io.fullnat.api.counter.Outcome;
import io.fullnat.api.health.ServiceHealth;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/// A virtual service as it is now, over all workers or on one.
///
/// @param service the desired state
/// @param realServers its servers, in configuration order
/// @param localAddresses its local addresses, in configuration order, then those that drain
/// @param traffic of all its servers since they were added, removed ones included
/// @param rates traffic a second
/// @param health how its servers are together
/// @param refused packets that it refused, by how they ended, since it was added or its counts were
///   zeroed; without those that there were none of. What is lost on the way, for want of a route, a
///   neighbour or a buffer, is no refusal
/// @param halfOpen its half-open connections and unanswered flows of UDP now, over all workers;
///   empty of services that neither limit them nor begin a SYN proxy by them, whose are not counted
/// @param sorryServer its sorry server, which is none of its real servers and has the weight 1
///   here; empty if it has none
public record ServiceStatus(
        VirtualService service,
        List<RealServerStatus> realServers,
        List<LocalAddressStatus> localAddresses,
        TrafficCounts traffic,
        TrafficRates rates,
        ServiceHealth health,
        Map<Outcome, Long> refused,
        OptionalLong halfOpen,
        Optional<RealServerStatus> sorryServer) {
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
        requireNonNull(refused, "refused");
        refused =
                refused.isEmpty() ? Map.of() : Collections.unmodifiableMap(new EnumMap<>(refused));
        requireNonNull(halfOpen, "halfOpen");
        requireNonNull(sorryServer, "sorryServer");
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

    /// The same with its servers in another order, or with some of them.
    ///
    /// @param servers instead
    /// @return a new value
    public ServiceStatus withRealServers(List<RealServerStatus> servers) {
        return new ServiceStatus(
                service,
                servers,
                localAddresses,
                traffic,
                rates,
                health,
                refused,
                halfOpen,
                sorryServer);
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
        this(
                service,
                realServers,
                localAddresses,
                traffic,
                rates,
                ServiceHealth.UNKNOWN,
                Map.of(),
                OptionalLong.empty(),
                Optional.empty());
    }
}
