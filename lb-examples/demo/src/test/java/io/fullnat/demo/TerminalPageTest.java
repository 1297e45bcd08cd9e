// SPDX-License-Identifier: Apache-2.0
package io.fullnat.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Renditions of a terminal as a browser is told of them.
final class TerminalPageTest {
    private static String body(String seen) {
        String page = TerminalPage.of("t", 80, 24, seen);
        assertThat(page).endsWith("</pre></main></body></html>\n");
        return page.substring(page.indexOf("<pre>") + 5, page.indexOf("</pre>"));
    }

    @Test
    void plainTextStaysAsItIs() {
        assertThat(body("")).isEmpty();
        assertThat(body("a  b\n c\n\n")).isEqualTo("a  b\n c\n\n");
        assertThat(body("<b>&amp;\u00e9</b>")).isEqualTo("&lt;b&gt;&amp;amp;\u00e9&lt;/b&gt;");
    }

    @ParameterizedTest
    @CsvSource({
        "1, bold",
        "2, dim",
        "4, under",
        "7, turned",
        "30, c0",
        "37, c7",
        "90, c8",
        "97, c15",
        "40, b0",
        "47, b7",
        "100, b8",
        "107, b15",
        "1;31, bold c1",
        "1;2;4;7;33;44, bold dim under turned c3 b4"
    })
    void eachRenditionHasItsClass(String parameters, String classes) {
        assertThat(body("\u001b[" + parameters + "mx\u001b[0my"))
                .isEqualTo("<span class=\"" + classes + "\">x</span>y");
    }

    @ParameterizedTest
    @CsvSource({
        "1;2, 22",
        "4, 24",
        "7, 27",
        "31, 39",
        "95, 39",
        "41, 49",
        "101, 49",
        "1;4;7;32;42, 0",
        "1;4;7;32;42, ''"
    })
    void eachIsEndedByItsOwn(String parameters, String end) {
        assertThat(body("\u001b[" + parameters + "mx\u001b[" + end + "my")).endsWith("</span>y");
    }

    @Test
    void whatIsNotEndedGoesOn() {
        assertThat(body("\u001b[1ma\nb\u001b[31mc\u001b[22md\u001b[31m\u001b[39m"))
                .isEqualTo(
                        "<span class=\"bold\">a\nb</span><span class=\"bold c1\">c</span>"
                                + "<span class=\"c1\">d</span>");
    }

    @ParameterizedTest
    @CsvSource({
        "'\u001b[5m', unknown rendition 5",
        "'\u001b[29m', unknown rendition 29",
        "'\u001b[38;5;1m', unknown rendition 38",
        "'\u001b[48;5;1m', unknown rendition 48",
        "'\u001b[89m', unknown rendition 89",
        "'\u001b[108m', unknown rendition 108",
        "'\u001b[2J', unknown control character 27",
        "'\u001b', unknown control character 27",
        "'\u001b[', unknown control character 27",
        "'\u001b[1', unknown control character 27",
        "'\u0007', unknown control character 7",
        "'\t', unknown control character 9",
    })
    void whatWouldNotBeShownRightIsRefused(String seen, String said) {
        assertThatThrownBy(() -> TerminalPage.of("t", 80, 24, "x" + seen + "y"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(said);
    }

    @Test
    void thePageIsAsLargeAsTheTerminal() {
        assertThat(TerminalPage.of("top & all", 100, 30, ""))
                .contains("<title>top &amp; all</title>")
                .contains("min-width: 100ch; min-height: 38.0em;")
                .contains(".c15 { color: #ffffff; } .b15 { background: #ffffff; }");
    }
}
