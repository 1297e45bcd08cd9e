// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.service;

import io.fullnat.api.service.ClientDisclosure;
import io.fullnat.api.service.OutOfWindow;
import io.fullnat.api.service.ProxyProtocol;
import io.fullnat.api.service.ServiceLimits;
import io.fullnat.api.service.ServicePolicy;
import io.fullnat.api.service.TcpPolicy;

/// What a service's policy has done where a connection begins, in one answer each: asked once for a
/// state of the service, so that each new connection of one that wants nothing costs one look.
final class Beginnings {
    private Beginnings() {}

    /// Whether nothing is claimed, counted, answered or changed.
    static boolean arePlain(ServicePolicy policy) {
        return policy.limits().equals(ServiceLimits.NONE)
                && policy.tcp().equals(TcpPolicy.KEEP)
                && policy.outOfWindow() == OutOfWindow.PASS;
    }

    /// Whether servers are told of clients, by whatever protocol.
    static boolean tellServers(ServicePolicy policy) {
        return policy.proxyProtocol() != ProxyProtocol.DISABLE
                || !policy.disclosure().equals(ClientDisclosure.NONE);
    }
}
