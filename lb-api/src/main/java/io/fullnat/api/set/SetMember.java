// SPDX-License-Identifier: Apache-2.0
package io.fullnat.api.set;

import static java.util.Objects.requireNonNull;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import io.fullnat.api.service.ServicePolicy;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// What is to be put into a set, as commands and files write it: one entry, or with ranges many.
/// Immutable and thread-safe. What it means depends on the set's type; [IpSet#parse] reads it.
///
/// @param entry its parts, separated by commas: `192.0.2.0/24`, `192.0.2.1-192.0.2.9,tcp:80-89`
/// @param nomatch whether what it names is out of the set, though a larger network is in it
/// @param comment one line, empty for none
public record SetMember(String entry, boolean nomatch, String comment) {
    private static final Pattern WORD = Pattern.compile("\"(?:[^\"\\\\]|\\\\.)*\"|\\S+");
    private static final Pattern ESCAPED = Pattern.compile("\\\\([\"\\\\])");
    private static final Pattern SPECIAL = Pattern.compile("[\"\\\\]");

    /// Checks the comment.
    ///
    /// @throws BalancerException [ErrorCode#INVALID_ARGUMENT] if it is longer than 255 characters
    ///   or cannot be printed
    public SetMember {
        requireNonNull(entry, "entry");
        requireNonNull(comment, "comment");
        ServicePolicy.requireDescription(comment);
    }

    /// An entry without a comment that is in the set.
    ///
    /// @param entry its parts, separated by commas
    /// @return the member
    public static SetMember of(String entry) {
        return new SetMember(entry, false, "");
    }

    /// Reads a member as files write it: an entry, `nomatch` and `comment TEXT` behind it, in
    /// either order; the comment in double quotes if it is more than a word. A backslash before a
    /// quote or another backslash stands for that alone there.
    ///
    /// @param line for example `192.0.2.0/24 nomatch comment "bad guys"`
    /// @return the member
    /// @throws BalancerException [ErrorCode#INVALID_ARGUMENT] if there is anything else
    public static SetMember parse(String line) {
        Matcher words = WORD.matcher(requireNonNull(line, "line"));
        String entry = "";
        String comment = "";
        boolean nomatch = false;
        while (words.find()) {
            String word = words.group();
            if (entry.isEmpty()) {
                entry = word;
            } else if (word.equals("nomatch")) {
                nomatch = true;
            } else if (word.equals("comment") && words.find()) {
                comment = unquoted(words.group());
            } else {
                throw new BalancerException(
                        ErrorCode.INVALID_ARGUMENT,
                        "\""
                                + word
                                + "\" behind "
                                + entry
                                + ": only nomatch and comment \"TEXT\" may follow an entry");
            }
        }
        return new SetMember(entry, nomatch, comment);
    }

    private static String unquoted(String word) {
        boolean quoted = word.length() > 1 && word.startsWith("\"") && word.endsWith("\"");
        return quoted
                ? ESCAPED.matcher(word.substring(1, word.length() - 1)).replaceAll("$1")
                : word;
    }

    @Override
    public String toString() {
        return entry
                + (nomatch ? " nomatch" : "")
                + (comment.isEmpty()
                        ? ""
                        : " comment \"" + SPECIAL.matcher(comment).replaceAll("\\\\$0") + "\"");
    }
}
