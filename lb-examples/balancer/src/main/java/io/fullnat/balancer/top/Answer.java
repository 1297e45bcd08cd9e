// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.top;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.OptionalLong;

/// What a balancer said at one moment.
///
/// @param query that it answers
/// @param overview the balancer as a whole
/// @param rowNanos the balancer's clock when it read the rows, which may be a little before
/// @param rows of the list, in the order in which they are shown; of lists that come in pages only
///   those asked for
/// @param matched how many there are that have the filter's text
/// @param total how many there are
/// @param templates of persistence that the service has whose rows they are; empty if they are not
///   of one that has any, or that is not known
record Answer(
        Query query,
        JsonNode overview,
        long rowNanos,
        List<JsonNode> rows,
        long matched,
        long total,
        OptionalLong templates) {
    Answer {
        rows = List.copyOf(rows);
    }

    /// The balancer's clock, which never goes back while it runs.
    long nanos() {
        return overview.path("monotonicNanos").asLong();
    }

    /// Another one for each start of a balancer.
    long startedAt() {
        return overview.path("startedAt").asLong();
    }
}
