// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.top;

import io.fullnat.balancer.text.Visible;
import java.util.ArrayList;
import java.util.List;

/// A row of the screen. Immutable.
///
/// @param spans from left to right
record Line(List<Span> spans) {
    static final Line EMPTY = new Line(List.of());

    Line {
        spans = List.copyOf(spans);
    }

    /// Text that looks the same all through. Much of it comes from outside, so nothing gets into a
    /// row that a terminal would obey.
    ///
    /// @param text as it may be shown
    /// @param style how
    record Span(String text, Style style) {
        Span {
            text = Visible.of(text);
        }
    }

    static Line of(String text, Style style) {
        return new Line(List.of(new Span(text, style)));
    }

    static Line of(String text) {
        return of(text, Style.PLAIN);
    }

    /// With more at its end.
    Line and(String text, Style style) {
        List<Span> more = new ArrayList<>(spans);
        more.add(new Span(text, style));
        return new Line(more);
    }

    Line and(String text) {
        return and(text, Style.PLAIN);
    }

    /// With more at the right edge, for which this is cut if it has to be.
    Line atRight(String text, Style style, int columns) {
        Line cut = cut(Math.max(0, columns - Width.of(text) - 2));
        return cut.and(" ".repeat(Math.max(0, columns - cut.width() - Width.of(text))))
                .and(text, style);
    }

    int width() {
        return spans.stream().mapToInt(span -> Width.of(span.text)).sum();
    }

    /// What fits into so many columns.
    Line cut(int columns) {
        if (width() <= columns) {
            return this;
        }
        List<Span> cut = new ArrayList<>();
        int left = columns;
        for (Span span : spans) {
            String text = Width.cut(span.text, left);
            cut.add(new Span(text, span.style));
            left -= Width.of(text);
            if (!text.equals(span.text)) {
                break;
            }
        }
        return new Line(cut);
    }

    /// All of it in one style.
    Line in(Style style) {
        return of(text(), style);
    }

    /// What it says, without blanks at its end.
    String text() {
        StringBuilder text = new StringBuilder();
        spans.forEach(span -> text.append(span.text));
        return text.toString();
    }
}
