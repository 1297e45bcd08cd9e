package io.fullnat.balancer.config;

import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/// Guesses what a misspelt word was meant to be.
final class Spelling {
    private static final int MAX_DISTANCE = 2;

    private Spelling() {}

    /// The known word closest to a misspelt one.
    ///
    /// @return empty if none is close enough to be a slip of the fingers
    static Optional<String> nearest(String word, List<String> known) {
        return known.stream()
                .filter(candidate -> Math.abs(word.length() - candidate.length()) <= MAX_DISTANCE)
                .filter(candidate -> distance(word, candidate) <= MAX_DISTANCE)
                .min(Comparator.comparingInt(candidate -> distance(word, candidate)));
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
