// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.control;

import io.fullnat.api.ErrorCode;
import io.fullnat.api.IpAddress;
import io.fullnat.api.service.LocalAddress;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.VirtualService;

/// Keeps out what a state may say of two families and no packet would follow: the one place that
/// refuses it.
final class Ipv6Gate {
    private Ipv6Gate() {}

    /// Refuses real servers and local addresses of another family than the virtual address.
    static void checkService(VirtualService service) {
        ServiceKey key = service.key();
        for (RealServer server : service.realServers()) {
            requireSameFamily(
                    key,
                    server.endpoint().address(),
                    "real server " + server.endpoint() + " of " + key);
        }
        for (LocalAddress local : service.localAddresses()) {
            requireSameFamily(key, local.address(), "local address " + local + " of " + key);
        }
    }

    private static void requireSameFamily(ServiceKey key, IpAddress address, String what) {
        if (address.bitLength() != key.endpoint().address().bitLength()) {
            throw Draft.error(
                    ErrorCode.UNSUPPORTED,
                    what
                            + ": "
                            + address
                            + " is of another family than the service; only the same is supported");
        }
    }
}
