// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.control;

import io.fullnat.api.BalancerException;
import io.fullnat.api.Endpoint;
import io.fullnat.api.ErrorCode;
import io.fullnat.api.health.HealthCheck;
import io.fullnat.api.health.HealthPolicy;
import io.fullnat.api.health.PingProbe;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.VirtualService;

/// What a service may say of the health of its servers.
final class HealthRules {
    private HealthRules() {}

    /// @throws BalancerException [ErrorCode#INVALID_ARGUMENT] if its sorry server is one of its
    ///   real servers, or is not reached from its local addresses, if a check asks a server from an
    ///   address of the other family, or if it would have to know a port that the server has not
    static void check(VirtualService service) {
        HealthPolicy policy = service.policy().health();
        policy.sorryServer()
                .ifPresent(sorry -> {
                    if (service.realServers().stream()
                            .anyMatch(server -> server.endpoint().equals(sorry))) {
                        throw Draft.error(
                                ErrorCode.INVALID_ARGUMENT,
                                "sorry server "
                                        + sorry
                                        + " of "
                                        + service.key()
                                        + " is one of its real servers, too; remove it there, or"
                                        + " name another");
                    }
                    requireLocal(service, sorry);
                });
        for (RealServer server : service.realServers()) {
            for (HealthCheck check : server.checks().orElse(policy.checks())) {
                requireSource(service, server, check);
                requirePort(service, server, check);
            }
        }
    }

    private static void requireSource(
            VirtualService service, RealServer server, HealthCheck check) {
        String family = server.endpoint().address().family();
        check.source()
                .filter(source -> !source.family().equals(family))
                .ifPresent(source -> {
                    throw Draft.error(
                            ErrorCode.INVALID_ARGUMENT,
                            "check \""
                                    + check
                                    + "\" of "
                                    + service.key()
                                    + " asks from "
                                    + source
                                    + ", but real server "
                                    + server.endpoint()
                                    + " is of "
                                    + family
                                    + "; give that server a check of its own");
                });
    }

    private static void requirePort(VirtualService service, RealServer server, HealthCheck check) {
        if (server.isSamePort()
                && check.port().isEmpty()
                && !(check.probe() instanceof PingProbe)) {
            throw Draft.error(
                    ErrorCode.INVALID_ARGUMENT,
                    "check \""
                            + check
                            + "\" of "
                            + service.key()
                            + ": real server "
                            + server.endpoint().address()
                            + " has no port of its own, so the check has to say which one it asks;"
                            + " give it one (port=PORT)");
        }
    }

    private static void requireLocal(VirtualService service, Endpoint sorry) {
        String family = sorry.address().family();
        if (!service.localAddresses().isEmpty()
                && service.localAddresses().stream()
                        .noneMatch(local -> local.address().family().equals(family))) {
            throw Draft.error(
                    ErrorCode.INVALID_ARGUMENT,
                    "sorry server "
                            + sorry
                            + " of "
                            + service.key()
                            + ": the service has no local address of "
                            + family
                            + " to speak to it from; add one");
        }
    }
}
