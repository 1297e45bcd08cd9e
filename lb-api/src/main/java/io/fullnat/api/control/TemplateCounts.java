// SPDX-License-Identifier: Apache-2.0
package io.fullnat.api.control;

import static java.util.Objects.requireNonNull;

import io.fullnat.api.service.ServiceKey;
import java.util.Map;

/// How many persistence templates are alive. Immutable and thread-safe.
///
/// @param capacity how many the table has room for
/// @param byService of each service with persistence, 0 included
public record TemplateCounts(int capacity, Map<ServiceKey, Integer> byService) {
    /// Copies the map.
    public TemplateCounts {
        byService = Map.copyOf(requireNonNull(byService, "byService"));
    }

    /// Of all services.
    ///
    /// @return how many
    public int total() {
        return byService.values().stream().mapToInt(Integer::intValue).sum();
    }
}
