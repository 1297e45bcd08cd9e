// SPDX-License-Identifier: Apache-2.0
package io.fullnat.demo;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// A command of `fullnat` in a terminal that tmux plays, with a server of tmux of its own. For one
/// thread. The balancer's tests, which these do not see, have `TmuxTerminal`: how tmux is called
/// and waited for is the same.
final class Pane implements AutoCloseable {
    private static final Path TMUX = Path.of("/usr/bin/tmux");
    private static final int LONGEST_MILLIS = 60_000;
    private static final int STEP_MILLIS = 100;

    private final Path socket;
    final int columns;
    final int rows;

    /// Starts it.
    ///
    /// @param folder for what it needs
    /// @param command words behind `fullnat`
    Pane(Path folder, int columns, int rows, String command)
            throws IOException, InterruptedException {
        boolean isThere = Files.isExecutable(TMUX);
        if (!isThere && "required".equals(System.getProperty("network"))) {
            throw new IllegalStateException(
                    "there is no " + TMUX + ", and -Dnetwork=required; ./build installs it");
        }
        assumeTrue(isThere, TMUX + " is not there");
        this.columns = columns;
        this.rows = rows;
        Path own = Files.createTempDirectory(folder, "pane");
        socket = own.resolve("tmux");
        Path script = own.resolve("script");
        Files.writeString(
                script,
                ProcessHandle.current().info().command().orElseThrow()
                        + " -XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
                        + " --add-exports java.base/jdk.internal.misc=ALL-UNNAMED"
                        + " --enable-native-access=ALL-UNNAMED"
                        + " --sun-misc-unsafe-memory-access=allow -cp '"
                        + System.getProperty("java.class.path")
                        + "' io.fullnat.balancer.Main "
                        + command
                        + "\nexec sleep 1000\n");
        String width = String.valueOf(columns);
        String height = String.valueOf(rows);
        String said = tmux("new-session", "-d", "-x", width, "-y", height, "sh " + script);
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

    /// Waits for what is wanted.
    ///
    /// @param wanted a regular expression of what is to be found
    /// @return all rows, with renditions
    String await(String wanted) throws IOException, InterruptedException {
        String seen = "";
        for (int waited = 0; waited < LONGEST_MILLIS; waited += STEP_MILLIS) {
            seen = tmux("capture-pane", "-p", "-e", "-N");
            if (text(seen).lines().anyMatch(line -> line.matches(".*(" + wanted + ").*"))) {
                return seen;
            }
            Thread.sleep(STEP_MILLIS);
        }
        throw new AssertionError("there is no \"" + wanted + "\":\n" + text(seen));
    }

    /// The same without renditions.
    static String text(String seen) {
        return seen.replaceAll("\u001b\\[[0-9;]*m", "");
    }

    private String tmux(String... words) throws IOException, InterruptedException {
        List<String> line =
                new ArrayList<>(
                        List.of(TMUX.toString(), "-u", "-f", "/dev/null", "-S", socket.toString()));
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
