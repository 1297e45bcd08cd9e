// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.top;

import java.util.Comparator;
import java.util.Optional;
import java.util.function.Function;

/// A column of a list.
///
/// @param name by which one sorts
/// @param title above it
/// @param width in columns of the terminal; 0 for as wide as its widest text
/// @param text whether it holds text, which stands at the left, or numbers, at the right
/// @param rises whether the least is first: text from A to Z
/// @param rank columns of high ranks are left out first where there is no room, those of rank 0
///   never
/// @param asked the word by which the balancer sorts so; empty if it does not
/// @param cell what it shows of an item
record ListColumn(
        String name,
        String title,
        int width,
        boolean text,
        boolean rises,
        int rank,
        Optional<String> asked,
        Function<Item, Cell> cell) {
    /// Text that takes what the others leave.
    static ListColumn text(String name, String title, int rank, Function<Item, Cell> cell) {
        return fixed(name, title, 0, rank, cell);
    }

    /// Text that is cut.
    static ListColumn fixed(
            String name, String title, int width, int rank, Function<Item, Cell> cell) {
        return new ListColumn(name, title, width, true, true, rank, Optional.empty(), cell);
    }

    static ListColumn number(
            String name, String title, int width, int rank, Function<Item, Cell> cell) {
        return new ListColumn(name, title, width, false, false, rank, Optional.empty(), cell);
    }

    /// One that the balancer sorts by.
    ListColumn sorted(String word) {
        return new ListColumn(name, title, width, text, rises, rank, Optional.of(word), cell);
    }

    /// Numbers with the least first.
    ListColumn ascending() {
        return new ListColumn(name, title, width, text, true, rank, asked, cell);
    }

    /// As the column is sorted unless the opposite is asked for.
    Comparator<Item> order() {
        Comparator<Item> rising =
                text
                        ? Comparator.comparing(item -> cell.apply(item).text())
                        : Comparator.comparingDouble(item -> cell.apply(item).order());
        return rises ? rising : rising.reversed();
    }
}
