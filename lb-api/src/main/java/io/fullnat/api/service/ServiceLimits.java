// SPDX-License-Identifier: Apache-2.0
package io.fullnat.api.service;

import static java.util.Objects.requireNonNull;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import java.util.Optional;

/// How much a service takes on: how many connections it may have at once, all together, of one
/// client, and of one client's network; and how many may begin a second, all together and from one
/// network. Each counts over all workers, in any state, from a connection's first packet until it
/// has ended; 0 is no limit. Begins with [#NONE]; the `with` methods give changed copies. Immutable
/// and thread-safe.
///
/// @param connections of the service
/// @param perClient of one client's address
/// @param perNetwork of all clients of one network, as long as [ClientNetworks] says
/// @param rate of connections that begin; empty for no limit
/// @param ratePerNetwork of those that begin from one network; empty for no limit
public record ServiceLimits(
        int connections,
        int perClient,
        int perNetwork,
        Optional<ConnectionRate> rate,
        Optional<ConnectionRate> ratePerNetwork) {
    /// The largest limit of a service.
    public static final int MAX_CONNECTIONS = 1_000_000_000;

    /// The largest limit of a client or network.
    public static final int MAX_PER_CLIENT = 10_000_000;

    /// No limit.
    public static final ServiceLimits NONE = new ServiceLimits(0, 0, 0);

    /// Limits of how many there are at once alone.
    ///
    /// @param connections of the service
    /// @param perClient of one client's address
    /// @param perNetwork of all clients of one network
    public ServiceLimits(int connections, int perClient, int perNetwork) {
        this(connections, perClient, perNetwork, Optional.empty(), Optional.empty());
    }

    /// Refuses what is out of range.
    public ServiceLimits {
        require("max-connections", connections, MAX_CONNECTIONS);
        require("max-per-client", perClient, MAX_PER_CLIENT);
        require("max-per-network", perNetwork, MAX_PER_CLIENT);
        requireNonNull(rate, "rate");
        requireNonNull(ratePerNetwork, "ratePerNetwork");
    }

    private static void require(String what, int limit, int max) {
        if (limit < 0 || limit > max) {
            throw new BalancerException(
                    ErrorCode.INVALID_ARGUMENT, what + " " + limit + " is not 0-" + max);
        }
    }

    /// The same with another limit of the service.
    ///
    /// @param limit 0 for none, to [#MAX_CONNECTIONS]
    /// @return a new value
    public ServiceLimits withConnections(int limit) {
        return new ServiceLimits(limit, perClient, perNetwork, rate, ratePerNetwork);
    }

    /// The same with another limit of each client.
    ///
    /// @param limit 0 for none, to [#MAX_PER_CLIENT]
    /// @return a new value
    public ServiceLimits withPerClient(int limit) {
        return new ServiceLimits(connections, limit, perNetwork, rate, ratePerNetwork);
    }

    /// The same with another limit of each network.
    ///
    /// @param limit 0 for none, to [#MAX_PER_CLIENT]
    /// @return a new value
    public ServiceLimits withPerNetwork(int limit) {
        return new ServiceLimits(connections, perClient, limit, rate, ratePerNetwork);
    }

    /// The same with another rate of connections that begin.
    ///
    /// @param limit empty for none
    /// @return a new value
    public ServiceLimits withRate(Optional<ConnectionRate> limit) {
        return new ServiceLimits(connections, perClient, perNetwork, limit, ratePerNetwork);
    }

    /// The same with another rate of connections that begin from one network.
    ///
    /// @param limit empty for none
    /// @return a new value
    public ServiceLimits withRatePerNetwork(Optional<ConnectionRate> limit) {
        return new ServiceLimits(connections, perClient, perNetwork, rate, limit);
    }

    @Override
    public String toString() {
        return "max-connections "
                + connections
                + ", max-per-client "
                + perClient
                + ", max-per-network "
                + perNetwork
                + rate.map(limit -> ", max-rate " + limit).orElse("")
                + ratePerNetwork.map(limit -> ", max-rate-per-network " + limit).orElse("");
    }
}
