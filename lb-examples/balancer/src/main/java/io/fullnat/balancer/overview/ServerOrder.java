// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.overview;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// Puts the servers of all services in the order of their names: sorts them when the state is
/// another, and not for each reading. Thread-safe.
final class ServerOrder {
    private @Nullable Overview of;
    private List<ServerRow> rows = List.of();
    private int[] places = {};
    private long revision = -1;

    /// All servers of a reading.
    ///
    /// @return in the order of their names
    @SuppressWarnings("ReferenceEquality") // whether it is the same reading, not what it says
    synchronized List<ServerRow> of(Overview overview) {
        if (of != overview) {
            List<ServerRow> all = overview.servers();
            if (revision != overview.revision() || places.length != all.size()) {
                places =
                        IntStream.range(0, all.size())
                                .boxed()
                                .sorted(Comparator.comparing(all::get, ServerRow.BY_NAME))
                                .mapToInt(Integer::intValue)
                                .toArray();
                revision = overview.revision();
            }
            List<ServerRow> ordered = new ArrayList<>(all.size());
            for (int place : places) {
                ordered.add(all.get(place));
            }
            rows = List.copyOf(ordered);
            of = overview;
        }
        return rows;
    }
}
