// SPDX-License-Identifier: Apache-2.0
package io.fullnat.benchmarks.loop;

import java.util.List;

/// Who looks at a measured balancer over its API, each second.
enum Watching {
    NOBODY(),
    /// Metrics are scraped.
    METRICS("/metrics"),
    /// And a page and a terminal are open.
    ALL(
            "/metrics",
            "/v2/overview",
            "/v2/overview/services?limit=50&sort=rate",
            "/v2/overview",
            "/v2/overview/services?limit=50&sort=rate");

    private final List<String> paths;

    Watching(String... paths) {
        this.paths = List.of(paths);
    }

    /// What is asked for.
    List<String> paths() {
        return paths;
    }
}
