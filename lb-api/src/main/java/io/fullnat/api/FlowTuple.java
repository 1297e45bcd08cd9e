// SPDX-License-Identifier: Apache-2.0
package io.fullnat.api;

import static java.util.Objects.requireNonNull;

/// What names one direction of a flow: protocol, source and destination. Immutable and thread-safe.
///
/// @param protocol the transport protocol
/// @param source who sends
/// @param destination who receives
public record FlowTuple(Protocol protocol, Endpoint source, Endpoint destination) {
    /// Refuses null.
    public FlowTuple {
        requireNonNull(protocol, "protocol");
        requireNonNull(source, "source");
        requireNonNull(destination, "destination");
    }

    /// The tuple of the opposite direction.
    ///
    /// @return source and destination exchanged
    public FlowTuple reversed() {
        return new FlowTuple(protocol, destination, source);
    }

    @Override
    public String toString() {
        return protocol + " " + source + " -> " + destination;
    }
}
