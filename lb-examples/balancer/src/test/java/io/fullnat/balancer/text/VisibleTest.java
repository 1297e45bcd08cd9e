// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.text;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class VisibleTest {
    @ParameterizedTest
    @ValueSource(strings = {"", "192.0.2.80:80", "fünf – 五 \ud83d\ude00", "a\\b \"c\" 'd'"})
    void leavesWhatIsHarmless(String text) {
        assertThat(Visible.of(text)).isSameAs(text);
    }

    @ParameterizedTest
    @CsvSource({
        "0, \\u0000",
        "7, \\u0007",
        "9, \\t",
        "10, \\n",
        "13, \\r",
        "27, \\u001b",
        "127, \\u007f",
        "128, \\u0080",
        "133, \\u0085",
        "155, \\u009b",
        "173, \\u00ad",
        "1564, \\u061c",
        "8203, \\u200b",
        "8206, \\u200e",
        "8232, \\u2028",
        "8233, \\u2029",
        "8238, \\u202e",
        "8297, \\u2069",
        "65279, \\ufeff",
        "55357, \\ud83d",
        "56832, \\ude00",
        "917505, \\udb40\\udc01"
    })
    void escapesWhatTerminalsObeyOrHide(int character, String escape) {
        String text = "a" + Character.toString(character) + "b";

        assertThat(Visible.of(text)).isEqualTo("a" + escape + "b");
        boolean kept = character == '\n' || character == '\t';
        assertThat(Visible.lines(text)).isEqualTo(kept ? text : "a" + escape + "b");
    }

    @Test
    void letsNoControlCharacterThrough() {
        for (int c = 0; c <= Character.MAX_CODE_POINT; c++) {
            int type = Character.getType(c);
            if (Character.isISOControl(c) || type == Character.FORMAT) {
                assertThat(Visible.of(Character.toString(c)).chars())
                        .as("U+%04X", c)
                        .allMatch(shown -> shown >= ' ' && shown < 0x7f);
            }
        }
    }

    @Test
    void changesNoJson() throws Exception {
        JsonMapper json = new JsonMapper();
        String text = "\u001b[2J\n\t\u007f\u009b\u202e\u2028\ud83d\ude00\udb40\udc01\"\\";
        JsonNode tree = json.createObjectNode().put("text", text);

        String shown =
                Visible.lines(json.writerWithDefaultPrettyPrinter().writeValueAsString(tree));

        assertThat(json.readTree(shown)).isEqualTo(tree);
        assertThat(shown.chars()).noneMatch(c -> Character.isISOControl(c) && c != '\n');
    }
}
