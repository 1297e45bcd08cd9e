// SPDX-License-Identifier: Apache-2.0
package io.fullnat.demo.network;

import java.util.ArrayList;
import java.util.List;

/// A page of Markdown whose `console` blocks are executed: `$` begins a command, `#` says what
/// somebody else does, all other lines are what the command printed.
final class StoryPage {
    private final List<Part> parts = new ArrayList<>();

    /// A piece of the page.
    sealed interface Part {
        /// Text between the blocks, and their fences.
        record Prose(String line) implements Part {}

        /// A command with what it printed when the page was written.
        record Command(String line, List<String> output) implements Part {}

        /// What is done by others.
        record Action(String text) implements Part {}
    }

    private StoryPage() {}

    static StoryPage parse(List<String> lines) {
        StoryPage page = new StoryPage();
        boolean inside = false;
        for (String line : lines) {
            boolean fence = line.startsWith("```");
            if (fence || !inside) {
                inside = fence && line.equals("```console");
                page.parts.add(new Part.Prose(line));
            } else if (line.startsWith("$ ")) {
                page.parts.add(new Part.Command(line.substring(2), new ArrayList<>()));
            } else if (line.startsWith("# ")) {
                page.parts.add(new Part.Action(line.substring(2)));
            } else if (page.parts.getLast() instanceof Part.Command command) {
                command.output.add(line);
            } else {
                throw new IllegalArgumentException("whose output is \"" + line + "\"?");
            }
        }
        return page;
    }

    List<Part> parts() {
        return parts;
    }

    /// The page with other output.
    static String text(List<Part> parts) {
        StringBuilder text = new StringBuilder();
        for (Part part : parts) {
            switch (part) {
                case Part.Prose(String line) -> text.append(line).append('\n');
                case Part.Action(String action) -> text.append("# ").append(action).append('\n');
                case Part.Command(String line, List<String> output) -> {
                    text.append("$ ").append(line).append('\n');
                    output.forEach(printed -> text.append(printed).append('\n'));
                }
            }
        }
        return text.toString();
    }
}
