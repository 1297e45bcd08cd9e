// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.fullnat.testing.Seed;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

/// Lines of rules are taken apart as a shell does it.
final class QuotedWordTest {
    @Test
    void plainWordsStandAsTheyAre() {
        assertThat(QuotedWord.of("192.0.2.80:80")).isEqualTo("192.0.2.80:80");
        assertThat(QuotedWord.of("fin-wait=600,udp-normal=5")).doesNotContain("'");
        assertThat(QuotedWord.of("")).isEqualTo("''");
        assertThat(QuotedWord.of("it's")).isEqualTo("'it'\\''s'");
    }

    @Test
    void linesAreTakenApart() {
        assertThat(QuotedWord.split("  -A\t-t  1:2 ")).containsExactly("-A", "-t", "1:2");
        assertThat(QuotedWord.split("a'b c'd \"e \\\" \\f\" \\g\\  h ''"))
                .containsExactly("ab cd", "e \" \\f", "g ", "h", "");
        assertThat(QuotedWord.split("")).isEmpty();
        assertThat(QuotedWord.split("'\\'")).containsExactly("\\");
    }

    @Test
    void whatIsOpenIsRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> QuotedWord.split("a 'b c"))
                .withMessage("a quote (') is not closed");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> QuotedWord.split("a \"b\\\""))
                .withMessage("a quote (\") is not closed");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> QuotedWord.split("a\\"))
                .withMessage("nothing is behind the last \\");
    }

    @Test
    void whateverWordsThereAreComeBack() {
        RandomGenerator random = Seed.generator();
        String letters = "ab '\"\\#$;-\t\u00e4\ud83d\ude00";
        for (int round = 0; round < 2000; round++) {
            List<String> words = new ArrayList<>();
            for (int n = random.nextInt(4); n >= 0; n--) {
                StringBuilder word = new StringBuilder();
                for (int i = random.nextInt(6); i > 0; i--) {
                    word.append(letters.charAt(random.nextInt(letters.length())));
                }
                words.add(word.toString());
            }
            String line = String.join(" ", words.stream().map(QuotedWord::of).toList());

            assertThat(QuotedWord.split(line)).as(line).isEqualTo(words);
        }
    }
}
