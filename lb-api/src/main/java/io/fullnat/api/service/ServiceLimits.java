// SPDX-License-Identifier: Apache-2.0
package io.fullnat.api.service;

import static java.util.Objects.requireNonNull;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import java.util.Optional;

/// How much a service takes on: how many connections it may have at once, all together, of one
/// client, and of one client's network; how many may begin a second, all together and from one
/// network; and how much traffic may pass. Each counts over all workers; a connection in any state,
/// from its first packet until it has ended; 0 is no limit. Begins with [#NONE]; the `with` methods
/// give changed copies. Immutable and thread-safe.
///
/// @param connections of the service
/// @param perClient of one client's address
/// @param perNetwork of all clients of one network, as long as [ClientNetworks] says
/// @param rate of connections that begin; empty for no limit
/// @param ratePerNetwork of those that begin from one network; empty for no limit
/// @param packets of all its connections a second, in each direction; empty for no limit
/// @param bandwidth of all its connections, in each direction; empty for no limit
/// @param proportion percent of all its packets that pass, drawn by lot, 1 to 100
/// @param tableShare how much of the connection tables it may have, and how much is kept for it
/// @param halfOpen of its connections, how many may wait for the answer that makes them established
public record ServiceLimits(
        int connections,
        int perClient,
        int perNetwork,
        Optional<ConnectionRate> rate,
        Optional<ConnectionRate> ratePerNetwork,
        Optional<TrafficLimit> packets,
        Optional<TrafficLimit> bandwidth,
        int proportion,
        TableShare tableShare,
        int halfOpen) {
    /// The largest limit of a service.
    public static final int MAX_CONNECTIONS = 1_000_000_000;

    /// The largest limit of a client or network.
    public static final int MAX_PER_CLIENT = 10_000_000;

    /// All packets pass.
    public static final int MAX_PROPORTION = 100;

    /// No limit.
    public static final ServiceLimits NONE = new ServiceLimits(0, 0, 0);

    /// Limits of how many there are at once alone.
    ///
    /// @param connections of the service
    /// @param perClient of one client's address
    /// @param perNetwork of all clients of one network
    public ServiceLimits(int connections, int perClient, int perNetwork) {
        this(
                connections,
                perClient,
                perNetwork,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                MAX_PROPORTION,
                TableShare.ANY,
                0);
    }

    /// Refuses what is out of range.
    public ServiceLimits {
        require("max-connections", connections, MAX_CONNECTIONS);
        require("max-per-client", perClient, MAX_PER_CLIENT);
        require("max-per-network", perNetwork, MAX_PER_CLIENT);
        require("max-half-open", halfOpen, MAX_CONNECTIONS);
        requireNonNull(rate, "rate");
        requireNonNull(ratePerNetwork, "ratePerNetwork");
        require(requireNonNull(packets, "packets"), TrafficLimit.Unit.PACKETS);
        require(requireNonNull(bandwidth, "bandwidth"), TrafficLimit.Unit.BITS);
        if (proportion < 1 || proportion > MAX_PROPORTION) {
            throw new BalancerException(
                    ErrorCode.INVALID_ARGUMENT,
                    "limit-proportion " + proportion + " is not 1-" + MAX_PROPORTION);
        }
        requireNonNull(tableShare, "tableShare");
    }

    private static void require(Optional<TrafficLimit> limit, TrafficLimit.Unit unit) {
        if (limit.isPresent() && limit.get().unit() != unit) {
            throw new BalancerException(
                    ErrorCode.INVALID_ARGUMENT, "limit " + limit.get() + " is not of " + unit);
        }
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
        return copy(limit, perClient, perNetwork, rate, ratePerNetwork);
    }

    /// The same with another limit of each client.
    ///
    /// @param limit 0 for none, to [#MAX_PER_CLIENT]
    /// @return a new value
    public ServiceLimits withPerClient(int limit) {
        return copy(connections, limit, perNetwork, rate, ratePerNetwork);
    }

    /// The same with another limit of each network.
    ///
    /// @param limit 0 for none, to [#MAX_PER_CLIENT]
    /// @return a new value
    public ServiceLimits withPerNetwork(int limit) {
        return copy(connections, perClient, limit, rate, ratePerNetwork);
    }

    /// The same with another rate of connections that begin.
    ///
    /// @param limit empty for none
    /// @return a new value
    public ServiceLimits withRate(Optional<ConnectionRate> limit) {
        return copy(connections, perClient, perNetwork, limit, ratePerNetwork);
    }

    /// The same with another rate of connections that begin from one network.
    ///
    /// @param limit empty for none
    /// @return a new value
    public ServiceLimits withRatePerNetwork(Optional<ConnectionRate> limit) {
        return copy(connections, perClient, perNetwork, rate, limit);
    }

    private ServiceLimits copy(
            int ofService,
            int ofClient,
            int ofNetwork,
            Optional<ConnectionRate> begin,
            Optional<ConnectionRate> beginPerNetwork) {
        return new ServiceLimits(
                ofService,
                ofClient,
                ofNetwork,
                begin,
                beginPerNetwork,
                packets,
                bandwidth,
                proportion,
                tableShare,
                halfOpen);
    }

    /// The same with another limit of packets a second.
    ///
    /// @param limit of packets; empty for none
    /// @return a new value
    /// @throws BalancerException [ErrorCode#INVALID_ARGUMENT] if it is of another unit
    public ServiceLimits withPackets(Optional<TrafficLimit> limit) {
        return copy(limit, bandwidth, proportion, tableShare, halfOpen);
    }

    /// The same with another limit of bits a second.
    ///
    /// @param limit of bits; empty for none
    /// @return a new value
    /// @throws BalancerException [ErrorCode#INVALID_ARGUMENT] if it is of another unit
    public ServiceLimits withBandwidth(Optional<TrafficLimit> limit) {
        return copy(packets, limit, proportion, tableShare, halfOpen);
    }

    /// The same with another proportion of packets that pass, in either direction.
    ///
    /// @param percent 1 to [#MAX_PROPORTION], which drops none
    /// @return a new value
    /// @throws BalancerException [ErrorCode#INVALID_ARGUMENT] if it is out of range
    public ServiceLimits withProportion(int percent) {
        return copy(packets, bandwidth, percent, tableShare, halfOpen);
    }

    /// The same with another share of the connection tables.
    ///
    /// @param share what it may have, and what is kept for it
    /// @return a new value
    public ServiceLimits withTableShare(TableShare share) {
        return copy(packets, bandwidth, proportion, share, halfOpen);
    }

    /// The same with another limit of half-open connections: of TCP those whose handshake is not
    /// done, of UDP those that nobody has answered. Beyond it the oldest gives way.
    ///
    /// @param limit 0 for none, to [#MAX_CONNECTIONS]
    /// @return a new value
    public ServiceLimits withHalfOpen(int limit) {
        return copy(packets, bandwidth, proportion, tableShare, limit);
    }

    private ServiceLimits copy(
            Optional<TrafficLimit> packetLimit,
            Optional<TrafficLimit> bitLimit,
            int passing,
            TableShare share,
            int unanswered) {
        return new ServiceLimits(
                connections,
                perClient,
                perNetwork,
                rate,
                ratePerNetwork,
                packetLimit,
                bitLimit,
                passing,
                share,
                unanswered);
    }

    /// Whether packets of known connections may be dropped by a limit.
    ///
    /// @return true if there is a limit of packets or bits, or not all pass
    public boolean limitsTraffic() {
        return packets.isPresent() || bandwidth.isPresent() || proportion < MAX_PROPORTION;
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
                + ratePerNetwork.map(limit -> ", max-rate-per-network " + limit).orElse("")
                + packets.map(limit -> ", max-packets " + limit).orElse("")
                + bandwidth.map(limit -> ", max-bandwidth " + limit).orElse("")
                + (proportion == MAX_PROPORTION ? "" : ", limit-proportion " + proportion)
                + (tableShare.equals(TableShare.ANY) ? "" : ", table-share " + tableShare)
                + (halfOpen == 0 ? "" : ", max-half-open " + halfOpen);
    }
}
