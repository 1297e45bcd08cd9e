// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.schedule;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.core.address.Addresses;
import java.util.List;

/// The servers of a service as DPVS has them: those added last first. What DPVS cannot express, or
/// does with by accident, is refused.
final class DpvsServers {
    /// A larger weight is a negative one there.
    private static final int MAX_WEIGHT = 32_767;

    private final List<RealServer> servers;
    private final boolean ipv6;

    /// @throws BalancerException [ErrorCode#INVALID_ARGUMENT] naming the server that DPVS cannot
    ///   have
    DpvsServers(List<RealServer> servers, ServiceKey service) {
        this.servers = servers;
        ipv6 = isIpv6(service.endpoint().address().high(), service.endpoint().address().low());
        for (RealServer server : servers) {
            if (server.weight() > MAX_WEIGHT) {
                throw wrong(server, "has a weight above " + MAX_WEIGHT);
            }
            long high = server.endpoint().address().high();
            long low = server.endpoint().address().low();
            if (isIpv6(high, low) != ipv6) {
                throw wrong(server, "is of another family than the service");
            }
            if (ipv6 && high == 0 && low >>> 32 == 0) {
                throw wrong(server, "has an address within ::/96");
            }
        }
    }

    private static boolean isIpv6(long high, long low) {
        return !Addresses.isIpv4(high, low);
    }

    /// The refusal of a server.
    static BalancerException wrong(RealServer server, String why) {
        return new BalancerException(
                ErrorCode.INVALID_ARGUMENT,
                "real server "
                        + server.endpoint()
                        + " "
                        + why
                        + ", for which there is no choice of DPVS: leave out variant=dpvs");
    }

    /// Of which family all of them are.
    boolean isIpv6() {
        return ipv6;
    }

    int count() {
        return servers.size();
    }

    /// The index that a server has with schedulers.
    ///
    /// @param place in the list that DPVS has
    int index(int place) {
        return servers.size() - 1 - place;
    }

    RealServer server(int place) {
        return servers.get(index(place));
    }

    /// The greatest common divisor of the weights.
    ///
    /// @return 0 if none is above 0
    int divisor() {
        return Weights.divisor(servers.stream().mapToInt(RealServer::weight).toArray());
    }
}
