// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.config;

import java.util.Locale;

/// A part of the balancer that can have a log level of its own.
public enum LogArea {
    /// The HTTP API and its listeners.
    API("io.fullnat.balancer.http"),
    /// Transactions, conditions, links, neighbours.
    CONTROL("io.fullnat.core.control"),
    /// Ports and DPDK, whose own messages are of level debug.
    DPDK("io.fullnat.dpdk"),
    /// The engine: control and workers.
    ENGINE("io.fullnat.core");

    private final String logger;

    LogArea(String logger) {
        this.logger = logger;
    }

    /// How the configuration calls it.
    ///
    /// @return in small letters
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    /// Whose level it is.
    ///
    /// @return the name of a logger, above those of the part
    public String logger() {
        return logger;
    }
}
