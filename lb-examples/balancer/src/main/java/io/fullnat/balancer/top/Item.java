// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.top;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Optional;
import java.util.OptionalDouble;

/// One thing of a list: what the balancer says of it, and what it said a while before.
///
/// @param id by which it is found again in the next answer
/// @param now the last answer's
/// @param before an earlier answer's; empty if it was not there, or the balancer has started anew
/// @param seconds between the two, above 0 if there is one before
record Item(String id, JsonNode now, Optional<JsonNode> before, double seconds) {
    String text(String field) {
        return now.at(field).asText("");
    }

    long count(String field) {
        return now.at(field).asLong();
    }

    double number(String field) {
        return now.at(field).asDouble();
    }

    boolean has(String field) {
        JsonNode value = now.at(field);
        return !value.isMissingNode() && !value.isNull();
    }

    /// By how much counts went up in a second, all together.
    ///
    /// @param fields pointers (RFC 6901) to counts
    /// @return empty if that is not known: there is no earlier answer, or the counts went back, as
    ///   they do when they are zeroed
    OptionalDouble rate(String... fields) {
        if (before.isEmpty()) {
            return OptionalDouble.empty();
        }
        long more = 0;
        for (String field : fields) {
            JsonNode first = before.get().at(field);
            JsonNode last = now.at(field);
            long step = last.asLong() - first.asLong();
            if (!first.isNumber() || !last.isNumber() || step < 0) {
                return OptionalDouble.empty();
            }
            more += step;
        }
        return OptionalDouble.of(more / seconds);
    }
}
