// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.top;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;

/// What a balancer said at one moment.
///
/// @param query that it answers
/// @param overview the balancer as a whole
/// @param rowNanos the balancer's clock when it read the rows, which may be a little before
/// @param rows of the list, in the order in which they are shown; of lists that come in pages only
///   those asked for
/// @param matched how many there are that have the filter's text
/// @param total how many there are
record Answer(
        Query query,
        JsonNode overview,
        long rowNanos,
        List<JsonNode> rows,
        long matched,
        long total) {
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
