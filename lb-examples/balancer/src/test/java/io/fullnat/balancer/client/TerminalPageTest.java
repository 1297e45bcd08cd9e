// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class TerminalPageTest {
    private static List<String> rows(int height, int columns, String text) {
        TerminalPage page = new TerminalPage(height, columns);
        page.write(text);
        return page.rows();
    }

    private static String lines(int count) {
        return IntStream.rangeClosed(1, count)
                .mapToObj(i -> "line " + i + "\n")
                .collect(Collectors.joining());
    }

    @Test
    void whatFitsIsShownWhole() {
        assertThat(rows(3, 10, "")).isEmpty();
        assertThat(rows(3, 10, "one")).containsExactly("one");
        assertThat(rows(3, 10, "one\n")).containsExactly("one");
        assertThat(rows(3, 10, "one\n\ntwo\n")).containsExactly("one", "", "two");
        assertThat(rows(3, 10, lines(3))).containsExactly("line 1", "line 2", "line 3");
    }

    @Test
    void whatDoesNotFitIsCounted() {
        assertThat(rows(3, 20, lines(4))).containsExactly("line 1", "line 2", "... 2 more lines");
        assertThat(rows(3, 20, lines(1000)))
                .containsExactly("line 1", "line 2", "... 998 more lines");
        assertThat(rows(1, 20, lines(7))).containsExactly("... 7 more lines");
        assertThat(rows(1, 20, lines(1))).containsExactly("line 1");
        assertThat(rows(2, 20, "one\ntwo\nthree")).containsExactly("one", "... 2 more lines");
        assertThat(rows(2, 5, lines(9))).containsExactly("line ", "... 1");
    }

    @Test
    void aLongLineGoesOnInTheNextRow() {
        assertThat(rows(9, 4, "abcdefgh\nij")).containsExactly("abcd", "efgh", "ij");
        assertThat(rows(9, 4, "abcdefghi\n")).containsExactly("abcd", "efgh", "i");
        assertThat(rows(2, 20, "x".repeat(50) + "\ny"))
                .containsExactly("x".repeat(20), "... 3 more lines");
        assertThat(rows(9, 1, "ab")).containsExactly("a", "b");
    }

    @Test
    void tabsAndWideCharactersTakeTheirColumns() {
        assertThat(rows(9, 20, "a\tb\t\tc")).containsExactly("a       b           ", "    c");
        assertThat(rows(9, 4, "日本語")).containsExactly("日本", "語");
        assertThat(rows(9, 5, "日本語")).containsExactly("日本", "語");
        assertThat(rows(9, 3, "😀😀")).containsExactly("😀", "😀");
        assertThat(rows(9, 1, "日")).containsExactly("日");
    }

    /// Halves of a character may come apart.
    @Test
    void takesTextInPieces() {
        TerminalPage page = new TerminalPage(3, 10);
        for (char c : "a 😀\nb".toCharArray()) {
            page.write(new char[] {'-', c, '-'}, 1, 1);
        }
        assertThat(page.rows()).containsExactly("a 😀", "b");
    }
}
