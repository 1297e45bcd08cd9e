// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.text;

/// The one way by which text from outside – names, values, messages of others – reaches a terminal,
/// a log or the audit log: whatever could move the cursor, change colours, turn the direction of
/// what follows, begin a line or not be seen at all stands there as an escape.
///
/// The escape of a character is that of JSON: JSON that goes this way means the same as before.
public final class Visible {
    private Visible() {}

    /// Text that becomes part of one line.
    ///
    /// @param text from anywhere
    /// @return with line feeds and tabs as `\n` and `\t`, and all other control and format
    ///   characters as escapes of JSON
    public static String of(String text) {
        return escaped(text, false);
    }

    /// Text that has lines of its own.
    ///
    /// @param text from anywhere
    /// @return as [#of(String)], but with its line feeds and tabs
    public static String lines(String text) {
        return escaped(text, true);
    }

    private static String escaped(String text, boolean lines) {
        int first = 0;
        while (first < text.length() && isPlain(text, first, lines)) {
            first++;
        }
        if (first == text.length()) {
            return text;
        }
        StringBuilder visible = new StringBuilder(text.length() + 16).append(text, 0, first);
        for (int i = first; i < text.length(); i++) {
            char c = text.charAt(i);
            if (isPlain(text, i, lines)) {
                visible.append(c);
                continue;
            }
            switch (c) {
                case '\n' -> visible.append("\\n");
                case '\r' -> visible.append("\\r");
                case '\t' -> visible.append("\\t");
                default -> visible.append("\\u%04x".formatted((int) c));
            }
        }
        return visible.toString();
    }

    /// Whether a character may stand as it is. Both halves of a pair are judged as the pair.
    private static boolean isPlain(String text, int index, boolean lines) {
        char c = text.charAt(index);
        if (c >= ' ' && c < 0x7F) {
            return true;
        }
        if (c == '\n' || c == '\t') {
            return lines;
        }
        int whole = c;
        if (Character.isLowSurrogate(c)
                && index > 0
                && Character.isHighSurrogate(text.charAt(index - 1))) {
            whole = text.codePointAt(index - 1);
        } else if (Character.isHighSurrogate(c)) {
            whole = text.codePointAt(index);
        }
        return switch (Character.getType(whole)) {
            case Character.CONTROL,
                    Character.FORMAT, // bidirectional overrides, marks without width, tags
                    Character.SURROGATE,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR ->
                    false;
            default -> true;
        };
    }
}
