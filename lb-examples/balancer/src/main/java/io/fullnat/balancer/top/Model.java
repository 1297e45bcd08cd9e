// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.top;

import io.fullnat.api.BalancerException;
import io.fullnat.balancer.cli.request.Values;
import io.fullnat.balancer.top.Prompt.Kind;
import java.time.Duration;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// What the keys have chosen: which list, which part of it, how it is sorted. Used by one thread.
final class Model {
    /// What a key has brought about.
    enum Effect {
        /// Nothing, or only what is shown.
        SHOW,
        /// Other rows are to be seen: the balancer is to be asked.
        ASK,
        /// The screen is to be drawn from scratch.
        REDRAW,
        /// The end.
        QUIT
    }

    /// What was on the screen when a key was pressed.
    ///
    /// @param rows for how many there is room, 1 or more
    /// @param listing what was seen; empty if nothing has been answered yet
    record Sight(int rows, Optional<VisibleRows> listing) {
        long matched() {
            return listing.map(VisibleRows::matched).orElse(0L);
        }
    }

    /// A place in a list, to come back to.
    private record Place(
            View view, Optional<String> service, String filter, long first, long row) {}

    private static final Duration SHORTEST = Duration.ofMillis(100);
    private static final Duration LONGEST = Duration.ofDays(1);

    private final Map<View, String> sorts = new EnumMap<>(View.class);
    private final Set<View> reversed = EnumSet.noneOf(View.class);
    private View view;
    private Optional<String> service;
    private String filter;
    private Duration interval;
    private long first;
    private long row;
    private boolean paused;
    private boolean help;
    private Optional<Prompt> prompt = Optional.empty();
    private Optional<Place> back = Optional.empty();

    /// @param query what is seen at first
    Model(Query query, Duration interval) {
        view = query.view();
        service = query.service();
        filter = query.filter();
        sorts.put(view, query.sort());
        if (query.reverse()) {
            reversed.add(view);
        }
        this.interval = interval;
    }

    View view() {
        return view;
    }

    Optional<String> service() {
        return view.isOfService() ? service : Optional.empty();
    }

    String filter() {
        return filter;
    }

    String sort() {
        return sorts.getOrDefault(view, view.firstSort());
    }

    boolean isReversed() {
        return reversed.contains(view);
    }

    Duration interval() {
        return interval;
    }

    boolean isPaused() {
        return paused;
    }

    boolean showsHelp() {
        return help;
    }

    Optional<Prompt> prompt() {
        return prompt;
    }

    /// The row that keys act on, counted from the list's first.
    long row() {
        return row;
    }

    /// Rows before the first one that is seen.
    long first() {
        return first;
    }

    /// Whether a listing is of what is chosen, be it in another order.
    boolean isSeen(Optional<VisibleRows> listing) {
        return listing.map(VisibleRows::query)
                .filter(query -> query.view() == view && query.service().equals(service()))
                .isPresent();
    }

    Query query(int rows) {
        return new Query(
                view,
                service(),
                filter,
                sort(),
                isReversed(),
                first,
                Math.clamp(rows, 1, Query.MOST));
    }

    /// Brings the row into sight, after lists or the terminal have become shorter.
    ///
    /// @return whether other rows are to be seen than before
    boolean settle(Sight sight) {
        long before = first;
        row = Math.clamp(row, 0, Math.max(0, sight.matched() - 1));
        if (row < first) {
            first = row;
        } else if (row >= first + sight.rows) {
            first = row - sight.rows + 1;
        }
        first = Math.clamp(first, 0, Math.max(0, sight.matched() - sight.rows));
        return first != before;
    }

    /// Does what a key is for.
    Effect press(Key key, Sight sight) {
        if (key.kind() == Key.Kind.INTERRUPT || key.kind() == Key.Kind.NONE_LEFT) {
            return Effect.QUIT;
        }
        if (key.kind() == Key.Kind.REDRAW) {
            return Effect.REDRAW;
        }
        if (prompt.isPresent()) {
            return answer(prompt.get(), key);
        }
        if (help) {
            help = false;
            return key.equals(Key.of('q')) ? Effect.QUIT : Effect.SHOW;
        }
        return switch (key.kind()) {
            case CHARACTER -> letter(key.character(), sight);
            case UP -> move(-1, sight);
            case DOWN -> move(1, sight);
            case PAGE_UP -> move(-sight.rows, sight);
            case PAGE_DOWN -> move(sight.rows, sight);
            case HOME -> move(-row, sight);
            case END -> move(sight.matched() - 1 - row, sight);
            case LEFT -> sortByNext(-1);
            case RIGHT -> sortByNext(1);
            case TAB -> show(next(1));
            case BACK_TAB -> show(next(-1));
            case ENTER -> open(sight);
            case ESCAPE, BACKSPACE -> goBack();
            default -> Effect.SHOW;
        };
    }

    private Effect letter(char letter, Sight sight) {
        if (letter >= '1' && letter < '1' + View.values().length) {
            return show(View.values()[letter - '1']);
        }
        return switch (letter) {
            case 'q', 'Q' -> Effect.QUIT;
            case 'h', '?' -> {
                help = true;
                yield Effect.SHOW;
            }
            case '/' -> ask(new Prompt(Kind.FILTER, filter));
            case 'd', 's' -> ask(new Prompt(Kind.INTERVAL, Amounts.seconds(interval)));
            case '<' -> sortByNext(-1);
            case '>' -> sortByNext(1);
            case 'r', 'R' -> {
                if (!reversed.remove(view)) {
                    reversed.add(view);
                }
                yield top();
            }
            case 'p', 'P' -> {
                paused = !paused;
                yield paused ? Effect.SHOW : Effect.ASK;
            }
            case 'k' -> move(-1, sight);
            case 'j' -> move(1, sight);
            case ' ' -> move(sight.rows, sight);
            case 'g' -> move(-row, sight);
            case 'G' -> move(sight.matched() - 1 - row, sight);
            case '+' -> every(interval.multipliedBy(2));
            case '-' -> every(interval.dividedBy(2));
            default -> Effect.SHOW;
        };
    }

    private Effect ask(Prompt what) {
        prompt = Optional.of(what);
        return Effect.SHOW;
    }

    private Effect answer(Prompt asked, Key key) {
        switch (key.kind()) {
            case ESCAPE -> prompt = Optional.empty();
            case ENTER -> {
                return take(asked);
            }
            default -> prompt = Optional.of(asked.after(key));
        }
        return Effect.SHOW;
    }

    private Effect take(Prompt asked) {
        try {
            if (asked.kind() == Kind.INTERVAL) {
                interval = Values.interval("it", asked.typed());
            } else {
                filter = asked.typed().strip();
                top();
            }
            prompt = Optional.empty();
            return Effect.ASK;
        } catch (BalancerException wrong) {
            prompt = Optional.of(asked.refused(String.valueOf(wrong.getMessage())));
            return Effect.SHOW;
        }
    }

    private Effect every(Duration wanted) {
        interval =
                wanted.compareTo(SHORTEST) < 0
                        ? SHORTEST
                        : wanted.compareTo(LONGEST) > 0 ? LONGEST : wanted;
        return Effect.SHOW;
    }

    private Effect move(long by, Sight sight) {
        row += by;
        return settle(sight) ? Effect.ASK : Effect.SHOW;
    }

    private Effect top() {
        first = 0;
        row = 0;
        return Effect.ASK;
    }

    private Effect sortByNext(int step) {
        List<String> names = view.sortable().stream().map(ListColumn::name).toList();
        int next = Math.floorMod(names.indexOf(sort()) + step, names.size());
        sorts.put(view, names.get(next));
        reversed.remove(view);
        return top();
    }

    private View next(int step) {
        View[] all = View.values();
        return all[Math.floorMod(view.ordinal() + step, all.length)];
    }

    /// Shows another list. A filter is for one list; a service stays while one looks at what it
    /// has.
    private Effect show(View wanted) {
        if (!wanted.isOfService()) {
            service = Optional.empty();
            back = Optional.empty();
        }
        if (wanted != view) {
            filter = "";
        }
        view = wanted;
        return top();
    }

    private Effect open(Sight sight) {
        Optional<Item> item = sight.listing.flatMap(seen -> seen.at(row));
        if (view != View.SERVICES || item.isEmpty() || !isSeen(sight.listing)) {
            return Effect.SHOW;
        }
        back = Optional.of(new Place(view, service, filter, first, row));
        service = Optional.of(View.SERVICES.id(item.get().now()));
        view = View.SERVERS;
        filter = "";
        return top();
    }

    private Effect goBack() {
        if (back.isPresent()) {
            Place place = back.get();
            view = place.view;
            service = place.service;
            filter = place.filter;
            first = place.first;
            row = place.row;
            back = Optional.empty();
            return Effect.ASK;
        }
        if (!filter.isEmpty()) {
            filter = "";
            return top();
        }
        if (service.isPresent()) {
            service = Optional.empty();
            return top();
        }
        return Effect.SHOW;
    }
}
