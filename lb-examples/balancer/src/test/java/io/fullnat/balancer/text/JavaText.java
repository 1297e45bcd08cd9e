// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.text;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// What shows in a message that it was made for programmers in Java.
public final class JavaText {
    /// Names of packages and exceptions, a value that is not there, an object's identity.
    public static final Pattern PATTERN =
            Pattern.compile(
                    "\\b(java|jdk|sun|io\\.helidon|com\\.fasterxml|io\\.fullnat)\\.[a-z]"
                            + "|Exception|\\bnull\\b(?!:)|@[0-9a-f]{6,}|Optional\\[|`[A-Z][A-Za-z]+\\.");

    private static final Pattern OBEYED = Pattern.compile("[\\p{Cc}\\p{Cf}\\p{Zl}\\p{Zp}&&[^\n]]");

    private JavaText() {}

    /// What is wrong with a message: that it was made for programmers in Java, or that a terminal
    /// would obey a part of it.
    ///
    /// @return empty if nothing is
    public static Optional<String> in(String message) {
        return Stream.of(PATTERN, OBEYED)
                .map(pattern -> pattern.matcher(message))
                .filter(Matcher::find)
                .map(found -> "\"" + found.group() + "\" in " + message)
                .findFirst();
    }

    /// Whether a terminal would obey a part of a message instead of showing it.
    ///
    /// @return true if it would
    public static boolean isObeyed(String message) {
        return OBEYED.matcher(message).find();
    }
}
