// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.bundle;

import java.util.List;
import java.util.regex.Pattern;

/// Text without what looks like a secret, whatever it is. Command lines in logs are cut where words
/// begin that may hold one: how they are quoted there cannot be known.
final class SafeText {
    private static final String REMOVED = SafeCheck.REMOVED;

    /// How the name of a file begins. A slash alone would not do: base64 may begin with one, too.
    static final String FOLDER =
            "/(?:etc|run|var|usr|opt|srv|home|root|tmp|mnt|media|data|proc|dev)/";

    /// From here on the rest of the line goes.
    private static final Pattern REST =
            Pattern.compile(
                    "(?i)(--checks|--quic\\b(?!-)|--description|\\bheader\\.[\\w-]+=|\\bsend=|\\bexpect="
                            + "|\\bcontains=|\\bmatches=|\\brun=|\\bchecks\\b|\\bquic\\b|\\bdescription\\b"
                            + "|authorization\\b|\\bcookie:).*");

    /// None of them goes back and forth: strangers write lines of logs, and may write long ones.
    private static final List<Rule> RULES =
            List.of(
                    new Rule(
                            "(?s)-----BEGIN [A-Z ]*(?:PRIVATE KEY|SECRET)[A-Z ]*-----.*?(?:-----END"
                                    + " [A-Z ]*-----|\\z)",
                            REMOVED),
                    new Rule("(?i)\\b(bearer|basic)\\s+[\\w.~+/=-]{8,}", "$1 " + REMOVED),
                    new Rule("whsec_[\\w+/=-]+", REMOVED),
                    new Rule("(://)[^/@\\s\"']+@", "$1" + REMOVED + "@"),
                    new Rule("\\bkey\\s+[0-9a-fA-F]{16,}", "key " + REMOVED),
                    new Rule(
                            "(?i)((?:password|passwd|passphrase|secret|api[_-]?key"
                                    + "|credentials?|token)\\w{0,64}+[\"']?\\s*+[=:]\\s*+)(?![\"']?(?:"
                                    + FOLDER
                                    + "|none\\b))"
                                    + "(?:\"[^\"\\n]*\"|'[^'\\n]*'|[^\\s,;}\\]]+)",
                            "$1" + REMOVED));

    private record Rule(Pattern pattern, String by) {
        Rule(String pattern, String by) {
            this(Pattern.compile(pattern), by);
        }
    }

    private SafeText() {}

    /// Text of programs and files.
    static String of(String text) {
        String safe = text;
        for (Rule rule : RULES) {
            safe = rule.pattern.matcher(safe).replaceAll(rule.by);
        }
        return safe;
    }

    /// Lines of logs, which may have command lines in them.
    static String ofLog(String text) {
        return of(REST.matcher(text).replaceAll(REMOVED));
    }
}
