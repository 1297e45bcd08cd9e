// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.Endpoint;
import io.fullnat.api.Protocol;
import io.fullnat.api.control.Change;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.VirtualService;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// `fullnat top` in a process and a terminal of its own, beside a balancer at a socket. What is
/// seen is kept in `target/top`, to be looked at.
@Timeout(180)
final class TopTerminalTest {
    private static final Path SCREENS = Path.of("target/top");
    private static final String BUSY = "udp 192.0.2.80:53";

    @TempDir private Path folder;
    private TmuxTerminal terminal = new TmuxTerminal(Path.of("."));

    @BeforeEach
    void prepare() throws IOException {
        Required.program("tmux");
        Files.createDirectories(SCREENS);
        terminal = new TmuxTerminal(folder);
    }

    @AfterEach
    void end() throws Exception {
        terminal.close();
    }

    private Path socket() {
        return folder.resolve("s");
    }

    private Path errors() {
        return folder.resolve("err");
    }

    private void start(int columns, int rows, String environment, String arguments)
            throws Exception {
        terminal.start(
                columns,
                rows,
                "echo $$ > "
                        + folder
                        + "/shell\nenv FULLNAT_SOCKET="
                        + socket()
                        + " "
                        + environment
                        + " "
                        + ProcessHandle.current().info().command().orElseThrow()
                        + " -XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
                        + " --enable-native-access=ALL-UNNAMED -cp "
                        + System.getProperty("java.class.path")
                        + " io.fullnat.balancer.Main top "
                        + arguments
                        + " 2> "
                        + errors());
    }

    private void keep(String name, String seen) throws IOException {
        Files.writeString(SCREENS.resolve(name + ".txt"), seen);
    }

    private void quit() throws Exception {
        terminal.type("q");
        assertThat(terminal.await("ended ")).contains("ended 0\n");
        assertThat(terminal.await(seen -> seen.contains("same") || seen.contains("changed")))
                .contains("same");
        assertThat(errors()).isEmptyFile();
    }

    private static void add(SocketFixture balancer, int from, int count) {
        for (int port = from; port < from + count; port++) {
            ServiceKey key = new ServiceKey(Protocol.TCP, Endpoint.parse("192.0.2.80:" + port));
            balancer.control().apply(new Change.AddService(VirtualService.of(key)));
        }
    }

    @Test
    void everyListIsThere() throws Exception {
        try (TrafficFixture balancer = new TrafficFixture(socket())) {
            start(80, 24, "", "-d 0.5");
            keep(
                    "services",
                    terminal.await(seen -> seen.contains(BUSY) && !seen.contains("drops -")));
            terminal.type("Enter");
            keep("servers", terminal.await("servers 1-2/2 of 192.0.2.80-53-udp by rate"));
            terminal.type("5");
            terminal.await("10.0.1.101    lan");
            terminal.type("Escape");
            terminal.await(">" + BUSY);
            Map<String, String> lists =
                    new TreeMap<>(
                            Map.of(
                                    "2", "servers 1-16/60 by rate",
                                    "3", " works",
                                    "4", "wan                     up",
                                    "5", "10.0.1.101    lan          in use",
                                    "6", "NO_SERVICE                 dropped",
                                    "7", "there are no conditions",
                                    "8", "there are no sets",
                                    "?", "any key goes back"));
            for (Map.Entry<String, String> list : lists.entrySet()) {
                terminal.type(list.getKey());
                String name = list.getKey().equals("?") ? "help" : "list-" + list.getKey();
                keep(name, terminal.await(list.getValue()));
                if (list.getKey().equals("?")) {
                    terminal.type("x");
                }
            }
            assertThat(balancer.counters().workers()).isOne();
            quit();
        }
    }

    @Test
    void sortsFiltersAndPages() throws Exception {
        try (SocketFixture balancer = new SocketFixture(socket())) {
            add(balancer, 1001, 40);
            start(100, 20, "", "--sort name");
            terminal.await("services 1-12/40 by name");
            terminal.type("End");
            keep("end-of-list", terminal.await(">tcp 192.0.2.80:1040"));
            terminal.type("r");
            terminal.await("by name, reversed");
            terminal.await(">tcp 192.0.2.80:1040");
            terminal.type("/", "103", "Enter");
            terminal.await("services 1-10/10 with \"103\" by name, reversed");
            terminal.type("NPage");
            keep("filtered", terminal.await(">tcp 192.0.2.80:1030"));
            terminal.type(">");
            terminal.await("by down");
            terminal.type("d", "C-u", "0.5", "Enter");
            terminal.await("every 0.5 s");
            terminal.type("p");
            terminal.await("PAUSED");
            quit();
        }
    }

    @Test
    void followsTheSizeOfItsTerminal() throws Exception {
        try (SocketFixture balancer = new SocketFixture(socket())) {
            add(balancer, 1, 3);
            start(80, 24, "", "-d 600");
            terminal.await("tcp 192.0.2.80:1");
            terminal.resize(60, 12);
            keep("small", terminal.await(seen -> seen.stripTrailing().endsWith("< > sort")));
            terminal.resize(59, 12);
            keep("too-small", terminal.await("too small: 59x12, fullnat top needs 60x10"));
            terminal.resize(150, 40);
            keep("large", terminal.await("SCHED   DESCRIPTION"));
            quit();
        }
    }

    @Test
    void aBalancerThatGoesIsAwaited() throws Exception {
        try (SocketFixture balancer = new SocketFixture(socket())) {
            add(balancer, 1, 3);
            start(80, 24, "", "-d 0.2");
            terminal.await("tcp 192.0.2.80:1");
        }
        keep("no-answer", terminal.await("NO ANSWER for 2 s, trying again: "));
        assertThat(terminal.await("no balancer answers at")).contains("tcp 192.0.2.80:1");
        try (SocketFixture balancer = new SocketFixture(socket())) {
            add(balancer, 77, 1);
            keep("restarted", terminal.await("the balancer has been restarted"));
            terminal.await("tcp 192.0.2.80:77");
            quit();
        }
    }

    @ParameterizedTest
    @CsvSource({"TERM, 143", "INT, 130", "HUP, 129"})
    void aSignalLeavesTheTerminalAsItWas(String signal, int status) throws Exception {
        try (SocketFixture balancer = new SocketFixture(socket())) {
            add(balancer, 1, 3);
            start(80, 24, "--default-signal=INT,HUP", "");
            terminal.await("tcp 192.0.2.80:1");
            long shell = Long.parseLong(Files.readString(folder.resolve("shell")).strip());
            ProcessHandle top =
                    ProcessHandle.of(shell).orElseThrow().children().findFirst().orElseThrow();
            assertThat(
                            new ProcessBuilder("kill", "-" + signal, String.valueOf(top.pid()))
                                    .start()
                                    .waitFor())
                    .isZero();
            assertThat(terminal.await("ended ")).contains("ended " + status + "\n");
            assertThat(terminal.await("same")).doesNotContain("192.0.2.80");
            assertThat(errors()).isEmptyFile();
        }
    }

    @Test
    void controlCIsTheEnd() throws Exception {
        try (SocketFixture balancer = new SocketFixture(socket())) {
            add(balancer, 1, 3);
            start(80, 24, "", "");
            terminal.await("tcp 192.0.2.80:1");
            terminal.type("C-z", "C-\\", "C-c");
            terminal.await("ended 0");
            terminal.await("same");
        }
    }

    @Test
    void wordsNeedNoColours() throws Exception {
        try (TrafficFixture balancer = new TrafficFixture(socket())) {
            assertThat(balancer.counters().workers()).isOne();
            start(80, 24, "NO_COLOR=1", "");
            terminal.await("1/2 up");
            assertThat(terminal.coloured()).doesNotContainPattern("\u001b\\[[0-9;]*3[1-7]m");
            quit();
            terminal.close();
            start(80, 24, "NO_COLOR=", "");
            terminal.await("1/2 up");
            assertThat(terminal.coloured()).containsPattern("\u001b\\[[0-9;]*33m");
            quit();
        }
    }

    /// Of one that terminfo does not know nothing is expected but ECMA-48.
    @Test
    void anUnknownTerminalIsTakenAsItIs() throws Exception {
        try (SocketFixture balancer = new SocketFixture(socket())) {
            add(balancer, 1, 3);
            start(80, 24, "TERM=no-such-terminal", "");
            terminal.await("q quit  ? help");
            quit();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"TERM=dumb", "TERM="})
    void aTerminalThatObeysNothingGetsPlainText(String type) throws Exception {
        try (SocketFixture balancer = new SocketFixture(socket())) {
            add(balancer, 1, 3);
            start(160, 24, type, "-n 1 -d 0.1");
            assertThat(terminal.await("ended 0")).contains("services 1-3/3 by rate");
            terminal.await("same");
        }
    }

    /// Without keys there is no use in a screen.
    @Test
    void withoutInputItIsPlainText() throws Exception {
        try (SocketFixture balancer = new SocketFixture(socket())) {
            add(balancer, 1, 3);
            for (String input : List.of("< /dev/null", "<&-")) {
                start(160, 24, "", "-n 1 -d 0.1 " + input);
                assertThat(terminal.await("ended 0")).contains("services 1-3/3 by rate");
                terminal.close();
            }
        }
    }

    @Test
    void whatIsWrongFromTheBeginningIsSaidWithoutAScreen() throws Exception {
        start(80, 24, "", "");
        terminal.await("ended 43");
        terminal.await("same");
        assertThat(errors()).content().startsWith("fullnat: no balancer answers at ");
    }

    @ParameterizedTest
    @ValueSource(strings = {"--iterations", "--rows"})
    void whatIsForPlainTextIsRefusedOnAScreen(String option) throws Exception {
        start(80, 24, "", option + " 3");
        terminal.await("ended 2");
        terminal.await("same");
        assertThat(errors()).content().contains(option + " is for plain text: with --batch");
    }
}
