// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.bundle;

import io.fullnat.balancer.text.QuotedWord;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/// Health checks without what they say to servers: headers, bytes, arguments of programs and
/// queries may hold passwords.
final class SafeCheck {
    static final String REMOVED = "[removed]";

    /// Options whose values tell nothing but how a check is done.
    private static final Set<String> PLAIN =
            Set.of(
                    "interval",
                    "jitter",
                    "timeout",
                    "rise",
                    "fall",
                    "source",
                    "port",
                    "initial",
                    "proxy",
                    "version",
                    "method",
                    "status",
                    "verify",
                    "silence",
                    "type",
                    "rcode",
                    "trust");

    private SafeCheck() {}

    /// One check, or several with ` ; ` between them.
    static String of(String line) {
        try {
            List<String> checks = new ArrayList<>();
            for (String check : QuotedWord.parts(line, ';')) {
                checks.add(one(check));
            }
            return String.join(" ; ", checks);
        } catch (IllegalArgumentException open) {
            return REMOVED;
        }
    }

    /// Finds what [#of] takes out.
    static void secrets(String line, Consumer<String> secrets) {
        try {
            for (String check : QuotedWord.parts(line, ';')) {
                for (String word : QuotedWord.split(check)) {
                    int equals = word.indexOf('=');
                    String name = equals < 0 ? "" : word.substring(0, equals);
                    String value = word.substring(equals + 1);
                    if (name.equals("path")) {
                        int query = value.indexOf('?');
                        secrets.accept(query < 0 ? "" : value.substring(query + 1));
                    } else if (!PLAIN.contains(name)) {
                        secrets.accept(value);
                    }
                }
            }
        } catch (IllegalArgumentException open) {
            secrets.accept(line);
        }
    }

    private static String one(String check) {
        List<String> words = QuotedWord.split(check);
        if (words.isEmpty()) {
            return "";
        }
        List<String> safe = new ArrayList<>();
        safe.add(words.getFirst().matches("[a-z]{1,16}") ? words.getFirst() : REMOVED);
        for (String word : words.subList(1, words.size())) {
            int equals = word.indexOf('=');
            String name = equals < 0 ? "" : word.substring(0, equals);
            if (PLAIN.contains(name)) {
                safe.add(QuotedWord.of(word));
            } else if (name.equals("path")) {
                int query = word.indexOf('?');
                safe.add(QuotedWord.of(query < 0 ? word : word.substring(0, query + 1) + REMOVED));
            } else {
                safe.add(
                        QuotedWord.of(
                                name.matches("[A-Za-z0-9.-]{1,64}")
                                        ? name + "=" + REMOVED
                                        : REMOVED));
            }
        }
        return String.join(" ", safe);
    }
}
