// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.host;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/// The table of advice in docs/operations.md says what the enum says. `-Dupdate` writes it anew.
class HostAdvicePageTest {
    private static final Path PAGE = Path.of("../..", "docs", "operations.md");
    private static final String START = "<!-- generated: advice -->\n";
    private static final String END = "<!-- end of advice -->";

    @Test
    void theTableIsThatOfTheEnum() throws IOException {
        String page = Files.readString(PAGE);
        int start = page.indexOf(START) + START.length();
        int end = page.indexOf(END);
        assertThat(start).isGreaterThan(START.length()).isLessThanOrEqualTo(end);
        if (System.getProperty("update") != null) {
            Files.writeString(PAGE, page.substring(0, start) + table() + page.substring(end));
            return;
        }
        assertThat(page.substring(start, end)).isEqualTo(table());
    }

    private static String table() {
        StringBuilder text =
                new StringBuilder("\n| advice | what is so | what to do |\n|---|---|---|\n");
        for (HostFinding finding : HostFinding.values()) {
            text.append("| ")
                    .append(String.join(" | ", finding.name(), finding.meaning(), finding.advice()))
                    .append(" |\n");
        }
        return text.append("\n").toString();
    }
}
