// SPDX-License-Identifier: Apache-2.0
package io.fullnat.demo;

import java.io.PrintWriter;
import java.util.List;

/// Where the live table goes: refreshed in place on a terminal, else a line a second. For one
/// thread.
final class Screen {
    private final PrintWriter out;
    private final boolean terminal;
    private int drawn;

    /// @param terminal whether `out` understands ANSI escape sequences
    Screen(PrintWriter out, boolean terminal) {
        this.out = out;
        this.terminal = terminal;
    }

    /// Shows the state of this second.
    ///
    /// @param headline one line with the most important figures
    /// @param table the rest, for terminals only
    void show(String headline, List<String> table) {
        if (terminal) {
            if (drawn > 0) {
                // Up to where the last table began, and clear from there on (ECMA-48).
                out.print("\u001b[" + drawn + "A\u001b[J");
            }
            drawn = table.size() + 1;
            // Without wrapping (DECAWM) a narrower terminal cuts lines off: what is drawn stays as
            // many lines high as was counted.
            out.print("\u001b[?7l");
            out.println(headline);
            table.forEach(out::println);
            out.print("\u001b[?7h");
        } else {
            out.println(headline);
        }
        out.flush();
    }

    /// Writes lines that stay.
    void print(List<String> lines) {
        drawn = 0;
        lines.forEach(out::println);
        out.flush();
    }
}
