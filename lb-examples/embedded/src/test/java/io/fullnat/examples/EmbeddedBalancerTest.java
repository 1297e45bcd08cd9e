// SPDX-License-Identifier: Apache-2.0
package io.fullnat.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

final class EmbeddedBalancerTest {
    private static final Path README = Path.of("../../README.md");
    private static final Path SOURCE =
            Path.of("src/main/java/io/fullnat/examples/EmbeddedBalancer.java");

    @Test
    @Timeout(60)
    void showsTheServerTheLocalAddress() {
        assertThat(EmbeddedBalancer.run()).hasToString("203.0.113.101");
    }

    @Test
    void standsInTheReadmeAsItIs() throws IOException {
        String code = between(Files.readString(SOURCE), "// begin of", "\n        // end of");

        assertThat(between(Files.readString(README), "```java", "\n```"))
                .isEqualTo(code.stripIndent());
    }

    /// The lines between a line that contains one text and the next that starts with another.
    private static String between(String text, String begin, String end) {
        int from = text.indexOf('\n', text.indexOf(begin)) + 1;
        assertThat(text.indexOf(begin)).as("\"" + begin + "\"").isNotNegative();
        return text.substring(from, text.indexOf(end, from));
    }
}
