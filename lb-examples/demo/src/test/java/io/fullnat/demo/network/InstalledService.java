// SPDX-License-Identifier: Apache-2.0
package io.fullnat.demo.network;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.Stream;

/// Starts the installed balancer as systemd does by its unit: as the user, with the capabilities,
/// the folders and the socket for messages. Systemd itself does not run where tests do.
final class InstalledService implements AutoCloseable {
    private static final Path UNIT = Path.of("../../config/dist/fullnat.service");

    /// Bytes that may be locked: what the unit allows, not everybody may allow here, and with its
    /// capabilities nothing depends on it.
    private static final int SMALL = 65_536;

    private static final String RECEIVER =
            """
            use Socket;
            socket my $s, AF_UNIX, SOCK_DGRAM, 0 or die "no socket: $!";
            bind $s, pack('S a*', AF_UNIX, "\\0$ARGV[0]") or die "no socket: $!";
            $| = 1;
            print "listening\\n";
            while (defined recv $s, my $message, 4096, 0) { print $message =~ s/\\n/|/gr, "\\n" }
            """;

    private final Process receiver;
    private final Process process;
    private final Queue<String> messages = new ConcurrentLinkedQueue<>();
    private final Queue<String> said = new ConcurrentLinkedQueue<>();

    /// @param namespace of the network: messages to abstract sockets stay within it
    /// @param environment as the file of the unit's `EnvironmentFile` may add
    InstalledService(CleanRoot root, String namespace, String... environment) throws IOException {
        String capabilities = "-all" + capabilities();
        String name = "fullnat/" + namespace;
        List<String> listen =
                List.of("ip", "netns", "exec", namespace, "perl", "-e", RECEIVER, name);
        receiver = new ProcessBuilder(listen).redirectErrorStream(true).start();
        BufferedReader heard = receiver.inputReader();
        assertThat(heard.readLine()).isEqualTo("listening");
        keep(heard, messages);

        List<String> command = new ArrayList<>(List.of("env", "--default-signal=HUP"));
        command.addAll(List.of("ip", "netns", "exec", namespace));
        List<String> words = new ArrayList<>(List.of(environment));
        words.addAll(
                List.of(
                        "NOTIFY_SOCKET=@" + name,
                        "WATCHDOG_USEC=2000000",
                        "RUNTIME_DIRECTORY=/run/fullnat",
                        "prlimit",
                        "--memlock=" + SMALL,
                        "setpriv",
                        "--reuid=fullnat",
                        "--regid=fullnat",
                        "--clear-groups",
                        "--no-new-privs",
                        "--inh-caps=" + capabilities,
                        "--ambient-caps=" + capabilities,
                        "--bounding-set=" + capabilities));
        command.addAll(root.words(words.toArray(String[]::new)));
        command.addAll(List.of(unit("ExecStart").split(" ", -1)));
        process = new ProcessBuilder(command).redirectErrorStream(true).start();
        keep(process.inputReader(), said);
    }

    /// What the unit says.
    static String unit(String key) throws IOException {
        try (Stream<String> lines = Files.lines(UNIT)) {
            return lines.filter(line -> line.startsWith(key + "="))
                    .map(line -> line.substring(key.length() + 1))
                    .findFirst()
                    .orElseThrow();
        }
    }

    /// The unit's capabilities in the words of setpriv(1).
    private static String capabilities() throws IOException {
        StringBuilder words = new StringBuilder();
        for (String each : unit("AmbientCapabilities").split(" ", -1)) {
            words.append(",+").append(each.substring("CAP_".length()).toLowerCase(Locale.ROOT));
        }
        return words.toString();
    }

    private static void keep(BufferedReader from, Queue<String> to) {
        Thread.ofPlatform()
                .daemon()
                .start(() -> {
                    try {
                        from.lines().forEach(to::add);
                    } catch (UncheckedIOException closed) {
                        // ended
                    }
                });
    }

    /// Waits for a message that was not taken yet; takes those before it, too.
    String await(Predicate<String> wanted) throws InterruptedException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        while (System.nanoTime() < end) {
            String message = messages.poll();
            if (message != null && wanted.test(message)) {
                return message;
            }
            if (message == null) {
                assertThat(process.isAlive()).as("the balancer runs: %s", said).isTrue();
                Thread.sleep(10);
            }
        }
        throw new AssertionError("no such message: " + said);
    }

    String await(String begin) throws InterruptedException {
        return await(message -> message.startsWith(begin));
    }

    /// What was told and not taken.
    List<String> messages() {
        return List.copyOf(messages);
    }

    long pid() {
        return process.pid();
    }

    ProcessHandle handle() {
        return process.toHandle();
    }

    /// Stops it as systemd does.
    ///
    /// @return its exit status
    int stop() throws InterruptedException {
        process.destroy();
        assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
        return process.exitValue();
    }

    @Override
    public void close() {
        process.destroyForcibly();
        receiver.destroyForcibly();
    }
}
