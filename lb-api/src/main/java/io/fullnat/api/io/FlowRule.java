// SPDX-License-Identifier: Apache-2.0
package io.fullnat.api.io;

import static java.util.Objects.requireNonNull;

import io.fullnat.api.IpAddress;
import io.fullnat.api.Protocol;

/// Which received packets go to which queue: those of one protocol to one address whose destination
/// port has some bits as they are given. Immutable and thread-safe.
///
/// @param protocol of the packets
/// @param vlan their VLAN, 1 to 4094, or 0 for untagged ones
/// @param destination their destination address
/// @param port bits of their destination port, none outside the mask
/// @param portMask the bits of the destination port that count, 0 to 65535
/// @param queue the receive queue where they arrive, from 0
public record FlowRule(
        Protocol protocol, int vlan, IpAddress destination, int port, int portMask, int queue) {
    private static final int MAX_VLAN = 4094;

    /// Checks the numbers.
    ///
    /// @throws IllegalArgumentException naming the one that is out of range
    public FlowRule {
        requireNonNull(protocol, "protocol");
        requireNonNull(destination, "destination");
        require(vlan >= 0 && vlan <= MAX_VLAN, "VLAN " + vlan + " is not 0-" + MAX_VLAN);
        require(portMask >>> 16 == 0, "a port mask of " + portMask + " is not 0-65535");
        require((port & ~portMask) == 0, "port " + port + " has bits outside mask " + portMask);
        require(queue >= 0, "queue " + queue + " is negative");
    }

    private static void require(boolean condition, String message) {
        if (!condition) {
            throw new IllegalArgumentException(message);
        }
    }
}
