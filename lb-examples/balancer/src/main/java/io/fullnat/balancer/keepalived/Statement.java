// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.keepalived;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/// A keyword of a file with what follows it: words on its line, and statements in braces.
///
/// @param place of the keyword
/// @param words the keyword first
/// @param block in braces; empty if there are none, or nothing in them
record Statement(Place place, List<String> words, List<Statement> block) {
    /// A line of a file.
    ///
    /// @param file as it was named
    /// @param line from 1
    record Place(Path file, int line) {
        @Override
        public String toString() {
            return file + ":" + line;
        }
    }

    String keyword() {
        return words.getFirst();
    }

    /// A word behind the keyword.
    ///
    /// @param index from 1
    Optional<String> word(int index) {
        return index < words.size() ? Optional.of(words.get(index)) : Optional.empty();
    }

    /// All behind the keyword, as one.
    String rest() {
        return String.join(" ", words.subList(1, words.size()));
    }
}
