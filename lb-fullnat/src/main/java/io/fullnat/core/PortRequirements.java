// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import io.fullnat.api.io.PacketIo;
import io.fullnat.api.io.PacketPort;
import java.util.Set;
import java.util.stream.Collectors;

/// What a balancer needs of its ports.
final class PortRequirements {
    private PortRequirements() {}

    /// @param named ports that a setting is about
    /// @throws BalancerException [ErrorCode#INVALID_ARGUMENT] if there is no port, if one has fewer
    ///   queues than there are workers, or if there is none of a name
    static void check(PacketIo io, int workers, Set<String> named) {
        if (io.ports().isEmpty()) {
            throw invalid("there is no port; a balancer needs one at least");
        }
        for (PacketPort port : io.ports()) {
            if (port.queueCount() < workers) {
                throw invalid(
                        "port "
                                + port.name()
                                + " has "
                                + port.queueCount()
                                + " queue(s) for "
                                + workers
                                + " workers; open it with more or use fewer workers");
            }
        }
        for (String name : named) {
            if (io.ports().stream().noneMatch(port -> port.name().equals(name))) {
                throw invalid(
                        "reverse path: no port \""
                                + name
                                + "\"; there are "
                                + io.ports().stream()
                                        .map(PacketPort::name)
                                        .collect(Collectors.joining(", ")));
            }
        }
    }

    private static BalancerException invalid(String message) {
        return new BalancerException(ErrorCode.INVALID_ARGUMENT, message);
    }
}
