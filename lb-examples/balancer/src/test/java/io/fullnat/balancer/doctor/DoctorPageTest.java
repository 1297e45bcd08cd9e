// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.control.Condition;
import io.fullnat.balancer.host.HostFinding;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// The tables of docs/doctor.md say what is found. `-Dupdate` writes them anew.
class DoctorPageTest {
    private static final Path PAGE = Path.of("../../docs/doctor.md");
    private static final String START = "<!-- generated: findings -->\n";
    private static final String END = "<!-- end of findings -->";

    @Test
    void theTablesAreThoseOfTheCode() throws IOException {
        String page = Files.readString(PAGE);
        int start = page.indexOf(START) + START.length();
        int end = page.indexOf(END);
        assertThat(start).isGreaterThan(START.length()).isLessThanOrEqualTo(end);
        if (System.getProperty("update") != null) {
            Files.writeString(PAGE, page.substring(0, start) + tables() + page.substring(end));
            return;
        }
        assertThat(page.substring(start, end)).isEqualTo(tables());
    }

    private static String tables() {
        StringBuilder text =
                new StringBuilder(
                        "\n| finding | level | found when | why | what to do |\n|---|---|---|---|---|\n");
        for (Diagnosis each : Diagnosis.values()) {
            text.append(
                    row(each.name(), each.level().word(), each.when(), each.why(), each.remedy()));
        }
        text.append("\nAdvice about the machine and conditions by their level:\n\n");
        text.append("| level | advice | conditions |\n|---|---|---|\n");
        for (Level level : List.of(Level.FAULT, Level.WARNING, Level.HINT)) {
            text.append(
                    row(
                            level.word(),
                            names(
                                    Stream.of(HostFinding.values())
                                            .filter(each -> HostCheck.level(each) == level)),
                            names(
                                    Stream.of(Condition.values())
                                            .filter(each -> ConditionCheck.level(each) == level))));
        }
        return text.append("\n").toString();
    }

    private static String names(Stream<? extends Enum<?>> values) {
        String names = values.map(Enum::name).collect(Collectors.joining(", "));
        return names.isEmpty() ? "–" : names;
    }

    private static String row(String... cells) {
        return "| " + String.join(" | ", cells).replace(" | grep", " \\| grep") + " |\n";
    }
}
