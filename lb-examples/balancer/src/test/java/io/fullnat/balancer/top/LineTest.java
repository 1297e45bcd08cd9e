// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.top;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class LineTest {
    @ParameterizedTest
    @CsvSource({
        "abc, 3, abc",
        "abcd, 3, ab~",
        "abc, 1, ~",
        "abc, 0, ''",
        "表計算, 6, 表計算",
        "表計算, 5, 表計~"
    })
    void textIsCutToColumns(String text, int columns, String cut) {
        assertThat(Width.cut(text, columns)).isEqualTo(cut);
    }

    @Test
    void wideCharactersAndMarksTakeTheirColumns() {
        assertThat(Width.of("表")).isEqualTo(2);
        assertThat(Width.of("e\u0301")).isEqualTo(1);
        assertThat(Width.fit("表計", 5, false)).isEqualTo("表計 ");
        assertThat(Width.fit("表計", 3, true)).isEqualTo("表~");
        assertThat(Width.fit("表計", 2, true)).isEqualTo(" ~");
    }

    @Test
    void whatATerminalWouldObeyStandsThereAsAnEscape() {
        Line line = Line.of("a\u001b[31mb\n").and("\u0007\u202e", Style.BAD);

        assertThat(line.text()).isEqualTo("a\\u001b[31mb\\n\\u0007\\u202e");
        assertThat(line.width()).isEqualTo(line.text().length());
    }

    @Test
    void theRightEdgeGoesFirst() {
        assertThat(Line.of("left").atRight("right", Style.DIM, 12).text())
                .isEqualTo("left   right");
        assertThat(Line.of("long text").atRight("right", Style.DIM, 12).text())
                .isEqualTo("long~  right");
    }

    @Test
    void aLineIsCutWhereItsPartsMeet() {
        Line line = Line.of("abc").and("def", Style.BAD);

        assertThat(line.cut(6)).isSameAs(line);
        assertThat(line.cut(5).text()).isEqualTo("abcd~");
        assertThat(line.cut(3).text()).isEqualTo("abc");
        assertThat(line.cut(2).text()).isEqualTo("a~");
    }
}
