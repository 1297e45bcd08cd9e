// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.top;

import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;

/// The rows that a query sees. Lists that come in pages are as the balancer has sorted them, others
/// are sorted and filtered here.
///
/// @param query what was asked for
/// @param whole the balancer as a whole
/// @param rows those seen
/// @param first rows before the first of these
/// @param matched how many there are with the filter's text
/// @param total how many there are
/// @param templates of persistence of the service whose rows they are; empty if there is none
record VisibleRows(
        Query query,
        Item whole,
        List<Item> rows,
        long first,
        long matched,
        long total,
        OptionalLong templates) {
    VisibleRows {
        rows = List.copyOf(rows);
    }

    /// A row, counted from the list's first; empty if it is not among those seen.
    Optional<Item> at(long row) {
        return row < first || row >= first + rows.size()
                ? Optional.empty()
                : Optional.of(rows.get((int) (row - first)));
    }

    /// Of the whole only.
    VisibleRows without() {
        return new VisibleRows(query, whole, List.of(), 0, 0, 0, OptionalLong.empty());
    }

    static VisibleRows of(History.Compared compared) {
        Answer answer = compared.answer();
        Query query = answer.query();
        if (query.view().isPaged()) {
            return new VisibleRows(
                    query,
                    compared.whole(),
                    compared.items(),
                    query.offset(),
                    answer.matched(),
                    answer.total(),
                    answer.templates());
        }
        String wanted = query.filter().toLowerCase(Locale.ROOT);
        Comparator<Item> order =
                query.view()
                        .column(query.sort())
                        .map(ListColumn::order)
                        .orElse(Comparator.comparing(Item::id));
        List<Item> matching =
                compared.items().stream()
                        .filter(item -> wanted.isEmpty() || has(query.view(), item, wanted))
                        .sorted(query.reverse() ? order.reversed() : order)
                        .toList();
        int first = (int) Math.min(query.offset(), matching.size());
        int last = Math.min(first + query.limit(), matching.size());
        return new VisibleRows(
                query,
                compared.whole(),
                matching.subList(first, last),
                first,
                matching.size(),
                answer.total(),
                answer.templates());
    }

    private static boolean has(View view, Item item, String wanted) {
        return view.columns().stream()
                .filter(ListColumn::text)
                .map(column -> column.cell().apply(item).text().toLowerCase(Locale.ROOT))
                .anyMatch(text -> text.contains(wanted));
    }
}
