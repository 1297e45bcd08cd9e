// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.trace;

import io.fullnat.api.counter.Outcome;
import java.util.Optional;

/// What a copy cannot know. Immutable and thread-safe.
///
/// @param words what it is
/// @param outcome how the frame ends by it, if it does
public record Doubt(String words, Optional<Outcome> outcome) {
    static Doubt of(String words) {
        return new Doubt(words, Optional.empty());
    }

    static Doubt of(String words, Outcome outcome) {
        return new Doubt(words, Optional.of(outcome));
    }
}
