// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/// A terminal that tmux plays, with a command in it. For one thread. The demo's tests, which do not
/// see these, have `Pane`: how tmux is called and waited for is the same.
final class TmuxTerminal implements AutoCloseable {
    private static final Path TMUX = Path.of("/usr/bin/tmux");
    private static final int LONGEST_MILLIS = 60_000;
    private static final int STEP_MILLIS = 100;

    private final Path folder;

    /// A server that was told to end may still answer for a moment: the next one has another
    /// socket.
    private int started;

    /// @param folder for what it needs
    TmuxTerminal(Path folder) {
        this.folder = folder;
    }

    /// Starts a script of a shell. Behind it `ended STATUS` is shown, and whether the settings of
    /// the terminal are those from before: `same` or `changed`.
    void start(int columns, int rows, String script) throws IOException, InterruptedException {
        started++;
        Path file = folder.resolve("script");
        Files.writeString(
                file,
                "before=$(stty -g)\n"
                        + script
                        + "\necho ended $?\n[ \"$before\" = \"$(stty -g)\" ] && echo same ||"
                        + " echo changed\nexec sleep 1000\n");
        String said =
                tmux(
                        "new-session",
                        "-d",
                        "-x",
                        String.valueOf(columns),
                        "-y",
                        String.valueOf(rows),
                        "sh " + file);
        if (!said.isEmpty()) {
            throw new IllegalStateException("tmux: " + said);
        }
    }

    /// Types: the names of keys are those of tmux.
    void type(String... keys) throws IOException, InterruptedException {
        List<String> words = new ArrayList<>(List.of("send-keys"));
        words.addAll(List.of(keys));
        tmux(words.toArray(String[]::new));
    }

    void resize(int columns, int rows) throws IOException, InterruptedException {
        tmux("resize-window", "-x", String.valueOf(columns), "-y", String.valueOf(rows));
    }

    /// Waits for what is wanted.
    ///
    /// @return all rows
    String await(Predicate<String> wanted) throws IOException, InterruptedException {
        String seen = "";
        for (int waited = 0; waited < LONGEST_MILLIS; waited += STEP_MILLIS) {
            seen = tmux("capture-pane", "-p");
            if (wanted.test(seen)) {
                return seen;
            }
            Thread.sleep(STEP_MILLIS);
        }
        throw new AssertionError("not what was wanted:\n" + seen);
    }

    String await(String wanted) throws IOException, InterruptedException {
        return await(seen -> seen.contains(wanted));
    }

    /// What is seen, with the sequences that colours are made of.
    String coloured() throws IOException, InterruptedException {
        return tmux("capture-pane", "-p", "-e");
    }

    private String tmux(String... words) throws IOException, InterruptedException {
        String socket = folder.resolve("tmux" + started).toString();
        List<String> line =
                new ArrayList<>(List.of(TMUX.toString(), "-u", "-f", "/dev/null", "-S", socket));
        line.addAll(List.of(words));
        ProcessBuilder builder = new ProcessBuilder(line).redirectErrorStream(true);
        builder.environment().put("LC_ALL", "C.UTF-8");
        builder.environment().put("TERM", "xterm-256color");
        builder.environment().remove("TMUX");
        builder.environment().remove("NO_COLOR");
        Process process = builder.start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        process.waitFor();
        return said;
    }

    @Override
    public void close() throws IOException {
        try {
            tmux("kill-server");
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
