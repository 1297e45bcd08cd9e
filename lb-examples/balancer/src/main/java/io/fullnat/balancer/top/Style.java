// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.top;

/// How text looks. What it says never hangs on that: the same is there in words.
enum Style {
    PLAIN("", ""),
    /// Of minor weight.
    DIM("2", "2"),
    GOOD("32", ""),
    WARN("33", "1"),
    BAD("1;31", "1"),
    TITLE("1", "1"),
    /// The column by which rows are sorted.
    SORTED("1;4", "1;4"),
    /// The row that keys act on.
    CURSOR("7", "7");

    private final String coloured;
    private final String plain;

    Style(String coloured, String plain) {
        this.coloured = coloured;
        this.plain = plain;
    }

    /// The parameters of "select graphic rendition" (ECMA-48 §8.3.117), empty for none.
    String rendition(boolean colours) {
        return colours ? coloured : plain;
    }
}
