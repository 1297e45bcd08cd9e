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

    /// The beginning of it, if it is longer.
    ///
    /// @param most characters
    Part atMost(int most) {
        return text.length() <= most
                ? this
                : new Part(name, text.substring(0, most), "cut after " + most + " characters");
    }
}
