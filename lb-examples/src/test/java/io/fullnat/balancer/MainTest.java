package io.fullnat.balancer;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.ErrorCode;
import io.fullnat.balancer.run.Termination;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

final class MainTest {
    private static final Path EXAMPLE = Path.of("src/main/config/fullnat.yaml");

    private record Result(int status, String out, String err) {}

    private static int nobody(
            Path socket, List<String> words, String input, PrintWriter out, PrintWriter err) {
        throw new AssertionError("no balancer is needed for " + words);
    }

    private static Result fullnat(String... arguments) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        CommandLine command =
                Fullnat.commandLine(new Termination(), MainTest::nobody)
                        .setOut(new PrintWriter(out))
                        .setErr(new PrintWriter(err));
        int status = command.execute(arguments);
        command.getOut().flush();
        return new Result(status, out.toString(), err.toString());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "''                      | no command given; see \"fullnat --help\"",
                "--bogus                 | Unknown option: '--bogus'; see \"fullnat --help\"",
                "walk                    | Unmatched argument at index 0: 'walk'; see \"fullnat"
                        + " --help\"",
                "run                     | Missing required option: '--config=FILE'; see \"fullnat"
                        + " run --help\"",
                "config                  | no command given; see \"fullnat config --help\"",
                "config check            | Missing required parameter: 'FILE'; see \"fullnat config"
                        + " check --help\"",
                "demo --seconds 0        | --seconds 0 is not 1-86400; see \"fullnat demo --help\"",
                "demo --seconds ten      | Invalid value for option '--seconds': 'ten' is not an"
                        + " int; see \"fullnat demo --help\"",
                "demo --keep --memory    | --keep and --memory exclude each other: nothing outside"
                        + " can reach memory; see \"fullnat demo --help\""
            })
    void saysInOneLineWhatIsWrongWithTheCommand(String arguments, String expected) {
        Result result = fullnat(arguments.isEmpty() ? new String[0] : arguments.split(" "));

        assertThat(result.err()).isEqualTo("fullnat: " + expected + System.lineSeparator());
        assertThat(result.out()).isEmpty();
        assertThat(result.status()).isEqualTo(ErrorCode.INVALID_ARGUMENT.exitStatus());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "--help",
                "run --help",
                "demo --help",
                "config check --help",
                "help",
                "reload --help",
                "host --help",
                "config export --help"
            })
    void explainsItselfWithExamples(String arguments) {
        Result result = fullnat(arguments.split(" "));

        assertThat(result.out()).contains("Usage: fullnat").contains("Example");
        assertThat(result.err()).isEmpty();
        assertThat(result.status()).isZero();
    }

    @Test
    void tellsItsVersion() {
        assertThat(fullnat("--version").out()).matches("fullnat \\d+\\.\\d+\\.\\d+.*, Java .+\\R");
    }

    @Test
    void checksTheExampleConfiguration() {
        Result result = fullnat("config", "check", EXAMPLE.toString());

        assertThat(result.err()).isEmpty();
        assertThat(result.out())
                .isEqualTo(
                        EXAMPLE
                                + ": correct; ports 2, workers 2, services 2"
                                + System.lineSeparator());
        assertThat(result.status()).isZero();
    }

    @Test
    void saysWhetherTheMachineSuitsAConfiguration(@TempDir Path folder) throws IOException {
        Path file =
                Files.writeString(
                        folder.resolve("f.yaml"), "ports: [{name: out, device: 'ring:'}]\n");

        Result result = fullnat("config", "check", "--host", file.toString());

        assertThat(result.out().lines())
                .contains("host: worker 0 not pinned")
                .anyMatch(line -> line.startsWith("advice: NOT_PINNED: "));
        assertThat(result.status()).isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"config check", "run --config"})
    void startsNothingWithAWrongConfiguration(String command, @TempDir Path folder)
            throws IOException {
        Path file = Files.writeString(folder.resolve("f.yaml"), "ports: []\nspeed: 11\n");

        Result result = fullnat((command + " " + file).split(" "));

        assertThat(result.err().lines())
                .containsExactly(
                        "fullnat: " + file + ":1: ports: at least one port is needed",
                        "fullnat: "
                                + file
                                + ":2: unknown key \"speed\"; known keys: workers, memory, ports,"
                                + " api, arp, addresses, routes, neighbours, timeouts, services, unused-ports");
        assertThat(result.out()).isEmpty();
        assertThat(result.status()).isEqualTo(ErrorCode.INVALID_CONFIGURATION.exitStatus());
    }

    @Test
    void saysWhichDeviceIsMissing(@TempDir Path folder) throws IOException {
        Path file =
                Files.writeString(
                        folder.resolve("f.yaml"),
                        "ports: [{name: out, device: 'af_packet:nosuch0'}]\n");

        Result result = fullnat("run", "--config", file.toString());

        assertThat(result.err()).startsWith("fullnat: ").contains("nosuch0");
        assertThat(result.status()).isEqualTo(ErrorCode.DEVICE.exitStatus());
    }

    @Test
    void playsTheDemoInMemory() {
        Result result = fullnat("demo", "--memory", "--seconds", "2");

        assertThat(result.err()).isEmpty();
        assertThat(result.out())
                .contains("HTTP, kept alive", "HTTP, one per connection", "UDP echo")
                .contains("servers saw 203.0.113.101, 203.0.113.102, 203.0.113.103")
                .contains("local addresses all, not the client 198.51.100.10")
                .contains("203.0.113.101 replaced by 203.0.113.103")
                .endsWith("all went right" + System.lineSeparator());
        assertThat(result.out().lines()).allSatisfy(line -> assertThat(line).hasSizeLessThan(80));
        assertThat(result.status()).isZero();
    }

    @Test
    void countsAnInterruptedDemoAsFailed() {
        Termination termination = new Termination();
        termination.request();
        StringWriter err = new StringWriter();

        int status =
                Fullnat.commandLine(termination, MainTest::nobody)
                        .setOut(new PrintWriter(new StringWriter()))
                        .setErr(new PrintWriter(err))
                        .execute("demo", "--memory");

        assertThat(err.toString()).contains("fullnat: interrupted before its 10 s were over");
        assertThat(status).isEqualTo(ErrorCode.CHECK_FAILED.exitStatus());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "reload                               | /run/fullnat.sock reload",
                "reload --json --dry-run --socket /s  | /s reload --dry-run --json",
                "config export                        | /run/fullnat.sock config export",
                "config export --socket /s            | /s config export"
            })
    void letsTheRunningBalancerDoIt(String typed, String expected) {
        StringWriter out = new StringWriter();
        Remote remote =
                (socket, words, input, stdout, stderr) -> {
                    stdout.print(socket + " " + String.join(" ", words));
                    return 7;
                };

        int status =
                Fullnat.commandLine(new Termination(), remote)
                        .setOut(new PrintWriter(out, true))
                        .execute(typed.split(" "));

        assertThat(out).hasToString(expected);
        assertThat(status).isEqualTo(7);
    }
}
