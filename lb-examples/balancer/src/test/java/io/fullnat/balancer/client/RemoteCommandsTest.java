// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fullnat.api.BalancerException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Which lines go to a running balancer, to which one, and with what.
class RemoteCommandsTest {
    private static final int REMOTE_STATUS = 7;
    private static final InputStream NO_INPUT = InputStream.nullInputStream();

    private final List<String> sent = new ArrayList<>();
    private final List<Duration> pauses = new ArrayList<>();
    private boolean answering;
    private int status = REMOTE_STATUS;
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private int remote(
            Path socket, List<String> words, String input, PrintWriter stdout, PrintWriter stderr) {
        sent.add(socket + " " + String.join(" ", words) + (input.isEmpty() ? "" : " < " + input));
        return status;
    }

    private OptionalInt run(Map<String, String> environment, InputStream in, String... line)
            throws IOException {
        Repetition repetition =
                new Repetition(
                        Optional::empty,
                        interval -> {
                            pauses.add(interval);
                            return pauses.size() >= 2;
                        },
                        InstantSource.system());
        return new RemoteCommands(this::remote, socket -> answering, environment, repetition)
                .run(List.of(line), in, new PrintWriter(out, true), new PrintWriter(err, true));
    }

    @Test
    void aLineGoesToTheDefaultSocketAndItsStatusComesBack() throws IOException {
        assertThat(run(Map.of(), NO_INPUT, "ipvsadm", "-Ln")).hasValue(REMOTE_STATUS);

        assertThat(sent).containsExactly("/run/fullnat.sock ipvsadm -Ln");
    }

    @Test
    void theEnvironmentNamesAnotherSocketAndAnOptionOverridesIt() throws IOException {
        Map<String, String> environment = Map.of(RemoteCommands.SOCKET_VARIABLE, "/a.sock");

        run(environment, NO_INPUT, "dpip", "addr", "show");
        run(environment, NO_INPUT, "--socket", "/b.sock", "service", "list");

        assertThat(sent).containsExactly("/a.sock dpip addr show", "/b.sock service list");
    }

    @Test
    void scriptsThatNameAnInstanceOfDpvsReachTheOneThatTheyMean() throws IOException {
        Map<String, String> scripts = Map.of(RemoteCommands.DPVS_SOCKET_VARIABLE, "/d.sock");
        Map<String, String> both =
                Map.of(
                        RemoteCommands.DPVS_SOCKET_VARIABLE,
                        "/d.sock",
                        RemoteCommands.SOCKET_VARIABLE,
                        "/a.sock");

        run(scripts, NO_INPUT, "ipvsadm", "-Ln");
        run(both, NO_INPUT, "ipvsadm", "-Ln");

        assertThat(sent).containsExactly("/d.sock ipvsadm -Ln", "/a.sock ipvsadm -Ln");
    }

    @Test
    void anEmptyNameIsNotTakenForTheDefault() {
        Map<String, String> environment = Map.of(RemoteCommands.SOCKET_VARIABLE, "");

        assertThatThrownBy(() -> run(environment, NO_INPUT, "ipvsadm", "-Ln"))
                .isInstanceOf(BalancerException.class)
                .hasMessage("FULLNAT_SOCKET is set, but empty");
    }

    @Test
    void anInputThatDoesNotEndIsRefused() {
        InputStream endless =
                new InputStream() {
                    @Override
                    public int read() {
                        return 0;
                    }

                    @Override
                    public int read(byte[] bytes, int offset, int length) {
                        return length;
                    }
                };

        assertThatThrownBy(() -> run(Map.of(), endless, "ipvsadm", "-R"))
                .isInstanceOf(BalancerException.class)
                .hasMessage(
                        "standard input is longer than the 1048576 bytes that a command takes;"
                                + " nothing was sent");
        assertThat(sent).isEmpty();
    }

    @Test
    void onlyACommandThatReadsItsInputGetsIt() throws IOException {
        byte[] rules = "-A -t 192.0.2.80:80".getBytes(StandardCharsets.UTF_8);

        run(Map.of(), new ByteArrayInputStream(rules), "ipvsadm", "-R");
        run(Map.of(), new ByteArrayInputStream(rules), "ipvsadm", "-Ln");

        assertThat(sent)
                .containsExactly(
                        "/run/fullnat.sock ipvsadm -R < -A -t 192.0.2.80:80",
                        "/run/fullnat.sock ipvsadm -Ln");
    }

    @Test
    void aWrongLineIsNotSent() throws IOException {
        assertThat(run(Map.of(), NO_INPUT, "ipvsadm", "-A")).hasValue(2);

        assertThat(sent).isEmpty();
        assertThat(err.toString()).startsWith("ipvsadm: ");
    }

    @Test
    void aWrongVerbIsRefusedByTheBalancerOrWithoutOne() throws IOException {
        assertThat(run(Map.of(), NO_INPUT, "service", "paint")).hasValue(2);
        assertThat(sent).isEmpty();

        answering = true;
        assertThat(run(Map.of(), NO_INPUT, "service", "paint")).hasValue(REMOTE_STATUS);
        assertThat(sent).containsExactly("/run/fullnat.sock service paint");
    }

    @Test
    void aListingIsAskedForAgainAndAgainWithoutTheOption() throws IOException {
        status = 0;
        for (String line :
                List.of(
                        "ipvsadm -Ln --watch 0.5",
                        "ipvsadm --watch=.5 -Ln",
                        "ipvsadm -L --watch 0.50 -n --exact")) {
            sent.clear();
            pauses.clear();
            assertThat(run(Map.of(), NO_INPUT, line.split(" "))).hasValue(0);
            String asked = "/run/fullnat.sock " + line.replaceAll(" --watch[= ][.0-9]+", "");
            assertThat(sent).containsExactly(asked, asked);
            assertThat(pauses).containsOnly(Duration.ofMillis(500)).hasSize(2);
        }
        run(Map.of(), NO_INPUT, "--socket", "/b.sock", "dpip", "--watch", "86400", "link", "show");
        assertThat(sent).endsWith("/b.sock dpip link show");
        assertThat(err.toString()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "ipvsadm -A -t 192.0.2.80:80 --watch 2",
                "ipvsadm --watch 2 -C",
                "ipvsadm -Z --watch=2",
                "ipvsadm -R --watch 2",
                "ipvsadm --set 1 2 3 --watch 2",
                "dpip addr add 192.0.2.1/24 dev wan --watch 2",
                "dpip --watch 2 neigh flush",
                "service add tcp 192.0.2.80:80 --watch 2",
                "service remove tcp 192.0.2.80:80 --end-connections --watch 2",
                "connection remove --all --watch 2"
            })
    void whatChangesSomethingIsNotRepeated(String line) throws IOException {
        answering = true;
        byte[] rules = "-A -t 192.0.2.80:80".getBytes(StandardCharsets.UTF_8);

        OptionalInt status = run(Map.of(), new ByteArrayInputStream(rules), line.split(" "));

        assertThat(status).hasValue(2);
        assertThat(err.toString())
                .isEqualTo(
                        line.substring(0, line.indexOf(' '))
                                + ": --watch repeats what only lists; this command changes"
                                + " something, so nothing was done\n");
        assertThat(sent).isEmpty();
        assertThat(pauses).isEmpty();
        assertThat(out.toString()).isEmpty();
    }

    @Test
    void aWrongLineIsNotRepeated() throws IOException {
        answering = true;
        for (String line :
                List.of(
                        "service list --watch",
                        "service list --watch 0",
                        "service list --watch 2 --watch 2",
                        "service paint --watch 2",
                        "ipvsadm -Lq --watch 2",
                        "dpip -i --watch 2")) {
            int status = run(Map.of(), NO_INPUT, line.split(" ")).getAsInt();
            assertThat(status).as(line).isIn(2, 3);
        }
        assertThat(sent).isEmpty();
        assertThat(out.toString()).isEmpty();
    }

    @Test
    void aRoundThatFailsEndsItWithItsStatus() throws IOException {
        assertThat(run(Map.of(), NO_INPUT, "service", "list", "--watch", "1"))
                .hasValue(REMOTE_STATUS);
        assertThat(sent).hasSize(1);
        assertThat(pauses).isEmpty();
    }

    @Test
    void helpIsNotRepeated() throws IOException {
        for (String line :
                List.of("ipvsadm --help", "dpip addr help", "service list --help", "dpip")) {
            String[] words = (line + " --watch 2").split(" ");
            assertThat(run(Map.of(), NO_INPUT, words)).hasValue(0);
        }
        assertThat(sent).isEmpty();
        assertThat(pauses).isEmpty();
        assertThat(out.toString().split("Usage: fullnat")).hasSize(5);
    }

    @Test
    void helpNeedsNoBalancer() throws IOException {
        assertThat(run(Map.of(), NO_INPUT, "ipvsadm", "--help")).hasValue(0);

        assertThat(sent).isEmpty();
        assertThat(out.toString()).contains("Usage: fullnat ipvsadm");
    }

    @ParameterizedTest
    @ValueSource(strings = {"run", "demo", "config", "reload", "help", "--help", "walk"})
    void allOtherLinesAreSomebodyElses(String word) throws IOException {
        assertThat(run(Map.of(), NO_INPUT, word)).isEmpty();
    }
}
