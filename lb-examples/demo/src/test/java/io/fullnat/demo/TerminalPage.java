// SPDX-License-Identifier: Apache-2.0
package io.fullnat.demo;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// What a terminal shows, as a page for a browser that makes a picture of it: text with "select
/// graphic rendition" (ECMA-48 §8.3.117), as `tmux capture-pane -e` writes it.
final class TerminalPage {
    private static final Pattern CONTROL = Pattern.compile("\u001b(?:\\[([0-9;]*)m)?|\\p{Cntrl}");
    private static final int FIRST_COLOUR = 30;
    private static final int FIRST_BACKGROUND = 40;
    private static final int FIRST_BRIGHT = 90;
    private static final int FIRST_BRIGHT_BACKGROUND = 100;
    private static final int COLOURS = 8;

    /// Eight and their bright ones, all readable on the dark page.
    private static final List<String> PALETTE =
            List.of(
                    "#3b4252", "#ff7b72", "#7ee787", "#f2cc60", "#79c0ff", "#d2a8ff", "#76e3ea",
                    "#d7dde5", "#8b949e", "#ffa198", "#a5f3b0", "#f8e3a1", "#a5d6ff", "#e2c5ff",
                    "#b3f0f5", "#ffffff");

    private static final String TAIL = "</pre></main></body></html>\n";

    /// A line of text is higher than its letters by a quarter.
    private static final double LINE_EMS = 1.25;

    private TerminalPage() {}

    /// How text looks: 0 to 15 are colours, less than 0 is none.
    private record Look(
            boolean bold, boolean dim, boolean under, boolean turned, int colour, int background) {
        static final Look PLAIN = new Look(false, false, false, false, -1, -1);

        Look with(int parameter) {
            return switch (parameter) {
                case 0 -> PLAIN;
                case 1 -> new Look(true, dim, under, turned, colour, background);
                case 2 -> new Look(bold, true, under, turned, colour, background);
                case 4 -> new Look(bold, dim, true, turned, colour, background);
                case 7 -> new Look(bold, dim, under, true, colour, background);
                case 22 -> new Look(false, false, under, turned, colour, background);
                case 24 -> new Look(bold, dim, false, turned, colour, background);
                case 27 -> new Look(bold, dim, under, false, colour, background);
                case 39 -> new Look(bold, dim, under, turned, -1, background);
                case 49 -> new Look(bold, dim, under, turned, colour, -1);
                default -> coloured(parameter);
            };
        }

        private Look coloured(int parameter) {
            for (int bright = 0; bright < 2; bright++) {
                int first = bright == 0 ? FIRST_COLOUR : FIRST_BRIGHT;
                int behind = bright == 0 ? FIRST_BACKGROUND : FIRST_BRIGHT_BACKGROUND;
                if (parameter >= first && parameter < first + COLOURS) {
                    int found = parameter - first + bright * COLOURS;
                    return new Look(bold, dim, under, turned, found, background);
                }
                if (parameter >= behind && parameter < behind + COLOURS) {
                    int found = parameter - behind + bright * COLOURS;
                    return new Look(bold, dim, under, turned, colour, found);
                }
            }
            throw new IllegalArgumentException("unknown rendition " + parameter);
        }

        String classes() {
            StringBuilder names = new StringBuilder();
            names.append(bold ? " bold" : "").append(dim ? " dim" : "");
            names.append(under ? " under" : "").append(turned ? " turned" : "");
            names.append(colour < 0 ? "" : " c" + colour);
            names.append(background < 0 ? "" : " b" + background);
            return names.toString().strip();
        }
    }

    /// Makes the page.
    ///
    /// @param title of the page
    /// @param columns of the terminal
    /// @param rows of the terminal
    /// @param seen its rows, with renditions that last until the next
    /// @throws IllegalArgumentException if it holds another control than a rendition that this
    ///   knows
    static String of(String title, int columns, int rows, String seen) {
        StringBuilder page = new StringBuilder();
        long height = Math.round(Math.ceil(rows * LINE_EMS));
        String name = escaped(title);
        page.append(head(name, columns, height));
        Look look = Look.PLAIN;
        Matcher control = CONTROL.matcher(seen);
        int from = 0;
        while (control.find()) {
            boolean isEndOfLine = control.group().equals("\n");
            if (isEndOfLine) {
                continue;
            }
            span(page, look, seen.substring(from, control.start()));
            look = after(look, control);
            from = control.end();
        }
        span(page, look, seen.substring(from));
        return page.append(TAIL).toString();
    }

    private static String head(String name, int columns, long height) {
        return """
        <!DOCTYPE html>
        <html lang="en"><head><meta charset="utf-8"><title>%s</title><style>
        body { margin: 0; background: #0d1117; color: #d7dde5; }
        pre { display: inline-block; margin: 0; padding: 12px 16px; min-width: %dch; min-height: %d.0em;
          background: #0d1117; color: #d7dde5; font: 14px/1.25 "DejaVu Sans Mono", monospace; }
        .bold { font-weight: bold; } .dim { color: #8b949e; } .under { text-decoration: underline; }
        .turned { background: #d7dde5; color: #0d1117; }
        %s</style></head><body><main><h1>%s</h1><pre>\
        """
                .formatted(name, columns, height, colours(), name);
    }

    private static Look after(Look before, Matcher control) {
        String parameters = control.group(1);
        if (parameters == null) {
            throw new IllegalArgumentException(
                    "unknown control character " + (int) control.group().charAt(0));
        }
        Look look = before;
        for (String parameter : parameters.split(";", -1)) {
            look = look.with(parameter.isEmpty() ? 0 : Integer.parseInt(parameter));
        }
        return look;
    }

    private static void span(StringBuilder page, Look look, String text) {
        String classes = look.classes();
        if (text.isEmpty() || classes.isEmpty()) {
            page.append(escaped(text));
        } else {
            page.append("<span class=\"").append(classes).append("\">");
            page.append(escaped(text)).append("</span>");
        }
    }

    private static String escaped(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
    }

    private static String colours() {
        StringBuilder rules = new StringBuilder();
        for (int i = 0; i < PALETTE.size(); i++) {
            rules.append(".c%d { color: %s; } ".formatted(i, PALETTE.get(i)));
            rules.append(".b%d { background: %s; }%n".formatted(i, PALETTE.get(i)));
        }
        return rules.toString();
    }
}
