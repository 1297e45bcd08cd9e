// SPDX-License-Identifier: Apache-2.0
package io.fullnat.demo;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.ErrorCode;
import io.fullnat.balancer.Fullnat;
import io.fullnat.balancer.cli.Commands;
import io.fullnat.balancer.run.Termination;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

/// The demo among the other commands of `fullnat`.
final class DemoCommandTest {
    private record Result(int status, String out, String err) {}

    private static int nobody(
            Path socket, List<String> words, String input, PrintWriter out, PrintWriter err) {
        throw new AssertionError("no balancer is needed for " + words);
    }

    private static Result fullnat(String... arguments) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        CommandLine command =
                Fullnat.commandLine(new Termination(), DemoCommandTest::nobody)
                        .setOut(new PrintWriter(out))
                        .setErr(new PrintWriter(err));
        int status = command.execute(arguments);
        command.getOut().flush();
        return new Result(status, out.toString(), err.toString());
    }

    @Test
    void standsWhereItIsLookedFor() {
        List<String> help = fullnat("--help").out().lines().toList();
        String entry =
                "  demo +Shows a balancer at work between clients and servers of its( own\\.)?";
        String example =
                "  fullnat demo                        see it at work, in namespaces of its own";

        assertThat(help.get(help.indexOf("Commands:") + 3)).matches(entry);
        assertThat(help.get(help.indexOf("Examples:") + 1)).isEqualTo(example);
    }

    @Test
    void isCompletedAsOthersAre() {
        StringWriter script = new StringWriter();
        int status =
                Commands.runLocally(
                                List.of("completion", "bash"),
                                new PrintWriter(script),
                                new PrintWriter(script))
                        .orElseThrow();

        assertThat(status).isZero();
        assertThat(script.toString()).contains(" demo ");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "dmeo                    | unknown command \"dmeo\", did you mean \"demo\"?; see"
                        + " \"fullnat --help\"",
                "demo --seconds 0        | --seconds 0 is not 1-86400; see \"fullnat demo --help\"",
                "demo --seconds ten      | Invalid value for option '--seconds': 'ten' is not a"
                        + " whole number; see \"fullnat demo --help\"",
                "demo --keep --page      | --keep and --page exclude each other: with the page"
                        + " clients go on; see \"fullnat demo --help\"",
                "demo --keep --memory    | --keep and --memory exclude each other: nothing outside"
                        + " can reach memory; see \"fullnat demo --help\""
            })
    void saysInOneLineWhatIsWrongWithTheCommand(String arguments, String expected) {
        Result result = fullnat(arguments.split(" "));

        assertThat(result.err()).isEqualTo("fullnat: " + expected + System.lineSeparator());
        assertThat(result.out()).isEmpty();
        assertThat(result.status()).isEqualTo(ErrorCode.INVALID_ARGUMENT.exitStatus());
    }

    @Test
    void showsNothingThatATerminalObeys() {
        assertThat(fullnat("demo", "--seconds", "\u0007").err())
                .isEqualTo(
                        "fullnat: Invalid value for option '--seconds': '\\u0007' is not a whole"
                                + " number; see \"fullnat demo --help\""
                                + System.lineSeparator());
    }

    @Test
    void explainsItselfWithExamples() {
        Result result = fullnat("demo", "--help");

        assertThat(result.out()).contains("Usage: fullnat demo").contains("Example");
        assertThat(result.err()).isEmpty();
        assertThat(result.status()).isZero();
    }

    @Test
    void playsTheDemoInMemory() {
        Result result = fullnat("demo", "--memory", "--seconds", "2");

        assertThat(result.err()).isEmpty();
        assertThat(result.out())
                .contains("HTTP, kept alive", "HTTP, one per connection", "UDP echo")
                .contains("servers saw 203.0.113.101, 203.0.113.102, 203.0.113.103")
                .contains("HTTP over IPv6", "UDP echo, IPv6 to IPv4")
                .contains("over IPv6 2001:db8:5::101, 2001:db8:5::102")
                .contains("local addresses all, not the client 198.51.100.10, 2001:db8:c::10")
                .contains("203.0.113.101 replaced by 203.0.113.103")
                .satisfies(text -> OutageLines.assertAllThree(text, "no answer in time"))
                .endsWith("all went right" + System.lineSeparator());
        assertThat(result.out().lines()).allSatisfy(line -> assertThat(line).hasSizeLessThan(80));
        assertThat(result.status()).isZero();
    }

    @Test
    void servesThePageWhileClientsGoOn() throws Exception {
        Termination termination = new Termination();
        StringWriter out = new StringWriter();
        CommandLine command =
                Fullnat.commandLine(termination, DemoCommandTest::nobody)
                        .setOut(new PrintWriter(out, true));
        try (ExecutorService runner = Executors.newSingleThreadExecutor()) {
            Future<Integer> status =
                    runner.submit(
                            () -> command.execute("demo", "--memory", "--page", "--seconds", "1"));
            try {
                while (!out.toString().contains("clients go on") && !status.isDone()) {
                    Thread.sleep(20);
                }
                URI page =
                        URI.create(
                                out.toString()
                                        .lines()
                                        .filter(line -> line.startsWith("page: "))
                                        .findFirst()
                                        .orElseThrow()
                                        .substring("page: ".length()));
                assertThat(page.getFragment()).matches("token=[0-9a-f]{32}");
                assertThat(out.toString())
                        .contains("  not opened in a browser: the output is no terminal\n");
                try (InputStream in = page.toURL().openStream()) {
                    assertThat(new String(in.readAllBytes(), StandardCharsets.UTF_8))
                            .contains("<title>fullnat</title>");
                }
            } finally {
                termination.request();
            }
            assertThat(status.get()).as(out.toString()).isZero();
        }
        assertThat(out.toString()).endsWith("all went right" + System.lineSeparator());
    }

    @Test
    void countsAnInterruptedDemoAsFailed() {
        Termination termination = new Termination();
        termination.request();
        StringWriter err = new StringWriter();

        int status =
                Fullnat.commandLine(termination, DemoCommandTest::nobody)
                        .setOut(new PrintWriter(new StringWriter()))
                        .setErr(new PrintWriter(err))
                        .execute("demo", "--memory");

        assertThat(err.toString()).contains("fullnat: interrupted before its 10 s were over");
        assertThat(status).isEqualTo(ErrorCode.CHECK_FAILED.exitStatus());
    }
}
