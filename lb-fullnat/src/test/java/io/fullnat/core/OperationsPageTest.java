// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.ErrorCode;
import io.fullnat.api.control.Condition;
import io.fullnat.api.counter.Counter;
import io.fullnat.api.counter.Outcome;
import io.fullnat.api.service.TimedState;
import io.fullnat.core.connection.ConnectionState;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import org.junit.jupiter.api.Test;

/// The tables of docs/operations.md say what the enums say. `-Dupdate` writes them anew.
class OperationsPageTest {
    private static final Path PAGE = Path.of("..", "docs", "operations.md");
    private static final String START = "<!-- generated: tables -->\n";

    @Test
    void theTablesAreThoseOfTheEnums() throws IOException {
        String page = Files.readString(PAGE);
        int start = page.indexOf(START) + START.length();
        if (System.getProperty("update") != null) {
            Files.writeString(PAGE, page.substring(0, start) + tables());
            return;
        }
        assertThat(page.substring(start)).isEqualTo(tables());
    }

    private static String tables() {
        StringBuilder text = new StringBuilder();
        text.append("\n## Outcomes of packets\n\n| outcome | kind | meaning |\n|---|---|---|\n");
        for (Outcome outcome : Outcome.values()) {
            row(
                    text,
                    outcome.name(),
                    outcome.kind().name().toLowerCase(Locale.ROOT),
                    outcome.meaning());
        }
        text.append("\n## Other counters\n\n| counter | meaning |\n|---|---|\n");
        for (Counter counter : Counter.values()) {
            row(text, counter.name(), counter.meaning());
        }
        text.append("\n## Connection states\n\n");
        text.append("| state | timeout | default | in DPVS | meaning |\n|---|---|---|---|---|\n");
        for (TimedState timed : TimedState.values()) {
            row(
                    text,
                    ConnectionState.valueOf(timed.name()).shortName(),
                    timed.key(),
                    timed.defaultSeconds() + " s",
                    timed.dpvsSeconds() + " s",
                    timed.meaning());
        }
        text.append("\n## Conditions\n\n| condition | what is so | what to do |\n|---|---|---|\n");
        for (Condition condition : Condition.values()) {
            row(text, condition.name(), condition.meaning(), condition.remedy());
        }
        text.append("\n## Errors\n\n| error | exit status | meaning |\n|---|---|---|\n");
        for (ErrorCode code : ErrorCode.values()) {
            row(text, code.name(), Integer.toString(code.exitStatus()), code.meaning());
        }
        return text.toString();
    }

    private static void row(StringBuilder text, String... cells) {
        text.append("| ").append(String.join(" | ", cells)).append(" |\n");
    }
}
