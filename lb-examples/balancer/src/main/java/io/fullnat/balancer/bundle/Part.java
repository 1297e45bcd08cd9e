// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.bundle;

import java.util.function.UnaryOperator;

/// A file of the bundle. Immutable.
///
/// @param name in the archive
/// @param text its content
/// @param trouble why it is missing or not whole; empty if it is whole
record Part(String name, String text, String trouble) {
    /// One that is whole.
    static Part of(String name, String text) {
        return new Part(name, text, "");
    }

    /// The same with other words.
    Part map(UnaryOperator<String> words) {
        return new Part(name, words.apply(text), words.apply(trouble));
    }

    /// The beginning of it, if it is longer: whole lines alone, as half a secret is not known for
    /// one.
    ///
    /// @param most characters
    Part atMost(int most) {
        if (text.length() <= most) {
            return this;
        }
        if (most <= 0) {
            return new Part(name, "", "there was no room left for it");
        }
        String kept = lines(text.substring(0, most));
        return new Part(
                name,
                kept,
                "cut after " + kept.length() + " characters; at most " + most + " are kept");
    }

    /// What somebody else has cut, as [#atMost(int)] does.
    ///
    /// @param isCut whether it was
    Part wholeLines(boolean isCut) {
        return isCut ? new Part(name, lines(text), trouble) : this;
    }

    private static String lines(String text) {
        return text.substring(0, text.lastIndexOf('\n') + 1);
    }
}
