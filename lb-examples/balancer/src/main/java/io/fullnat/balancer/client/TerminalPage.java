// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.client;

import java.io.Writer;
import java.util.ArrayList;
import java.util.List;

/// As much of a text as fits into some rows of a terminal. What is longer than a row goes on in the
/// next one, as terminals do it, so that each row can be counted and drawn by itself. Of what does
/// not fit only the number of rows is kept: a list may be one of millions.
///
/// The text has nothing in it that a terminal obeys ([io.fullnat.balancer.text.Visible]), other
/// than line feeds and tabs. Used by one thread.
final class TerminalPage extends Writer {
    private static final int TAB = 8;

    private final int height;
    private final int columns;
    private final List<String> rows = new ArrayList<>();
    private final StringBuilder row = new StringBuilder();
    private int width;
    private boolean begun;
    private long hidden;

    /// @param height rows that may be used, at least 1
    /// @param columns of the terminal, at least 1
    TerminalPage(int height, int columns) {
        this.height = height;
        this.columns = columns;
    }

    @Override
    public void write(String text) {
        text.chars().forEach(c -> put((char) c));
    }

    @Override
    public void write(char[] text, int from, int length) {
        for (int i = from; i < from + length; i++) {
            put(text[i]);
        }
    }

    private void put(char c) {
        if (c == '\n') {
            end();
            return;
        }
        if (c == '\t') {
            for (int left = TAB - width % TAB; left > 0; left--) {
                place(' ', 1);
            }
            return;
        }
        // Most that is not ASCII takes one column, some takes two: it is counted as two. The second
        // half of a pair belongs to the first.
        place(c, c < 0x80 ? 1 : Character.isLowSurrogate(c) ? 0 : 2);
    }

    private void place(char c, int wide) {
        if (width > 0 && width + wide > columns) {
            end();
        }
        begun = true;
        width += wide;
        if (rows.size() < height) {
            row.append(c);
        }
    }

    private void end() {
        if (rows.size() < height) {
            rows.add(row.toString());
        } else {
            hidden++;
        }
        row.setLength(0);
        width = 0;
        begun = false;
    }

    /// What is shown: the first rows, and in the last one how many more there are.
    List<String> rows() {
        if (begun) {
            end();
        }
        if (hidden == 0) {
            return List.copyOf(rows);
        }
        List<String> shown = new ArrayList<>(rows.subList(0, height - 1));
        String more = "... " + (hidden + 1) + " more lines";
        shown.add(more.substring(0, Math.min(more.length(), columns)));
        return shown;
    }

    @Override
    public void flush() {}

    @Override
    public void close() {}
}
