// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.text;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/// Words of a command line in one text, as a shell has them: what has blanks or other characters
/// that mean something stands in single quotes.
public final class QuotedWord {
    private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9_./:,=@%+-]+");
    private static final char NONE = 0;

    private QuotedWord() {}

    /// A word that [#split] and shells read as one.
    ///
    /// @param text any, without line feeds
    /// @return in quotes, unless it is plain
    public static String of(String text) {
        return PLAIN.matcher(text).matches() ? text : "'" + text.replace("'", "'\\''") + "'";
    }

    /// Takes a line apart at its blanks. Single quotes keep all that is between them, double quotes
    /// too, but for a backslash before a double quote or a backslash; outside, a backslash keeps
    /// the character behind it.
    ///
    /// @param line any
    /// @return its words, without the quotes
    /// @throws IllegalArgumentException if a quote is not closed, or nothing is behind a backslash
    public static List<String> split(String line) {
        List<String> words = new ArrayList<>();
        StringBuilder word = new StringBuilder();
        boolean begun = false;
        char quote = NONE;
        for (int i = 0; i < line.length(); i++) {
            char c = line.charAt(i);
            boolean escape = c == '\\' && quote != '\'' && escapes(line, i, quote);
            if (escape) {
                if (++i == line.length()) {
                    throw new IllegalArgumentException("nothing is behind the last \\");
                }
                word.append(line.charAt(i));
                begun = true;
            } else if (c == quote) {
                quote = NONE;
            } else if (quote == NONE && (c == '\'' || c == '"')) {
                quote = c;
                begun = true;
            } else if (quote == NONE && isBlank(c)) {
                if (begun) {
                    words.add(word.toString());
                    word.setLength(0);
                    begun = false;
                }
            } else {
                word.append(c);
                begun = true;
            }
        }
        if (quote != NONE) {
            throw new IllegalArgumentException("a quote (" + quote + ") is not closed");
        }
        if (begun) {
            words.add(word.toString());
        }
        return words;
    }

    /// Takes a text apart where a sign stands, outside of quotes.
    ///
    /// @param text any
    /// @param sign what separates
    /// @return at least one part, without blanks at either end
    public static List<String> parts(String text, char sign) {
        List<String> parts = new ArrayList<>();
        char quote = NONE;
        int begin = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '\\' && quote != '\'') {
                i++;
            } else if (c == quote) {
                quote = NONE;
            } else if (quote == NONE && (c == '\'' || c == '"')) {
                quote = c;
            } else if (quote == NONE && c == sign) {
                parts.add(text.substring(begin, i).strip());
                begin = i + 1;
            }
        }
        parts.add(text.substring(begin).strip());
        return parts;
    }

    private static boolean escapes(String line, int at, char quote) {
        return quote == NONE
                || (at + 1 < line.length() && "\"\\".indexOf(line.charAt(at + 1)) >= 0);
    }

    private static boolean isBlank(char c) {
        return c == ' ' || (c >= '\t' && c <= '\r');
    }
}
