// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.control;

import io.fullnat.api.ErrorCode;
import io.fullnat.api.IpAddress;
import io.fullnat.api.Ipv4Address;
import io.fullnat.api.Ipv6Address;
import io.fullnat.api.service.LocalAddress;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.VirtualService;

/// Keeps out what a state may say of IPv6 and no packet would follow: the one place that refuses
/// it.
final class Ipv6Gate {
    private Ipv6Gate() {}

    /// Refuses virtual addresses, real servers and local addresses.
    static void checkService(VirtualService service) {
        ServiceKey key = service.key();
        refuseIpv6(key.endpoint().address(), "service " + key);
        for (RealServer server : service.realServers()) {
            refuseIpv6(
                    server.endpoint().address(), "real server " + server.endpoint() + " of " + key);
        }
        for (LocalAddress local : service.localAddresses()) {
            refuseIpv6(local.address(), "local address " + local + " of " + key);
        }
    }

    private static void refuseIpv6(IpAddress address, String what) {
        switch (address) {
            case Ipv4Address _ -> {}
            case Ipv6Address v6 ->
                    throw Draft.error(
                            ErrorCode.UNSUPPORTED,
                            what + ": " + v6 + " is an IPv6 address; only IPv4 is supported");
        }
    }
}
