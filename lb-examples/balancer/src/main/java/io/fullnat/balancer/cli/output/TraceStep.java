// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.cli.output;

import io.fullnat.api.counter.Outcome;
import java.util.Optional;

/// A decision on a packet's way. Immutable and thread-safe.
///
/// @param what is decided
/// @param finding in words
/// @param end how the packet ends by it; empty if it goes on
record TraceStep(String what, String finding, Optional<Outcome> end) {
    static TraceStep of(String what, String finding) {
        return new TraceStep(what, finding, Optional.empty());
    }
}
