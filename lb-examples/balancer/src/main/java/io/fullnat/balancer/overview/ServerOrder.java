// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.overview;

import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/// Puts the servers of all services in the order of their names: sorts them when the state is
/// another, and not for each reading. Keeps no reading alive. Thread-safe.
final class ServerOrder {
    private WeakReference<Overview> of = new WeakReference<>(null);
    private WeakReference<List<ServerRow>> rows = new WeakReference<>(null);
    private int[] places = {};
    private long revision = -1;

    /// All servers of a reading.
    ///
    /// @return in the order of their names
    synchronized List<ServerRow> of(Overview overview) {
        List<ServerRow> known = of.refersTo(overview) ? rows.get() : null;
        if (known != null) {
            return known;
        }
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
        List<ServerRow> made = List.copyOf(ordered);
        rows = new WeakReference<>(made);
        of = new WeakReference<>(overview);
        return made;
    }
}
