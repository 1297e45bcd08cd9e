// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.ErrorCode;
import io.fullnat.balancer.run.Termination;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

/// `fullnat top` without a terminal: what it prints, and what it refuses.
@Timeout(60)
final class TopCommandTest {
    @TempDir private Path folder;
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private int top(String line) {
        List<String> words = new ArrayList<>(List.of("top", "--batch", "--socket"));
        words.add(folder.resolve("s").toString());
        words.addAll(List.of(line.split(" ", -1)));
        CommandLine command =
                Fullnat.commandLine(new Termination(), (socket, arguments, in, to, bad) -> 0);
        return command.setOut(new PrintWriter(out))
                .setErr(new PrintWriter(err))
                .execute(words.toArray(String[]::new));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--view sevices | no view \"sevices\", did you mean \"services\"?; there are services,"
                        + " servers, workers, ports, addresses, outcomes, conditions, sets",
                "--sort conections | the services cannot be sorted by \"conections\", did you mean"
                        + " \"connections\"?; there are name, down, connections, rate, packets,"
                        + " bytes, p99, full",
                "--view ports --sort rate | the ports cannot be sorted by \"rate\"; there are port,"
                        + " link, received, received-bits, sent, sent-bits, missed, errors,"
                        + " no-buffer",
                "--interval 0 | --interval \"0\" is no number of seconds from 0.1 to 86400",
                "--iterations 0 | --iterations \"0\" is not a number 1-2147483647",
                "--rows 501 | --rows \"501\" is not a number 1-500",
                "--service 192.0.2.80-80-tcp | --service is for --view servers and --view addresses"
            })
    void refusesWhatItDoesNotHave(String line, String reason) {
        assertThat(top(line)).isEqualTo(ErrorCode.INVALID_ARGUMENT.exitStatus());
        assertThat(err).hasToString("fullnat: " + reason + "\n");
        assertThat(out).hasToString("");
    }

    @Test
    void saysThatNobodyAnswers() {
        assertThat(top("-n 1")).isEqualTo(ErrorCode.NO_BALANCER.exitStatus());
        assertThat(err.toString()).startsWith("fullnat: no balancer answers at ");
    }

    @Test
    void anOlderBalancerIsNamedSo() throws Exception {
        String body = "{\"error\":\"UNSUPPORTED\",\"status\":3,\"message\":\"there is no path\"}";
        try (FakeBalancer old =
                new FakeBalancer(folder.resolve("s"), FakeBalancer.plain(404, body))) {
            assertThat(top("-n 1")).isEqualTo(ErrorCode.UNSUPPORTED.exitStatus());
            assertThat(old.asked()).isEmpty();
        }
        assertThat(err)
                .hasToString(
                        "fullnat: the balancer is older than this command: it has no"
                                + " /v2/overview\n");
    }

    @Test
    void whatIsNoBalancerIsNamedSo() throws Exception {
        try (FakeBalancer other =
                new FakeBalancer(folder.resolve("s"), FakeBalancer.plain(200, "<html>"))) {
            assertThat(top("-n 1")).isEqualTo(ErrorCode.CLOSED.exitStatus());
            assertThat(other.asked()).isEmpty();
        }
        assertThat(err.toString()).contains("no balancer").contains("no JSON");
    }

    @Test
    void printsAsOftenAsItIsAsked() throws Exception {
        try (TrafficFixture balancer = new TrafficFixture(folder.resolve("s"))) {
            assertThat(balancer.control().desired().services()).hasSize(TrafficFixture.SERVICES);
            assertThat(top("-n 2 -d 0.6 --rows 3 --sort name --reverse")).isZero();
            String[] looks = out.toString().split("\n\nfullnat ", -1);
            assertThat(looks).hasSize(2);
            assertThat(looks[1])
                    .contains("services 1-3/30 by name, reversed\n")
                    .containsPattern("\n udp 192\\.0\\.2\\.80:53 +1/2 up +[0-9,]+ ")
                    .containsPattern("drops [0-9.]+/s  NO_SERVICE");
            assertThat(looks[1].lines().filter(row -> row.contains(" 192.0.2.80:"))).hasSize(3);
        }
        assertThat(err).hasToString("");
    }

    @Test
    void showsTheServersOfOneService() throws Exception {
        try (TrafficFixture balancer = new TrafficFixture(folder.resolve("s"))) {
            assertThat(top("-n 1 -d 0.1 --view servers --service 192.0.2.80-53-udp")).isZero();
            assertThat(out.toString()).contains("servers 1-2/2 of 192.0.2.80-53-udp by rate\n");
            assertThat(top("-n 1 -d 0.1 --view servers --service 192.0.2.80-54-udp"))
                    .isEqualTo(ErrorCode.NO_SERVICE.exitStatus());
            assertThat(balancer.counters().workers()).isOne();
        }
        assertThat(err).hasToString("fullnat: no service UDP 192.0.2.80:54\n");
    }
}
