// SPDX-License-Identifier: Apache-2.0
package io.fullnat.api.service;

import static java.util.Objects.requireNonNull;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;

/// What an operator notes of a service or a real server: one line.
final class Description {
    private Description() {}

    /// As [ServicePolicy#requireDescription] says.
    static String require(String text) {
        if (requireNonNull(text, "text").length() > ServicePolicy.MAX_DESCRIPTION) {
            throw wrong(
                    "description has "
                            + text.length()
                            + " characters; not 0-"
                            + ServicePolicy.MAX_DESCRIPTION);
        }
        text.codePoints()
                .filter(Description::isUnprinted)
                .findFirst()
                .ifPresent(found -> {
                    throw wrong(
                            "description has the character U+%04X, which is not printed; leave it out"
                                    .formatted(found));
                });
        if (!text.equals(text.strip())) {
            throw wrong(
                    "description \""
                            + text
                            + "\" begins or ends with a blank; leave the blank out");
        }
        return text;
    }

    private static boolean isUnprinted(int codePoint) {
        return switch (Character.getType(codePoint)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.SURROGATE,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR ->
                    true;
            default -> false;
        };
    }

    private static BalancerException wrong(String message) {
        return new BalancerException(ErrorCode.INVALID_ARGUMENT, message);
    }

    /// A description as text has it.
    static String quoted(String description) {
        return description.isEmpty()
                ? ""
                : " description \"" + description.replace("\"", "\\\"") + "\"";
    }
}
