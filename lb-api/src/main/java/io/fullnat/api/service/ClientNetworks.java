// SPDX-License-Identifier: Apache-2.0
package io.fullnat.api.service;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;

/// How large the network is that counts as one client's where a service limits networks: by the
/// length of its prefix.
///
/// @param ipv4 1 to 32 bits
/// @param ipv6 1 to 128 bits
public record ClientNetworks(int ipv4, int ipv6) {
    /// 24 bits of IPv4, 64 of IPv6: what one site most often has.
    public static final ClientNetworks DEFAULT = new ClientNetworks(24, 64);

    /// Refuses lengths that no prefix has.
    public ClientNetworks {
        require("IPv4", ipv4, 32);
        require("IPv6", ipv6, 128);
    }

    private static void require(String family, int length, int max) {
        if (length < 1 || length > max) {
            throw new BalancerException(
                    ErrorCode.INVALID_ARGUMENT,
                    "client networks: " + length + " bits of " + family + " are not 1-" + max);
        }
    }

    @Override
    public String toString() {
        return ipv4 + "," + ipv6;
    }
}
