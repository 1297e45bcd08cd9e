// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.man;

/// Writes a page in the macros of man(7).
final class Roff {
    private final StringBuilder page = new StringBuilder();
    private boolean underHeading;

    /// @param name of the page, in capitals by custom
    /// @param date as 2026-01-31
    /// @param source what it belongs to, with its version
    Roff(String name, String date, String source) {
        page.append(".\\\" Made by \"fullnat man\".\n.TH \"")
                .append(escaped(name))
                .append("\" \"8\" \"")
                .append(date)
                .append("\" \"")
                .append(escaped(source))
                .append("\" \"System administration\"\n");
    }

    Roff section(String heading) {
        return macro("SH", heading);
    }

    Roff subsection(String heading) {
        return macro("SS", heading);
    }

    private Roff macro(String name, String text) {
        page.append('.').append(name).append(" \"").append(escaped(text)).append("\"\n");
        underHeading = true;
        return this;
    }

    /// A heading begins one by itself.
    private void paragraph() {
        page.append(underHeading ? "" : ".PP\n");
        underHeading = false;
    }

    /// A paragraph; its lines are filled.
    Roff text(String text) {
        paragraph();
        text.strip().lines().forEach(line -> line(line.strip()));
        return this;
    }

    /// What is typed, and what it means.
    Roff item(String term, String meaning) {
        underHeading = false;
        page.append(".TP\n.B ").append(escaped(term)).append('\n');
        meaning.strip().lines().forEach(line -> line(line.strip()));
        return this;
    }

    /// Lines that stay as they are.
    Roff verbatim(String text) {
        paragraph();
        page.append(".nf\n");
        text.lines().forEach(this::line);
        page.append(".fi\n");
        return this;
    }

    private void line(String line) {
        String text = escaped(line);
        // At the start of a line these two would begin a macro.
        boolean control = text.startsWith(".") || text.startsWith("'");
        page.append(control ? "\\&" : "").append(text.isEmpty() ? "\\&" : text).append('\n');
    }

    static String escaped(String text) {
        return text.replace("\\", "\\e")
                .replace("-", "\\-")
                .replace("\"", "\\(dq")
                .replace("'", "\\(aq")
                .replace("`", "\\(ga")
                .replace("^", "\\(ha")
                .replace("~", "\\(ti")
                .replace("–", "\\(en");
    }

    @Override
    public String toString() {
        return page.toString();
    }
}
