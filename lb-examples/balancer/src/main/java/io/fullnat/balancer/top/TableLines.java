// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.top;

import java.util.ArrayList;
import java.util.List;

/// Rows under titles, in a given number of columns of the terminal. One column of text takes what
/// the others leave, so that nothing moves when a number gets longer. Immutable.
final class TableLines {
    /// What is left of names when there is no room for more.
    private static final int SHORTEST_TEXT = 24;

    private static final String MARK = ">";
    private static final String NO_MARK = " ";

    private final List<ListColumn> columns;
    private final int textWidth;
    private final String sorted;

    /// @param sorted the name of the column by which rows are sorted
    TableLines(List<ListColumn> all, List<Item> rows, String sorted, int width) {
        this.sorted = sorted;
        int wanted = wanted(all, rows);
        List<ListColumn> chosen = new ArrayList<>(all);
        while (fixed(chosen) + wanted > width && leaveOut(chosen, 2)) {}
        int least = Math.min(wanted, SHORTEST_TEXT);
        while (fixed(chosen) + least > width && leaveOut(chosen, 1)) {}
        columns = List.copyOf(chosen);
        textWidth = Math.max(1, width - fixed(columns));
    }

    private static int wanted(List<ListColumn> all, List<Item> rows) {
        return all.stream()
                .filter(column -> column.width() == 0)
                .mapToInt(column ->
                        rows.stream()
                                .mapToInt(row -> Width.of(column.cell().apply(row).text()))
                                .reduce(column.title().length(), Math::max))
                .sum();
    }

    /// The columns of a row that are not those of the text: of all others, of the blanks between
    /// them, and of the mark.
    private static int fixed(List<ListColumn> columns) {
        return columns.stream().mapToInt(ListColumn::width).sum() + columns.size();
    }

    private static boolean leaveOut(List<ListColumn> columns, int rank) {
        return columns.stream()
                .filter(column -> column.rank() >= rank)
                // Of those of one rank the last.
                .reduce((one, next) -> next.rank() >= one.rank() ? next : one)
                .map(columns::remove)
                .orElse(false);
    }

    Line titles() {
        Line line = Line.of(NO_MARK);
        for (int i = 0; i < columns.size(); i++) {
            ListColumn column = columns.get(i);
            int width = width(column);
            String title = Width.cut(column.title(), width);
            String blanks = " ".repeat(width - Width.of(title));
            Style style = column.name().equals(sorted) ? Style.SORTED : Style.TITLE;
            line = i == 0 ? line : line.and(" ");
            line =
                    column.text()
                            ? line.and(title, style).and(blanks)
                            : line.and(blanks).and(title, style);
        }
        return line;
    }

    /// @param marked whether keys act on the row
    Line row(Item item, boolean marked) {
        Line line = Line.of(marked ? MARK : NO_MARK);
        for (int i = 0; i < columns.size(); i++) {
            ListColumn column = columns.get(i);
            Cell cell = column.cell().apply(item);
            line = i == 0 ? line : line.and(" ");
            line = line.and(Width.fit(cell.text(), width(column), !column.text()), cell.style());
        }
        return marked ? line.in(Style.CURSOR) : line;
    }

    private int width(ListColumn column) {
        return column.width() == 0 ? textWidth : column.width();
    }
}
