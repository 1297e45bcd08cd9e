// SPDX-License-Identifier: Apache-2.0
package io.fullnat.api.health;

import static java.util.Objects.requireNonNull;

import io.fullnat.api.Endpoint;
import io.fullnat.api.IpAddress;
import java.time.Duration;
import java.util.Optional;

/// Whom a probe asks. Immutable and thread-safe.
///
/// @param endpoint address and port that is probed, which may be another than clients' packets go
///   to
/// @param source the address to ask from; empty for the system's choice
/// @param timeout by when the answer must be there
public record ProbeTarget(Endpoint endpoint, Optional<IpAddress> source, Duration timeout) {
    /// Refuses null.
    public ProbeTarget {
        requireNonNull(endpoint, "endpoint");
        requireNonNull(source, "source");
        requireNonNull(timeout, "timeout");
    }
}
