// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.client;

import io.fullnat.balancer.run.Termination;
import io.fullnat.balancer.text.TimeStamp;
import io.fullnat.balancer.text.Visible;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/// Shows a listing again and again, `--watch SECONDS`, until a signal ends it, nobody reads on or a
/// round fails. To a terminal each round is drawn over the last one, below a line that says what it
/// is; anywhere else the rounds follow each other, with an empty line between two.
///
/// The first round that fails ends it with its status. On a terminal only the very first one does:
/// from then on a failure stands in the place of the list, and the list comes back when a balancer
/// that is started anew does.
public final class Repetition {
    // Control sequences of ECMA-48: the cursor to the first row, the rest of its row cleared, all
    // that follows cleared. A row is cleared just before it is written, in one write for the whole
    // page, so that nothing flickers; cleared afterwards, a row as wide as the terminal would lose
    // its last character.
    private static final String HOME = "\u001b[H";
    private static final String CLEAR_ROW = "\u001b[K";
    private static final String CLEAR_BELOW = "\u001b[J";

    /// A terminal of fewer rows shows the list alone.
    private static final int ENOUGH_ROWS = 6;

    private final Supplier<Optional<Terminal>> terminal;
    private final Pause pause;
    private final InstantSource clock;

    /// The time between two rounds.
    interface Pause {
        /// Told before the first round.
        default void begin() {}

        /// Waits.
        ///
        /// @return true if the process is to end
        boolean isInterrupted(Duration interval);
    }

    /// What is shown in a round.
    @FunctionalInterface
    interface Round {
        /// Shows it.
        ///
        /// @return the exit status
        int show(PrintWriter out, PrintWriter err);
    }

    /// @param terminal that the output is, as large as it is now; empty if it is none
    /// @param pause between two rounds
    /// @param clock of the heading
    Repetition(Supplier<Optional<Terminal>> terminal, Pause pause, InstantSource clock) {
        this.terminal = terminal;
        this.pause = pause;
        this.clock = clock;
    }

    /// One that writes to this process's standard output and ends with it.
    ///
    /// @param termination tells when
    /// @param environment says by `TERM=dumb` that a terminal obeys nothing
    public static Repetition ofProcess(Termination termination, Map<String, String> environment) {
        boolean dumb = "dumb".equals(environment.get("TERM"));
        return new Repetition(
                dumb ? Optional::empty : Terminal::ofOutput,
                new Pause() {
                    @Override
                    public void begin() {
                        termination.holdsNothing();
                    }

                    @Override
                    public boolean isInterrupted(Duration interval) {
                        return termination.await(interval);
                    }
                },
                InstantSource.system());
    }

    /// Repeats a command.
    ///
    /// @param words of the command, for the heading
    /// @return the exit status
    int run(List<String> words, Duration interval, Round round, PrintWriter out, PrintWriter err) {
        pause.begin();
        Optional<Terminal> found = terminal.get();
        return found.isPresent()
                ? redraw(found.get(), heading(words, interval), interval, round, out, err)
                : append(interval, round, out, err);
    }

    private int append(Duration interval, Round round, PrintWriter out, PrintWriter err) {
        while (true) {
            int status = round.show(out, err);
            if (status != 0 || out.checkError() || pause.isInterrupted(interval)) {
                return status;
            }
            out.print("\n");
        }
    }

    private int redraw(
            Terminal first,
            String heading,
            Duration interval,
            Round round,
            PrintWriter out,
            PrintWriter err) {
        Terminal size = first;
        for (boolean drawn = false; ; drawn = true) {
            size = terminal.get().orElse(size);
            boolean headed = size.rows() >= ENOUGH_ROWS;
            // The last row stays free for the cursor: nothing is to scroll.
            int height = Math.max(1, size.rows() - 1 - (headed ? 2 : 0));
            TerminalPage page = new TerminalPage(height, size.columns());
            StringWriter complaints = new StringWriter();
            int status = round.show(new PrintWriter(page), new PrintWriter(complaints));
            if (status != 0 && !drawn) {
                page.rows().forEach(row -> out.print(row + "\n"));
                out.flush();
                err.print(complaints);
                err.flush();
                return status;
            }
            page.write(complaints.toString());
            StringBuilder screen = new StringBuilder(HOME);
            if (headed) {
                draw(screen, fitted(heading, size.columns()));
                draw(screen, "");
            }
            page.rows().forEach(row -> draw(screen, row));
            out.print(screen.append(CLEAR_BELOW));
            if (out.checkError()) {
                return 0; // who made the writer knows why
            }
            if (pause.isInterrupted(interval)) {
                out.print("\n"); // the terminal has shown ^C, and a prompt will follow
                out.flush();
                return 0;
            }
        }
    }

    private static void draw(StringBuilder screen, String row) {
        screen.append(CLEAR_ROW).append(row).append('\n');
    }

    /// What is shown, in characters that take one column each.
    private static String heading(List<String> words, Duration interval) {
        String first = words.getFirst();
        boolean known = first.equals("ipvsadm") || first.equals("dpip");
        String seconds = Double.toString(interval.toMillis() / 1000.0).replaceFirst("\\.0$", "");
        String shown = Visible.of(String.join(" ", words)).replaceAll("[^ -~]", "?");
        return "Every " + seconds + " s: " + (known ? "" : "fullnat ") + shown;
    }

    /// The heading with the time at its end, as the logs have it.
    private String fitted(String heading, int columns) {
        String time = TimeStamp.of(clock.instant());
        int left = columns - time.length() - 2;
        if (left < time.length()) {
            return cut(heading, columns);
        }
        String shown = cut(heading, left);
        return shown + " ".repeat(columns - time.length() - shown.length()) + time;
    }

    private static String cut(String text, int columns) {
        return text.length() <= columns ? text : text.substring(0, columns);
    }
}
