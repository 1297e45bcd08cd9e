// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.attribute;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/// What the pages say of attributes is made of their descriptions. `-Dupdate` writes it anew.
final class AttributePagesTest {
    private static final Path DOCS = Path.of("../..", "docs");
    private static final String START = "<!-- generated: attributes -->\n";
    private static final String END = "<!-- end of attributes -->";

    private static void compare(String name, String page, String expected) throws IOException {
        if (System.getProperty("update") != null) {
            Files.writeString(DOCS.resolve(name), expected);
            return;
        }
        assertThat(page).isEqualTo(expected);
    }

    /// The rows of the attributes' keys stand together in the table of all keys.
    @Test
    void theConfigurationPageHasTheirRows() throws IOException {
        String page = Files.readString(DOCS.resolve("configuration.md"));
        List<String> lines = new ArrayList<>(page.lines().toList());
        replace(lines, "| `services[].", "routed", ServiceAttributes.ALL, "deny");
        replace(lines, "| `services[].servers[].", "address", ServerAttributes.ALL, "");

        compare("configuration.md", page, String.join("\n", lines) + "\n");
    }

    /// @param before the key behind whose row they begin
    /// @param after the key before whose row they end; empty for the next key of another list
    private static <T> void replace(
            List<String> lines,
            String prefix,
            String before,
            List<Attribute<T, ?>> attributes,
            String after) {
        int first = index(lines, prefix + before + "`") + 1;
        int last = first;
        while (after.isEmpty()
                ? lines.get(last).startsWith(prefix)
                : !lines.get(last).startsWith(prefix + after + "`")) {
            last++;
        }
        List<String> rows =
                attributes.stream()
                        .map(attribute ->
                                prefix
                                        + attribute.name()
                                        + "` | "
                                        + String.join(" | ", attribute.row())
                                        + " |")
                        .toList();
        lines.subList(first, last).clear();
        lines.addAll(first, rows);
    }

    private static int index(List<String> lines, String start) {
        for (int i = 0; i < lines.size(); i++) {
            if (lines.get(i).startsWith(start)) {
                return i;
            }
        }
        throw new AssertionError("no line begins with " + start);
    }

    @Test
    void theCommandsPageHasTheirOptions() throws IOException {
        StringBuilder table =
                new StringBuilder(
                        "\n| of | `ipvsadm` | plain verbs | default | |\n|---|---|---|---|---|\n");
        options(table, "service", ServiceAttributes.ALL);
        options(table, "server", ServerAttributes.ALL);
        table("commands.md", table + "\n");
    }

    private static <T> void options(
            StringBuilder table, String owner, List<Attribute<T, ?>> attributes) {
        for (Attribute<T, ?> attribute : attributes) {
            String letter = attribute.letter().map(one -> "`-" + one + "`, ").orElse("");
            String usage = attribute.ipvsadmUsage();
            String value = usage.substring(usage.indexOf(' ') + 1, usage.length() - 1);
            row(
                    table,
                    owner,
                    letter
                            + "`--"
                            + attribute.ipvsadmOption()
                            + " "
                            + value.replace("|", "\\|")
                            + "`",
                    letter + "`" + attribute.verbOption() + "`",
                    attribute.row().get(1),
                    attribute.verbHelp(false).replaceFirst("\\.$", ""));
        }
    }

    @Test
    void theApiPageHasTheirFields() throws IOException {
        StringBuilder table =
                new StringBuilder(
                        """

                        | of | field | in lists of commands | a request without it | |
                        |---|---|---|---|---|
                        """);
        fields(table, "VirtualServerSpecTiny", ServiceAttributes.ALL);
        fields(table, "RealServerSpecTiny", ServerAttributes.ALL);
        table("api.md", table + "\n");
    }

    private static <T> void fields(
            StringBuilder table, String model, List<Attribute<T, ?>> attributes) {
        for (Attribute<T, ?> attribute : attributes) {
            row(
                    table,
                    model,
                    "`" + attribute.restField() + "`",
                    "`" + attribute.listingField() + "`",
                    attribute.isKept() ? "leaves it" : "sets the default",
                    attribute.modelHelp(true));
        }
    }

    private static void row(StringBuilder table, String... cells) {
        table.append("| ").append(String.join(" | ", cells)).append(" |\n");
    }

    private static void table(String name, String table) throws IOException {
        String page = Files.readString(DOCS.resolve(name));
        int start = page.indexOf(START) + START.length();
        int end = page.indexOf(END);
        assertThat(start).isGreaterThan(START.length()).isLessThanOrEqualTo(end);
        compare(name, page, page.substring(0, start) + table + page.substring(end));
    }
}
