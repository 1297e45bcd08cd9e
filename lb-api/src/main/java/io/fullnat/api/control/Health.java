// SPDX-License-Identifier: Apache-2.0
package io.fullnat.api.control;

import static java.util.Objects.requireNonNull;

import io.fullnat.api.io.LinkState;
import java.time.Duration;
import java.util.List;

/// How a balancer is. Immutable and thread-safe.
///
/// @param status all in one word
/// @param workers in order
/// @param ports in order
/// @param conditions that last now
public record Health(
        Status status,
        List<WorkerHealth> workers,
        List<PortHealth> ports,
        List<ActiveCondition> conditions) {
    /// All in one word.
    public enum Status {
        /// No condition lasts, all links are up.
        UP,
        /// It works, with trouble: a condition lasts, or some link is down.
        DEGRADED,
        /// It does not work: a worker stands still, or no link is up.
        DOWN
    }

    /// Copies the lists.
    public Health {
        requireNonNull(status, "status");
        workers = List.copyOf(requireNonNull(workers, "workers"));
        ports = List.copyOf(requireNonNull(ports, "ports"));
        conditions = List.copyOf(requireNonNull(conditions, "conditions"));
    }

    /// How a worker is.
    ///
    /// @param worker its number
    /// @param cycles duty cycles it has done
    /// @param idle since its last cycle, to a second
    /// @param faults caught in it
    public record WorkerHealth(int worker, long cycles, Duration idle, long faults) {
        /// Refuses null.
        public WorkerHealth {
            requireNonNull(idle, "idle");
        }
    }

    /// How a port is.
    ///
    /// @param port its name
    /// @param link its link
    public record PortHealth(String port, LinkState link) {
        /// Refuses null.
        public PortHealth {
            requireNonNull(port, "port");
            requireNonNull(link, "link");
        }
    }
}
