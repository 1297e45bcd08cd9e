// SPDX-License-Identifier: Apache-2.0
package io.fullnat.api.health;

import static java.util.Objects.requireNonNull;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/// Options of a probe as they are taken one by one: what is left over is none of it. For one
/// thread.
final class ProbeOptions {
    private static final String YES = "yes";
    private static final String NO = "no";

    private final String word;
    private final Map<String, String> left;
    private final List<String> known = new ArrayList<>();

    ProbeOptions(String word, Map<String, String> options) {
        this.word = requireNonNull(word, "word");
        left = new LinkedHashMap<>(options);
    }

    /// The value of an option.
    String text(String name, String usual) {
        known.add(name);
        String value = left.remove(name);
        return value == null ? usual : value;
    }

    /// The value of an option that has to be there.
    String required(String name) {
        String value = text(name, "");
        if (value.isEmpty()) {
            throw wrong("check " + word + " has no " + name + "; say " + name + "=...");
        }
        return value;
    }

    /// The value of an option as something; its faults name the option.
    <V> V parsed(String name, String usual, Function<String, V> parse) {
        String value = text(name, usual);
        try {
            return parse.apply(value);
        } catch (BalancerException wrong) {
            throw wrong(name + " of check " + word + ": " + wrong.getMessage());
        }
    }

    /// Whether an option says so.
    boolean isYes(String name) {
        String value = text(name, NO);
        if (!value.equals(YES) && !value.equals(NO)) {
            throw wrong(name + " \"" + value + "\" of check " + word + " is neither yes nor no");
        }
        return value.equals(YES);
    }

    /// Takes all that begin so.
    ///
    /// @return by what stands behind the beginning
    Map<String, String> rest(String prefix) {
        known.add(prefix + "NAME");
        Map<String, String> taken = new LinkedHashMap<>();
        for (String name : List.copyOf(left.keySet())) {
            if (name.startsWith(prefix)) {
                taken.put(name.substring(prefix.length()), text(name, ""));
                known.removeLast();
            }
        }
        return taken;
    }

    /// Refuses what was not taken.
    void requireEmpty() {
        if (!left.isEmpty()) {
            throw wrong(
                    "check "
                            + word
                            + " has no option "
                            + left.keySet().stream()
                                    .map(name -> "\"" + name + "\"")
                                    .collect(Collectors.joining(", "))
                            + (known.isEmpty()
                                    ? "; it has none"
                                    : "; it has " + String.join(", ", known)));
        }
    }

    /// Options to be told: those with another value than the default.
    static final class Told {
        private final Map<String, String> options = new LinkedHashMap<>();

        Told put(String name, Object value, Object usual) {
            if (!value.equals(usual)) {
                options.put(name, value.toString());
            }
            return this;
        }

        Told yes(String name, boolean is) {
            return put(name, is ? YES : NO, NO);
        }

        Map<String, String> map() {
            return Collections.unmodifiableMap(options);
        }
    }

    /// Options as one line of text.
    static String line(String word, Map<String, String> options) {
        return options.isEmpty() ? word : word + " " + options;
    }

    /// Refuses a text that is longer than allowed or has anything but printed ASCII without blanks.
    static String requireToken(String what, String text, int max) {
        if (text.length() > max) {
            throw wrong(what + " has " + text.length() + " characters; not more than " + max);
        }
        text.chars()
                .filter(one -> one <= ' ' || one > '~')
                .findFirst()
                .ifPresent(one -> {
                    throw wrong(
                            what
                                    + " has the character U+%04X; only printed ASCII without blanks may stand there"
                                            .formatted(one));
                });
        return text;
    }

    static BalancerException wrong(String message) {
        return new BalancerException(ErrorCode.INVALID_ARGUMENT, message);
    }
}
