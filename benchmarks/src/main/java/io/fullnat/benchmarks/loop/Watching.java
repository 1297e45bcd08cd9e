// SPDX-License-Identifier: Apache-2.0
package io.fullnat.benchmarks.loop;

import java.util.List;

/// Who looks at a measured balancer over its API, each second.
enum Watching {
    NOBODY,
    /// Metrics are scraped.
    METRICS,
    /// And a page and a terminal are open.
    ALL;

    private static final String OVERVIEW = "/v2/overview";
    private static final String BUSIEST = "/v2/overview/services?limit=50&sort=rate";

    /// What is asked for.
    List<String> paths() {
        return switch (this) {
            case NOBODY -> List.of();
            case METRICS -> List.of("/metrics");
            case ALL -> List.of("/metrics", OVERVIEW, BUSIEST, OVERVIEW, BUSIEST);
        };
    }
}
