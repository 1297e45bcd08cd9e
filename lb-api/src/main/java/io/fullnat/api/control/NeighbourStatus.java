// SPDX-License-Identifier: Apache-2.0
package io.fullnat.api.control;

import static java.util.Objects.requireNonNull;

import io.fullnat.api.IpAddress;
import io.fullnat.api.MacAddress;
import java.util.Optional;

/// A neighbour as one worker knows it. Immutable and thread-safe.
///
/// @param worker the number of the worker
/// @param address its IP address
/// @param mac its MAC address, empty while it has not answered
/// @param device where it is
/// @param state how sure the worker is of it
public record NeighbourStatus(
        int worker, IpAddress address, Optional<MacAddress> mac, String device, State state) {
    /// Refuses null.
    public NeighbourStatus {
        requireNonNull(address, "address");
        requireNonNull(mac, "mac");
        requireNonNull(device, "device");
        requireNonNull(state, "state");
    }

    /// How sure a worker is of a neighbour.
    public enum State {
        /// It has been asked and has not answered: packets wait or are dropped.
        INCOMPLETE,
        /// It has answered lately.
        REACHABLE,
        /// It has not answered lately, and is asked again when it is used.
        STALE,
        /// It is asked again, and used meanwhile.
        PROBE,
        /// It is configured.
        STATIC
    }
}
