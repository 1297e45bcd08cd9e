// SPDX-License-Identifier: Apache-2.0
package io.fullnat.api.service;

import io.fullnat.api.health.HealthPolicy;
import java.util.TreeMap;

/// A policy in the words of configurations and commands, as far as it is not the usual one.
final class PolicyText {
    private PolicyText() {}

    static String of(ServicePolicy policy) {
        String text = "refusal " + policy.refusal().word() + ", removal " + policy.removal().word();
        if (!policy.timeouts().byState().isEmpty()) {
            text += ", timeouts " + policy.timeouts();
        }
        if (!policy.schedulerOptions().isEmpty()) {
            text += ", scheduler options " + new TreeMap<>(policy.schedulerOptions());
        }
        if (!policy.health().equals(HealthPolicy.NONE)) {
            text += ", health [" + policy.health() + "]";
        }
        if (!policy.limits().equals(ServiceLimits.NONE)) {
            text += ", " + policy.limits();
        }
        if (policy.persistence().isPresent()) {
            text += ", persistence " + policy.persistence().get();
        }
        if (policy.expiresQuiescent()) {
            text += ", expire quiescent";
        }
        if (policy.endWith() != Ending.RESET) {
            text += ", end with " + policy.endWith().word();
        }
        if (policy.outOfWindow() != OutOfWindow.PASS) {
            text += ", out of window " + policy.outOfWindow().word();
        }
        if (policy.resetsOnExpiry()) {
            text += ", reset on expiry";
        }
        if (policy.onePacket()) {
            text += ", one packet";
        }
        if (policy.quic().isPresent()) {
            text += ", quic " + policy.quic().get();
        }
        if (!policy.disclosure().equals(ClientDisclosure.NONE)) {
            text += ", " + policy.disclosure();
        }
        if (!policy.tcp().equals(TcpPolicy.KEEP)) {
            text += ", " + policy.tcp();
        }
        if (policy.proxyProtocol() != ProxyProtocol.DISABLE) {
            text += ", proxy protocol " + policy.proxyProtocol().word();
        }
        return policy.description().isEmpty()
                ? text
                : text + "," + Description.quoted(policy.description());
    }
}
