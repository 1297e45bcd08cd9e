// SPDX-License-Identifier: Apache-2.0
package io.fullnat.api.control;

import static java.util.Objects.requireNonNull;

import io.fullnat.api.ErrorCode;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/// How many transactions have ended since the balancer was made, how, and how long those took that
/// were applied: from the call until every worker went by the new state and the caller could know.
/// Checks, and what the balancer does by itself, are left out. Immutable and thread-safe.
///
/// @param counts applied ones by the first of [#LIMITS] that they took no longer than; at the end
///   those that took longer than all
/// @param total time of all that were applied
/// @param refused those that changed nothing, by the reason; none that never occurred
public record TransactionTimes(List<Long> counts, Duration total, Map<ErrorCode, Long> refused) {
    /// Limits of time by which applied ones are sorted, growing.
    public static final List<Duration> LIMITS =
            List.of(
                    Duration.ofMillis(1),
                    Duration.ofNanos(2_500_000),
                    Duration.ofMillis(5),
                    Duration.ofMillis(10),
                    Duration.ofMillis(25),
                    Duration.ofMillis(50),
                    Duration.ofMillis(100),
                    Duration.ofMillis(250),
                    Duration.ofMillis(500),
                    Duration.ofSeconds(1),
                    Duration.ofMillis(2500),
                    Duration.ofSeconds(5),
                    Duration.ofSeconds(10));

    /// Copies.
    ///
    /// @throws IllegalArgumentException if there is not a count for each limit and one more
    public TransactionTimes {
        counts = List.copyOf(requireNonNull(counts, "counts"));
        requireNonNull(total, "total");
        refused = Map.copyOf(requireNonNull(refused, "refused"));
        if (counts.size() != LIMITS.size() + 1) {
            throw new IllegalArgumentException(
                    counts.size() + " counts are not " + (LIMITS.size() + 1));
        }
    }

    /// Transactions that were applied.
    ///
    /// @return how many
    public long applied() {
        return counts.stream().mapToLong(Long::longValue).sum();
    }
}
