// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.control;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.TableShare;
import io.fullnat.api.service.VirtualService;
import java.util.Collection;

/// What limits must have to do with each other.
final class LimitRules {
    private LimitRules() {}

    /// @throws BalancerException [ErrorCode#INVALID_ARGUMENT] if more of the connection tables is
    ///   to be kept for services than there is
    static void checkShares(Collection<VirtualService> services) {
        int reserved = 0;
        for (VirtualService service : services) {
            reserved += service.policy().limits().tableShare().reserved();
        }
        if (reserved > TableShare.MAX_RESERVED) {
            throw Draft.error(
                    ErrorCode.INVALID_ARGUMENT,
                    "the table shares that are kept for services add up to "
                            + reserved
                            + " percent, which is more than "
                            + TableShare.MAX_RESERVED
                            + "; keep less for some");
        }
    }

    /// @throws BalancerException [ErrorCode#INVALID_ARGUMENT] if a server is to get connections
    ///   again below a count that it cannot reach
    static void check(VirtualService service) {
        for (RealServer server : service.realServers()) {
            if (server.resumeBelow() > server.maxConnections()) {
                throw Draft.error(
                        ErrorCode.INVALID_ARGUMENT,
                        "resume-below "
                                + server.resumeBelow()
                                + " of real server "
                                + server.endpoint()
                                + " of "
                                + service.key()
                                + " is more than its max-connections, "
                                + server.maxConnections()
                                + "; give it at most that, or 0");
            }
        }
    }
}
