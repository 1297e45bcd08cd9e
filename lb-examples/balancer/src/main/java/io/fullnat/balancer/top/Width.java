// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.top;

import org.jline.utils.WCWidth;

/// Text in columns of a terminal, where a character takes none, one or two.
final class Width {
    /// Stands where text was cut.
    private static final char CUT = '~';

    private Width() {}

    /// How many columns a text takes.
    static int of(String text) {
        int width = 0;
        for (int i = 0; i < text.length(); i += Character.charCount(text.codePointAt(i))) {
            width += of(text.codePointAt(i));
        }
        return width;
    }

    private static int of(int character) {
        return character < 0x7F ? 1 : Math.max(0, WCWidth.wcwidth(character));
    }

    /// As much of a text as fits, its last column a mark if it does not.
    ///
    /// @param columns 0 or more
    static String cut(String text, int columns) {
        if (of(text) <= columns) {
            return text;
        }
        StringBuilder cut = new StringBuilder();
        int width = 0;
        for (int i = 0; i < text.length(); i += Character.charCount(text.codePointAt(i))) {
            int character = text.codePointAt(i);
            if (width + of(character) > columns - 1) {
                break;
            }
            width += of(character);
            cut.appendCodePoint(character);
        }
        return columns == 0 ? "" : cut.append(CUT).toString();
    }

    /// A text in exactly so many columns.
    static String fit(String text, int columns, boolean right) {
        String cut = cut(text, columns);
        String blanks = " ".repeat(columns - of(cut));
        return right ? blanks + cut : cut + blanks;
    }
}
