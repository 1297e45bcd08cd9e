// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

import io.fullnat.core.open.Modifiers;

/// How many connections of a balancer have a packet modifier, for tests of all packages.
public final class ModifiedConnections {
    private ModifiedConnections() {}

    /// Counts them while nobody drives the balancer.
    ///
    /// @param balancer driven by hand
    /// @return those of all workers
    public static int of(FullNatBalancer balancer) {
        return balancer.workersThemselves().stream()
                .mapToInt(worker -> {
                    Modifiers table = worker.flows().modifiers();
                    return table == null ? 0 : table.size();
                })
                .sum();
    }
}
