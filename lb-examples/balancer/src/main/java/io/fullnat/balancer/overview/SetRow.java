// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.overview;

import io.fullnat.api.control.DesiredState;
import io.fullnat.api.control.SetStatus;
import io.fullnat.api.set.IpSet;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// A set, without its entries. Immutable and thread-safe.
///
/// @param set what it is
/// @param status what rules have decided by it
public record SetRow(IpSet set, SetStatus status) {
    /// By what sets are sorted.
    static final Map<String, Listing.Order<SetRow>> ORDERS = orders();

    private static Map<String, Listing.Order<SetRow>> orders() {
        Map<String, Listing.Order<SetRow>> orders = new LinkedHashMap<>();
        orders.put("name", new Listing.Order<>(null));
        orders.put("entries", new Listing.Order<>(row -> row.set.entries().size()));
        orders.put("refused", new Listing.Order<>(row -> row.status.refused()));
        orders.put("admitted", new Listing.Order<>(row -> row.status.admitted()));
        return orders;
    }

    /// All sets, in the order of their names.
    ///
    /// @param state that has them
    /// @param counts of sets; one that is not among them was made just now
    /// @return a new list
    public static List<SetRow> all(DesiredState state, Collection<SetStatus> counts) {
        Map<String, SetStatus> byName = new HashMap<>();
        counts.forEach(each -> byName.put(each.name(), each));
        return state.sets().values().stream()
                .sorted(Comparator.comparing(IpSet::name))
                .map(set ->
                        new SetRow(
                                set,
                                byName.getOrDefault(
                                        set.name(), new SetStatus(set.name(), 0, 0, List.of()))))
                .toList();
    }

    /// What a search looks into.
    String text() {
        StringBuilder text =
                new StringBuilder(set.name())
                        .append('\n')
                        .append(set.type().word())
                        .append('\n')
                        .append(set.family());
        status.uses().forEach(use -> text.append('\n').append(use.rule() + " of " + use.service()));
        return text.toString();
    }
}
