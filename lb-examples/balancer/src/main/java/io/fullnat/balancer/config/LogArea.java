// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.config;

import java.util.List;
import java.util.Locale;

/// A part of the balancer that can have a log level of its own.
public enum LogArea {
    /// The HTTP API and its listeners.
    API,
    /// Transactions, conditions, links, neighbours.
    CONTROL,
    /// Ports and DPDK, whose own messages are of level debug.
    DPDK,
    /// The engine: control and workers.
    ENGINE;

    /// How the configuration calls it.
    ///
    /// @return in small letters
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    /// Whose level it is.
    ///
    /// @return the names of loggers, above those of the part
    public List<String> loggers() {
        return switch (this) {
            case API -> List.of("io.fullnat.balancer.api", "io.fullnat.balancer.server");
            case CONTROL -> List.of("io.fullnat.core.control");
            case DPDK -> List.of("io.fullnat.dpdk");
            case ENGINE -> List.of("io.fullnat.core");
        };
    }
}
