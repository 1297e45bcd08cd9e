// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.top;

import io.fullnat.balancer.text.Figures;
import io.fullnat.balancer.text.TimeStamp;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// All rows of the screen: the balancer as a whole, the list with its titles, and the keys. Of
/// values alone, so that it can be looked at in tests.
final class Frame {
    /// With fewer there is no room for a list.
    static final int FEWEST_COLUMNS = 60;

    static final int FEWEST_ROWS = 10;

    /// What takes a terminal of 80 columns.
    private static final int USUAL_COLUMNS = 78;

    private static final String KEYS =
            "q quit  ? help  1-8 list  / filter  < > sort  r reverse  Enter open  p pause";
    private static final String FEW_KEYS = "q quit  ? help  1-8 list  / filter  < > sort";

    private static final String RESTARTED = "the balancer has been restarted";

    private final Model model;
    private final Optional<VisibleRows> listing;
    private final Notices notices;
    private final Size size;

    /// Of a terminal.
    ///
    /// @param rows 1 or more
    /// @param columns 1 or more
    record Size(int rows, int columns) {
        boolean isEnough() {
            return rows >= FEWEST_ROWS && columns >= FEWEST_COLUMNS;
        }
    }

    /// What is to be said beside what was answered.
    ///
    /// @param time of day, for the corner
    /// @param trouble why there is no answer now, empty if there is one
    /// @param restarted whether the balancer has begun anew not long ago
    record Notices(String time, String trouble, boolean restarted) {}

    Frame(Model model, Optional<VisibleRows> listing, Notices notices, Size size) {
        this.model = model;
        this.listing = listing;
        this.notices = notices;
        this.size = size;
    }

    /// How many rows of a list fit below what the last answer says of the whole.
    static int room(Optional<VisibleRows> listing, Size size) {
        int head = listing.map(seen -> Head.height(seen.whole())).orElse(0);
        // The lists there are, what is seen of this one, titles, keys.
        return Math.max(1, size.rows() - head - 4);
    }

    /// What can be written one below the other: no keys, no styles, all columns.
    ///
    /// @param restarted whether the balancer was another one at the look before
    static List<String> plain(Query query, VisibleRows listing, Instant time, boolean restarted) {
        List<Line> lines = new ArrayList<>();
        Notices notices = new Notices(TimeStamp.of(time), "", restarted);
        lines.addAll(Head.lines(listing.whole(), notices, Batch.COLUMNS));
        Size size = new Size(query.limit() + Head.height(listing.whole()) + 4, Batch.COLUMNS);
        Model model = new Model(query, Duration.ofSeconds(1));
        lines.add(Line.EMPTY);
        lines.add(new Frame(model, Optional.of(listing), notices, size).seen(listing));
        TableLines table =
                new TableLines(
                        Columns.of(query.view(), query.service().isPresent()),
                        listing.rows(),
                        query.sort(),
                        Batch.COLUMNS);
        lines.add(table.titles());
        listing.rows().forEach(row -> lines.add(table.row(row, false)));
        if (restarted) {
            lines.add(Line.of(RESTARTED));
        }
        return lines.stream().map(line -> line.text().stripTrailing()).toList();
    }

    /// Exactly as many lines as the terminal has rows, none wider than it.
    List<Line> lines() {
        List<Line> lines = new ArrayList<>();
        if (!size.isEnough()) {
            lines.add(
                    Line.of(
                            "too small: "
                                    + size.columns()
                                    + "x"
                                    + size.rows()
                                    + ", fullnat top needs "
                                    + FEWEST_COLUMNS
                                    + "x"
                                    + FEWEST_ROWS,
                            Style.WARN));
            listing.ifPresent(
                    seen -> lines.addAll(Head.lines(seen.whole(), notices, size.columns())));
        } else if (model.showsHelp()) {
            lines.add(Line.of("fullnat top: keys and columns", Style.TITLE));
            lines.addAll(HelpPage.lines());
        } else {
            list(lines);
        }
        boolean footed = size.isEnough();
        List<Line> fitting = new ArrayList<>();
        for (int row = 0; row < size.rows() - (footed ? 1 : 0); row++) {
            fitting.add(row < lines.size() ? lines.get(row).cut(size.columns()) : Line.EMPTY);
        }
        if (footed) {
            fitting.add(foot().cut(size.columns()));
        }
        return fitting;
    }

    private Line foot() {
        if (model.showsHelp()) {
            return Line.of("any key goes back, q quits", Style.DIM);
        }
        return model.prompt()
                .map(Prompt::line)
                .orElse(Line.of(isWide() ? KEYS : FEW_KEYS, Style.DIM));
    }

    private void list(List<Line> lines) {
        if (listing.isEmpty()) {
            lines.add(Line.of("fullnat top").atRight(notices.time(), Style.DIM, size.columns()));
            lines.add(trouble());
            return;
        }
        VisibleRows seen = listing.get();
        lines.addAll(Head.lines(seen.whole(), notices, size.columns()));
        lines.add(tabs());
        lines.add(status(seen));
        boolean current = model.isSeen(listing);
        VisibleRows rows = current ? seen : seen.without();
        TableLines table =
                new TableLines(
                        Columns.of(model.view(), model.service().isPresent()),
                        rows.rows(),
                        model.sort(),
                        size.columns());
        lines.add(table.titles());
        long room = room(listing, size);
        for (long row = model.first(); row < model.first() + room; row++) {
            boolean marked = row == model.row();
            // What is not there is on the way.
            lines.add(rows.at(row).map(item -> table.row(item, marked)).orElse(Line.EMPTY));
        }
        if (current && seen.matched() == 0) {
            lines.set(lines.size() - (int) room, Line.of(" " + nothing(seen), Style.DIM));
        }
    }

    private String nothing(VisibleRows seen) {
        return seen.total() > 0
                ? "none of " + Figures.count(seen.total()) + " has \"" + model.filter() + "\""
                : model.view() == View.OUTCOMES
                        ? "nothing was counted yet"
                        : "there are no " + model.view().word();
    }

    private boolean isWide() {
        return size.columns() >= USUAL_COLUMNS;
    }

    private Line trouble() {
        return Line.of(notices.trouble(), Style.BAD);
    }

    /// The lists there are, with the one that is seen in capitals. Of the last ones, for whose
    /// words there is no room, the keys alone.
    private Line tabs() {
        int words = isWide() ? View.values().length : 0;
        Line line = tabs(words);
        while (words > 0 && line.width() > size.columns()) {
            line = tabs(--words);
        }
        return line;
    }

    private Line tabs(int words) {
        Line line = Line.EMPTY;
        for (View view : View.values()) {
            boolean here = view == model.view();
            String gap = view.ordinal() == 0 ? "" : " ";
            line = line.and(gap + view.key(), Style.DIM);
            if (here) {
                line = line.and(" " + view.word().toUpperCase(Locale.ROOT), Style.TITLE);
            } else if (view.ordinal() < words) {
                line = line.and(" " + view.word(), Style.DIM);
            }
        }
        return line;
    }

    /// What of the list is seen, or what is wrong.
    private Line status(VisibleRows seen) {
        if (!notices.trouble().isEmpty()) {
            return trouble();
        }
        Line line = seen(seen);
        if (notices.restarted()) {
            line = line.and("   " + RESTARTED, Style.WARN);
        }
        return model.isPaused()
                ? line.and("   PAUSED, p goes on", Style.WARN)
                : line.atRight(
                        "every " + Amounts.seconds(model.interval()) + " s",
                        Style.DIM,
                        size.columns());
    }

    /// Which rows of which list.
    private Line seen(VisibleRows seen) {
        Line line = Line.of(model.view().word() + " " + range(seen));
        if (model.service().isPresent()) {
            line = line.and(" of " + model.service().get(), Style.TITLE);
            if (seen.templates().isPresent()) {
                line = line.and(", " + Figures.count(seen.templates().getAsLong()) + " templates");
            }
        }
        if (!model.filter().isEmpty()) {
            line = line.and(" with ").and("\"" + model.filter() + "\"", Style.TITLE);
        }
        return seen.matched() == 0
                ? line
                : line.and(" by " + model.sort() + (model.isReversed() ? ", reversed" : ""));
    }

    private String range(VisibleRows seen) {
        long last = Math.min(seen.matched(), model.first() + room(listing, size));
        String matched = Figures.count(seen.matched());
        return seen.matched() == 0
                ? "none"
                : Figures.count(model.first() + 1) + "-" + Figures.count(last) + "/" + matched;
    }
}
