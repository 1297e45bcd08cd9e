// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.run;

import io.fullnat.api.control.Change;
import io.fullnat.balancer.run.Attempt.Applied;
import io.fullnat.balancer.text.Visible;
import java.util.List;
import java.util.regex.Pattern;

/// One line of the audit log as it grows: `KEY=WORD` and `KEY="TEXT"`, apart by blanks. In a text
/// quotes and backslashes have a backslash before them, and what is not to be seen stands as
/// escapes of JSON, so that a line is one line whatever is in it. For one thread.
final class AuditLine {
    /// Characters of changes; of a transaction with more the number of the others is told.
    private static final int MOST_OF_CHANGES = 16_384;

    private static final int MOST_OF_TEXT = 2_000;

    private static final Pattern KEY = Pattern.compile("\\bkey +[0-9a-fA-F]+");

    private final StringBuilder line = new StringBuilder();

    AuditLine() {}

    /// Appends text from anywhere; keys of connection ids that somebody has typed are left out.
    AuditLine text(String key, String text) {
        String bare = KEY.matcher(text).replaceAll("key ...");
        String shown =
                bare.length() <= MOST_OF_TEXT ? bare : bare.substring(0, MOST_OF_TEXT) + "...";
        return word(key, quoted(shown));
    }

    private static String quoted(String text) {
        return '"' + Visible.of(text.replace("\\", "\\\\").replace("\"", "\\\"")) + '"';
    }

    /// Appends a word of the balancer's own.
    AuditLine word(String key, String word) {
        line.append(line.isEmpty() ? "" : " ").append(key).append('=').append(word);
        return this;
    }

    /// Appends what was changed, in words.
    AuditLine changes(List<Applied> applied) {
        StringBuilder words = new StringBuilder();
        int left = 0;
        for (Applied transaction : applied) {
            for (Change change : transaction.changes()) {
                if (words.length() >= MOST_OF_CHANGES) {
                    left++;
                    continue;
                }
                words.append(words.isEmpty() ? "" : "; ")
                        .append(ChangeLine.of(change, transaction.before()));
            }
        }
        words.append(left == 0 ? "" : "; and " + left + " more");
        return word("changes", quoted(words.toString()));
    }

    @Override
    public String toString() {
        return line.toString();
    }
}
