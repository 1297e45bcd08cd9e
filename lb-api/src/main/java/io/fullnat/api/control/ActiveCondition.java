// SPDX-License-Identifier: Apache-2.0
package io.fullnat.api.control;

import static java.util.Objects.requireNonNull;

import java.time.Duration;

/// A condition that lasts now. Immutable and thread-safe.
///
/// @param condition which
/// @param subject of what: an address, a port's name, a worker's name
/// @param detail how much, as it was when it began
/// @param lasted since it began
public record ActiveCondition(Condition condition, String subject, String detail, Duration lasted) {
    /// Refuses null.
    public ActiveCondition {
        requireNonNull(condition, "condition");
        requireNonNull(subject, "subject");
        requireNonNull(detail, "detail");
        requireNonNull(lasted, "lasted");
    }
}
