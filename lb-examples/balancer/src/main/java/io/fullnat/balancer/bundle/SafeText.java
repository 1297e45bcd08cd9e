// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.bundle;

import java.util.List;
import java.util.regex.Pattern;

/// Text without what looks like a secret, whatever it is. Command lines in logs are cut where words
/// begin that may hold one: how they are quoted there cannot be known.
final class SafeText {
    private static final String REMOVED = SafeCheck.REMOVED;

    /// From here on the rest of the line goes.
    private static final Pattern REST =
            Pattern.compile(
                    "(?i)(--checks|--quic\\b(?!-)|--description|\\bheader\\.[\\w-]+=|\\bsend=|\\bexpect="
                            + "|\\bcontains=|\\bmatches=|\\brun=|\\bchecks\\b|\\bquic\\b|\\bdescription\\b"
                            + "|authorization\\b|\\bcookie:).*");

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
                            "(?i)([\\w.-]*(?:password|passwd|passphrase|secret|api[_-]?key"
                                    + "|credentials?|token)[\\w]*[\"']?\\s*[=:]\\s*)(?!\\s*[\"']?(?:/|none\\b))"
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
