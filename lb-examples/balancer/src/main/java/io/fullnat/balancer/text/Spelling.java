// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.text;

import java.util.Collection;
import java.util.Comparator;
import java.util.Optional;

/// Guesses what a misspelt word was meant to be.
public final class Spelling {
    private static final int MAX_DISTANCE = 2;

    private Spelling() {}

    /// The known word closest to a misspelt one.
    ///
    /// @param word as typed
    /// @param known what it may have been meant to be
    /// @return empty if none is close enough to be a slip of the fingers, or if there was no slip
    public static Optional<String> nearest(String word, Collection<String> known) {
        if (known.contains(word)) {
            return Optional.empty();
        }
        return known.stream()
                .filter(candidate -> Math.abs(word.length() - candidate.length()) <= MAX_DISTANCE)
                // Two slips in a word of two letters leave nothing of it.
                .filter(candidate ->
                        distance(word, candidate) <= Math.min(MAX_DISTANCE, candidate.length() - 1))
                .min(Comparator.comparingInt(candidate -> distance(word, candidate)));
    }

    /// The end of a message about an unknown word.
    ///
    /// @param word as typed
    /// @param known what it may have been meant to be
    /// @return `, did you mean "..."?`; empty if nothing is close
    public static String hint(String word, Collection<String> known) {
        return nearest(word, known).map(n -> ", did you mean \"" + n + "\"?").orElse("");
    }

    /// Levenshtein's distance: insertions, deletions and replacements from one word to the other.
    private static int distance(String from, String to) {
        int[] previous = new int[to.length() + 1];
        for (int j = 0; j <= to.length(); j++) {
            previous[j] = j;
        }
        for (int i = 1; i <= from.length(); i++) {
            int[] current = new int[to.length() + 1];
            current[0] = i;
            for (int j = 1; j <= to.length(); j++) {
                int replaced = previous[j - 1] + (from.charAt(i - 1) == to.charAt(j - 1) ? 0 : 1);
                current[j] = Math.min(replaced, Math.min(previous[j], current[j - 1]) + 1);
            }
            previous = current;
        }
        return previous[to.length()];
    }
}
