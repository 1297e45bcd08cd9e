// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.text;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

final class SpellingTest {
    @Test
    void guessesTheWordThatWasMeant() {
        List<String> known = List.of("service", "server", "rr", "wrr");

        assertThat(Spelling.hint("servce", known)).isEqualTo(", did you mean \"service\"?");
        assertThat(Spelling.hint("wr", known)).isEqualTo(", did you mean \"rr\"?");
        assertThat(Spelling.hint("xy", known)).as("nothing of it is left").isEmpty();
        assertThat(Spelling.hint("balance", known)).isEmpty();
        assertThat(Spelling.hint("\u001b[2J", known)).isEmpty();
    }
}
