// SPDX-License-Identifier: Apache-2.0
package io.fullnat.api.service;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import io.fullnat.api.Protocol;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// What a policy can say of a service of one protocol only: it is refused, not kept without effect.
final class ProtocolRules {
    private ProtocolRules() {}

    static void check(ServiceKey key, ServicePolicy policy, List<RealServer> servers) {
        if (key.protocol() == Protocol.UDP) {
            checkUdp(key, policy);
        } else if (policy.onePacket()) {
            throw wrong(
                    "one-packet scheduling of "
                            + key
                            + ": only services of UDP can have it; leave it out");
        }
        if (policy.quic().isPresent()) {
            checkQuic(key, policy, servers);
        }
        policy.disclosure().require(key, servers);
        policy.tcp().require(key);
        policy.proxyProtocol().require(key);
        ProxyTlv.require(key, policy.proxyProtocol(), policy.disclosure().proxyTlvs());
    }

    private static void checkUdp(ServiceKey key, ServicePolicy policy) {
        String option =
                policy.endWith() != Ending.RESET
                        ? "end-with"
                        : policy.resetsOnExpiry()
                                ? "reset-on-expiry"
                                : policy.outOfWindow() != OutOfWindow.PASS ? "out-of-window" : "";
        if (!option.isEmpty()) {
            throw wrong(option + " of " + key + ": only services of TCP can have it; leave it out");
        }
    }

    private static void checkQuic(ServiceKey key, ServicePolicy policy, List<RealServer> servers) {
        if (key.protocol() != Protocol.UDP) {
            throw wrong("quic of " + key + ": only services of UDP can have it; leave it out");
        }
        if (policy.onePacket()) {
            throw wrong(
                    "quic of "
                            + key
                            + ": a connection of QUIC has many packets; leave it out, or one-packet"
                            + " scheduling");
        }
        Set<String> ids = new HashSet<>();
        for (RealServer server : servers) {
            for (String id : server.quicIds()) {
                if (!ids.add(id)) {
                    throw wrong(
                            "quic-id "
                                    + id
                                    + " of real server "
                                    + server.endpoint()
                                    + " of "
                                    + key
                                    + " is that of another; give it another one");
                }
            }
        }
    }

    private static BalancerException wrong(String message) {
        return new BalancerException(ErrorCode.INVALID_ARGUMENT, message);
    }
}
