// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.supervise;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// How often a service manager wants to hear that all is well, or it ends and restarts the program.
///
/// @param period a quarter of what it waits for: one late sign is no reason
record Watchdog(Duration period) {
    private static final Logger LOG = LoggerFactory.getLogger(Watchdog.class);
    private static final int SIGNS = 4;
    private static final long MIN_MICROS = 4_000;

    /// Reads `WATCHDOG_USEC` and `WATCHDOG_PID` as sd_watchdog_enabled(3) does.
    ///
    /// @param pid of this process
    /// @return empty if none watches this process
    static Optional<Watchdog> of(Map<String, String> environment, long pid) {
        String micros = environment.get("WATCHDOG_USEC");
        String watched = environment.get("WATCHDOG_PID");
        if (micros == null || (watched != null && !watched.equals(Long.toString(pid)))) {
            return Optional.empty();
        }
        try {
            long limit = Long.parseLong(micros);
            if (limit >= MIN_MICROS && limit < Long.MAX_VALUE / 1000) {
                return Optional.of(new Watchdog(Duration.ofNanos(limit * 1000 / SIGNS)));
            }
        } catch (NumberFormatException e) {
            // as one that is out of range
        }
        LOG.warn("WATCHDOG_USEC is no time that can be kept: {}", micros);
        return Optional.empty();
    }
}
