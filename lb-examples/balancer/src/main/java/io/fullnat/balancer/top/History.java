// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.top;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// What was answered before, so that counts become rates: by the balancer's own clock, over about
/// the time between two answers. When a balancer has started anew nothing is known of before. Used
/// by one thread.
final class History {
    /// Rows that are out of sight for so long are forgotten.
    private static final long KEPT_NANOS = Duration.ofSeconds(10).toNanos();

    private static final String WHOLE = "";

    private final Map<String, Past> past = new HashMap<>();
    private long startedAt;
    private long nanos;
    private boolean begun;

    /// A row as it was.
    private record Seen(JsonNode row, long nanos) {}

    /// @param base with what the next answer is compared
    /// @param last the last answer, which becomes the base when it is old enough: answers that a
    ///   key has asked for come too soon for a steady rate
    private record Past(Optional<Seen> base, Seen last) {
        Past next(Seen now, long shortest) {
            boolean enough = now.nanos - last.nanos >= shortest;
            return new Past(enough ? Optional.of(last) : base, now);
        }
    }

    /// An answer together with what is known of before.
    ///
    /// @param answer as it came
    /// @param whole the overview
    /// @param items the rows
    /// @param restarted whether the balancer is another than that of the answer before
    record Compared(Answer answer, Item whole, List<Item> items, boolean restarted) {
        Compared {
            items = List.copyOf(items);
        }
    }

    /// Takes an answer.
    ///
    /// @param interval about the time between two of them
    Compared accept(Answer answer, Duration interval) {
        boolean restarted =
                begun && (answer.startedAt() != startedAt || answer.nanos() - nanos < 0);
        if (restarted) {
            past.clear();
        }
        begun = true;
        startedAt = answer.startedAt();
        nanos = answer.nanos();
        // A steady rate wants most of an interval; to the kernel's sleep it may be a little less.
        long shortest = Math.max(1, interval.toNanos() / 2);
        long kept = Math.max(KEPT_NANOS, 3 * interval.toNanos());
        past.values().removeIf(each -> nanos - each.last.nanos > kept);
        View view = answer.query().view();
        List<Item> items = new ArrayList<>();
        for (JsonNode row : answer.rows()) {
            String id = view.word() + " " + answer.query().service() + " " + view.id(row);
            items.add(compared(id, new Seen(row, answer.rowNanos()), shortest));
        }
        Item whole = compared(WHOLE, new Seen(answer.overview(), nanos), shortest);
        return new Compared(answer, whole, items, restarted);
    }

    private Item compared(String id, Seen now, long shortest) {
        Past known =
                past.merge(
                        id,
                        new Past(Optional.empty(), now),
                        (before, fresh) -> before.next(now, shortest));
        Optional<Seen> base = known.base;
        return new Item(
                id,
                now.row,
                base.map(Seen::row),
                base.map(seen -> (now.nanos - seen.nanos) / 1e9).orElse(0.0));
    }
}
