// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.config;

import io.fullnat.api.service.TimedState;
import io.fullnat.api.service.Timeouts;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/// Reads `timeouts`, of the balancer or of a service: a profile, and what differs from it.
final class TimeoutSection {
    static final List<String> KEYS =
            Stream.concat(Stream.of("profile"), Stream.of(TimedState.values()).map(TimedState::key))
                    .toList();

    private static final Map<String, Timeouts> PROFILES =
            Map.of("default", Timeouts.NONE, "dns", Timeouts.DNS);

    private TimeoutSection() {}

    /// Of a mapping that may have the key `timeouts`.
    static Timeouts read(Fields owner) {
        Optional<Fields> fields = owner.mapping("timeouts", KEYS);
        if (fields.isEmpty()) {
            return Timeouts.NONE;
        }
        Timeouts timeouts =
                fields.get().optional("profile", Scalar.oneOf(PROFILES)).orElse(Timeouts.NONE);
        for (TimedState state : TimedState.values()) {
            Optional<Integer> seconds =
                    fields.get()
                            .optional(state.key(), Scalar.number(1, (int) Timeouts.MAX_SECONDS));
            if (seconds.isPresent()) {
                timeouts = timeouts.with(state, Duration.ofSeconds(seconds.get()));
            }
        }
        return timeouts;
    }

    /// What stands below the key, indented.
    static List<String> lines(Timeouts timeouts) {
        return timeouts.byState().entrySet().stream()
                .map(entry -> "  " + entry.getKey().key() + ": " + entry.getValue().toSeconds())
                .toList();
    }
}
