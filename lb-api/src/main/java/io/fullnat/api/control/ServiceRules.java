// SPDX-License-Identifier: Apache-2.0
package io.fullnat.api.control;

import static java.util.Objects.requireNonNull;

import io.fullnat.api.BalancerException;
import io.fullnat.api.Endpoint;
import io.fullnat.api.ErrorCode;
import io.fullnat.api.IpAddress;
import io.fullnat.api.service.ClientDisclosure.Uoa;
import io.fullnat.api.service.QuicConfig;
import io.fullnat.api.service.QuicRouting;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.VirtualService;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// What parts of a service that are edited one by one have to do with each other, asked when all
/// changes of a transaction are made, so that their order does not matter: what would be without
/// effect is refused, not kept.
public final class ServiceRules {
    private ServiceRules() {}

    /// Checks a service.
    ///
    /// @param service with all that it lists
    /// @throws BalancerException [ErrorCode#INVALID_ARGUMENT] for `uoa: ipo` where a packet is of
    ///   IPv6, and for a `quic-id` that no connection id of the service can have
    public static void check(VirtualService service) {
        requireNonNull(service, "service");
        if (service.policy().disclosure().uoa() == Uoa.IPO) {
            requireIpv4(service);
        }
        if (service.realServers().stream().anyMatch(server -> !server.quicIds().isEmpty())) {
            requireLengths(service);
        }
    }

    private static void requireIpv4(VirtualService service) {
        Stream<IpAddress> servers =
                Stream.concat(
                                service.realServers().stream().map(RealServer::endpoint),
                                service.policy().health().sorryServer().stream())
                        .map(Endpoint::address);
        Optional<IpAddress> other =
                Stream.concat(service.frontends().stream().map(one -> one.address()), servers)
                        .filter(address -> address.bitLength() != Integer.SIZE)
                        .findFirst();
        if (other.isPresent()) {
            throw wrong(
                    "UOA ipo of "
                            + service.key()
                            + ", which has "
                            + other.get()
                            + ": it is an option of IPv4; say opp where there is IPv6");
        }
    }

    private static void requireLengths(VirtualService service) {
        List<QuicConfig> configs =
                service.policy().quic().orElse(null) instanceof QuicRouting.QuicLb lb
                        ? lb.configs()
                        : List.of();
        Set<Integer> lengths =
                configs.stream().map(QuicConfig::serverIdLength).collect(Collectors.toSet());
        String idle =
                service.realServers().stream()
                        .flatMap(server ->
                                server.quicIds().stream()
                                        .filter(id -> !lengths.contains(id.length() / 2))
                                        .map(id -> id + " of " + server.endpoint()))
                        .limit(3)
                        .collect(Collectors.joining(", "));
        if (!idle.isEmpty()) {
            throw wrong(
                    "quic-id "
                            + idle
                            + ": "
                            + service.key()
                            + (configs.isEmpty()
                                    ? " has no configuration of QUIC-LB"
                                    : " has no configuration of QUIC-LB with server ids of that"
                                            + " length")
                            + "; take such ids away (quic-id none), then the configuration, or give"
                            + " the configuration first");
        }
    }

    private static BalancerException wrong(String message) {
        return new BalancerException(ErrorCode.INVALID_ARGUMENT, message);
    }
}
