// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.Endpoint;
import io.fullnat.api.ErrorCode;
import io.fullnat.api.Protocol;
import io.fullnat.api.control.Change;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.VirtualService;
import io.fullnat.balancer.client.RemoteCommands;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// `--watch` in a process of its own, with a balancer at a socket: how it begins, goes on and ends.
@Timeout(120)
class WatchTest {
    private static final String RULES = "ipvsadm -S --watch 0.1";

    @TempDir private Path folder;
    private Path socket;
    private Path errors;
    private final List<Process> started = new ArrayList<>();

    @BeforeEach
    void name() {
        socket = folder.resolve("s");
        errors = folder.resolve("err");
    }

    @AfterEach
    void endAll() {
        started.forEach(Process::destroyForcibly);
    }

    private static void add(SocketFixture balancer, int port) {
        ServiceKey key = new ServiceKey(Protocol.TCP, Endpoint.parse("192.0.2.80:" + port));
        balancer.control().apply(new Change.AddService(VirtualService.of(key)));
    }

    private List<String> java(String line) {
        // A shell has what runs beside it ignore some signals, and a JVM leaves it at that.
        List<String> words = new ArrayList<>(List.of("env", "--default-signal=INT,HUP"));
        words.add(ProcessHandle.current().info().command().orElseThrow());
        words.addAll(
                List.of(
                        "-XX:TieredStopAtLevel=1",
                        "-XX:+UseSerialGC",
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("java.class.path"),
                        "io.fullnat.balancer.Main"));
        words.addAll(List.of(line.split(" ")));
        return words;
    }

    private Process start(List<String> words, ProcessBuilder.Redirect output) throws IOException {
        ProcessBuilder builder =
                new ProcessBuilder(words).redirectOutput(output).redirectError(errors.toFile());
        builder.environment().put(RemoteCommands.SOCKET_VARIABLE, socket.toString());
        builder.environment().put("TERM", "vt100");
        Process process = builder.start();
        started.add(process);
        return process;
    }

    private Process start(String line) throws IOException {
        return start(java(line), ProcessBuilder.Redirect.PIPE);
    }

    private static int ended(Process process) throws InterruptedException {
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        return process.exitValue();
    }

    private static final class Reader {
        private final InputStream from;
        private final StringBuilder read = new StringBuilder();

        Reader(Process process) {
            from = process.getInputStream();
        }

        /// Reads until a text has come, and forgets what was before it.
        void until(String text) throws IOException {
            while (read.indexOf(text) < 0) {
                int next = from.read();
                assertThat(next).as("\"%s\" after: %s", text, read).isNotNegative();
                read.append((char) next);
            }
            read.setLength(0);
        }
    }

    @ParameterizedTest
    @CsvSource({"INT, 130", "TERM, 143", "HUP, 129"})
    void followsTheBalancerUntilASignal(String signal, int status) throws Exception {
        try (SocketFixture balancer = new SocketFixture(socket)) {
            add(balancer, 1);
            Process process = start(RULES);
            Reader reader = new Reader(process);
            reader.until("-A -t 192.0.2.80:1 -s wlc\n\n-A -t 192.0.2.80:1 -s wlc\n\n");
            add(balancer, 2);
            reader.until("\n\n-A -t 192.0.2.80:1 -s wlc\n-A -t 192.0.2.80:2 -s wlc\n\n");
            kill(process, signal);

            assertThat(ended(process)).isEqualTo(status);
            assertThat(Files.readString(errors)).isEmpty();
        }
    }

    private static void kill(Process process, String signal) throws Exception {
        String number = String.valueOf(process.pid());
        assertThat(new ProcessBuilder("kill", "-" + signal, number).start().waitFor()).isZero();
    }

    /// One that waits for the answer of a balancer that hangs, too.
    @Test
    void aSignalNeedsNoAnswer() throws Exception {
        try (Hanging balancer = new Hanging(socket)) {
            Process process = start("service list --watch 1");
            balancer.awaitQuestion();
            kill(process, "INT");

            assertThat(ended(process)).isEqualTo(130);
            assertThat(Files.readString(errors)).isEmpty();
        }
    }

    @Test
    void endsWithTheBalancer() throws Exception {
        Process process;
        Reader reader;
        try (SocketFixture balancer = new SocketFixture(socket)) {
            add(balancer, 1);
            process = start(RULES);
            reader = new Reader(process);
            reader.until("-A -t 192.0.2.80:1 -s wlc\n\n-A");
        }
        assertThat(ended(process))
                .isIn(ErrorCode.NO_BALANCER.exitStatus(), ErrorCode.CLOSED.exitStatus());
        assertThat(Files.readString(errors)).startsWith("ipvsadm: ").hasLineCount(1);
    }

    @Test
    void aReaderThatGoesEndsItSilently() throws Exception {
        try (SocketFixture balancer = new SocketFixture(socket)) {
            add(balancer, 1);
            Process process = start(RULES);
            new Reader(process).until("\n\n-A");
            process.getInputStream().close();

            assertThat(ended(process)).isEqualTo(141);
            assertThat(Files.readString(errors)).isEmpty();
        }
    }

    @Test
    void aFullDiskIsAnError() throws Exception {
        try (SocketFixture balancer = new SocketFixture(socket)) {
            add(balancer, 1);
            Process process =
                    start(java(RULES), ProcessBuilder.Redirect.to(Path.of("/dev/full").toFile()));

            assertThat(ended(process)).isEqualTo(ErrorCode.OUTPUT.exitStatus());
            assertThat(errors)
                    .content()
                    .isEqualTo(
                            "fullnat: the output could not be written: No space left on device\n");
        }
    }

    @Test
    void changesNothing() throws Exception {
        try (SocketFixture balancer = new SocketFixture(socket)) {
            Process process = start("ipvsadm -A -t 192.0.2.80:1 --watch 1");

            assertThat(ended(process)).isEqualTo(ErrorCode.INVALID_ARGUMENT.exitStatus());
            assertThat(errors).content().contains("nothing was done");
            assertThat(balancer.control().desired().services()).isEmpty();
        }
    }

    /// On a terminal of twelve rows, which `script` (bsdutils, essential as `perl-base` is) makes.
    @ParameterizedTest
    @ValueSource(strings = {"vt100", "dumb"})
    void aTerminalIsDrawnOver(String type) throws Exception {
        Process process;
        try (SocketFixture balancer = new SocketFixture(socket)) {
            for (int port = 1; port <= 20; port++) {
                add(balancer, port);
            }
            process = start(onTerminal(type), ProcessBuilder.Redirect.PIPE);
            Reader reader = new Reader(process);
            if (type.equals("dumb")) {
                reader.until("-A -t 192.0.2.80:20 -s wlc\r\n\r\n-A -t 192.0.2.80:1 -s wlc\r\n");
            } else {
                reader.until("\u001b[H\u001b[KEvery 0.1 s: ipvsadm -S  ");
                reader.until("Z\r\n\u001b[K\r\n\u001b[K-A -t 192.0.2.80:1 -s wlc\r\n");
                reader.until(
                        "80:8 -s wlc\r\n\u001b[K... 12 more lines\r\n\u001b[J\u001b[H\u001b[K");
            }
            if (type.equals("dumb")) {
                interrupt(process);
                return;
            }
        }
        // The balancer has gone: that is told on the terminal, and the watch goes on.
        Reader reader = new Reader(process);
        reader.until("\u001b[K\r\n\u001b[Kipvsadm: ");
        reader.until("\u001b[Kipvsadm: no balancer answers at ");
        try (SocketFixture balancer = new SocketFixture(socket)) {
            add(balancer, 77);
            reader.until("\u001b[K\r\n\u001b[K-A -t 192.0.2.80:77 -s wlc\r\n\u001b[J");
        }
        interrupt(process);
    }

    private List<String> onTerminal(String type) {
        String command = "'" + String.join("' '", java(RULES)) + "'";
        return List.of(
                "script",
                "-qec",
                "stty rows 12 columns 60; TERM=" + type + " exec " + command,
                "/dev/null");
    }

    /// Ctrl-C.
    private static void interrupt(Process process) throws Exception {
        try (OutputStream keys = process.getOutputStream()) {
            keys.write(3);
            keys.flush();
            process.getInputStream().transferTo(OutputStream.nullOutputStream());
            assertThat(ended(process)).isEqualTo(130);
        }
    }
}
