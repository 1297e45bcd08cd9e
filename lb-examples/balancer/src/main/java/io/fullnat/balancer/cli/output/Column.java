// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.cli.output;

import io.fullnat.balancer.text.Visible;
import java.util.Arrays;
import java.util.List;

/// Text in columns, as DPVS prints it: what is longer than its column is not cut.
public final class Column {
    private static final int TERMINAL = 80;
    private static final long PLAIN_BELOW = 100_000_000L;
    private static final long KILO_BELOW = 1_000_000_000L;
    private static final long MEGA_BELOW = 100_000_000_000L;
    private static final long GIGA_BELOW = 100_000_000_000_000L;

    private Column() {}

    public static String left(Object value, int width) {
        String text = Visible.of(value.toString());
        return text + " ".repeat(Math.max(0, width - text.length()));
    }

    static String right(Object value, int width) {
        String text = Visible.of(value.toString());
        return " ".repeat(Math.max(0, width - text.length())) + text;
    }

    /// A count in nine columns: in units from 10^8 on, or exact, which may take more columns.
    static String count(long value, boolean exact) {
        if (exact) {
            String digits = Long.toString(value);
            return digits.length() <= 8 ? right(digits, 9) : " " + digits;
        }
        if (value < PLAIN_BELOW) {
            return right(value, 9);
        }
        if (value < KILO_BELOW) {
            return right(value / 1_000, 8) + "K";
        }
        if (value < MEGA_BELOW) {
            return right(value / 1_000_000, 8) + "M";
        }
        if (value < GIGA_BELOW) {
            return right(value / 1_000_000_000, 8) + "G";
        }
        return right(value / 1_000_000_000_000L, 8) + "T";
    }

    /// Rows under titles, each column as wide as its widest text. Columns are two spaces apart, or
    /// one if they would not fit a terminal else; a last one of sentences is folded to fit it.
    public static String table(List<String> titles, List<List<String>> rows) {
        List<List<String>> visible =
                rows.stream().map(row -> row.stream().map(Visible::of).toList()).toList();
        int[] widths = titles.stream().mapToInt(String::length).toArray();
        for (List<String> row : visible) {
            for (int i = 0; i < widths.length; i++) {
                widths[i] = Math.max(widths[i], row.get(i).length());
            }
        }
        int wide = Arrays.stream(widths).sum() + 2 * (widths.length - 1);
        String gap = wide <= TERMINAL ? "  " : " ";
        StringBuilder text = new StringBuilder();
        line(text, titles, widths, gap);
        visible.forEach(row -> line(text, row, widths, gap));
        return text.toString();
    }

    private static void line(StringBuilder text, List<String> cells, int[] widths, String gap) {
        StringBuilder line = new StringBuilder();
        int last = widths.length - 1;
        for (int i = 0; i < last; i++) {
            line.append(left(cells.get(i), widths[i])).append(gap);
        }
        int indent = line.length();
        for (String word : cells.get(last).split(" ", -1)) {
            boolean begins = line.length() == indent;
            if (!begins && line.length() + 1 + word.length() > TERMINAL) {
                text.append(line.toString().stripTrailing()).append('\n');
                line.setLength(0);
                line.append(" ".repeat(indent));
                begins = true;
            }
            line.append(begins ? "" : " ").append(word);
        }
        text.append(line.toString().stripTrailing()).append('\n');
    }
}
