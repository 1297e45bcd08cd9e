// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.control;

import io.fullnat.api.ErrorCode;
import io.fullnat.api.health.HealthPolicy;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.VirtualService;

/// What a service may say of the health of its servers.
final class HealthRules {
    private HealthRules() {}

    static void check(VirtualService service) {
        if (!service.policy().health().equals(HealthPolicy.NONE)) {
            throw Draft.error(
                    ErrorCode.UNSUPPORTED,
                    "service "
                            + service.key()
                            + " has a health policy, which is not supported yet; leave it out");
        }
        for (RealServer server : service.realServers()) {
            if (server.checks().isPresent()) {
                throw Draft.error(
                        ErrorCode.UNSUPPORTED,
                        "real server "
                                + server.endpoint()
                                + " of "
                                + service.key()
                                + " has health checks, which are not supported yet; leave them out");
            }
        }
    }
}
