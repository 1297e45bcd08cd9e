// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.trace;

import io.fullnat.api.Endpoint;
import io.fullnat.api.counter.Outcome;
import java.util.List;
import java.util.Optional;

/// How the frame ends. Immutable and thread-safe.
///
/// @param outcome the engine's; empty if it still waits
/// @param assumed whether that goes by a neighbour's answer who has not been asked yet
/// @param server who gets the connection that it opens
/// @param sent what leaves, but for questions for neighbours
public record Ending(
        Optional<Outcome> outcome, boolean assumed, Optional<Endpoint> server, List<Sent> sent) {}
