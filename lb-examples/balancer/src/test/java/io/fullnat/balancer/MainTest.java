// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.ErrorCode;
import io.fullnat.balancer.client.Remote;
import io.fullnat.balancer.run.Termination;
import io.fullnat.balancer.text.JavaText;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
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
                "--bogus                 | unknown option --bogus; see \"fullnat --help\"",
                "walk                    | unknown command \"walk\"; see \"fullnat --help\"",
                "servce list             | unknown command \"servce\", did you mean \"service\"?;"
                        + " see \"fullnat --help\"",
                "config chekc f          | unknown command \"chekc\", did you mean \"check\"?; see"
                        + " \"fullnat config --help\"",
                "reload --dryrun         | unknown option --dryrun, did you mean \"--dry-run\"?;"
                        + " see \"fullnat reload --help\"",
                "reload now              | unexpected word \"now\"; see \"fullnat reload --help\"",
                "run                     | Missing required option: '--config=FILE'; see \"fullnat"
                        + " run --help\"",
                "config                  | no command given; see \"fullnat config --help\"",
                "config check            | Missing required parameter: 'FILE'; see \"fullnat config"
                        + " check --help\""
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
                                + " api, metrics, events, kernel-path, arp, addresses, routes, neighbours, timeouts, sets, services, unused-ports, log");
        assertThat(result.out()).isEmpty();
        assertThat(result.status()).isEqualTo(ErrorCode.INVALID_CONFIGURATION.exitStatus());
    }

    /// Whatever is named as a configuration: a sentence, and an end.
    @Test
    @Timeout(60)
    void saysWhatIsNoConfiguration(@TempDir Path folder) throws Exception {
        Path pipe = folder.resolve("pipe");
        assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor()).isZero();
        Path large = folder.resolve("large.yaml");
        try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(large))) {
            out.write("memory: ".getBytes(StandardCharsets.US_ASCII));
            byte[] piece = "x".repeat(1_000_000).getBytes(StandardCharsets.US_ASCII);
            for (int i = 0; i < 70; i++) {
                out.write(piece);
            }
        }
        String special = " is a device, a pipe or a socket; a file is needed";
        isNone("/dev/zero", "/dev/zero" + special, ErrorCode.INVALID_ARGUMENT);
        isNone("/dev/stdin", "/dev/stdin" + special, ErrorCode.INVALID_ARGUMENT);
        isNone(pipe.toString(), pipe + special, ErrorCode.INVALID_ARGUMENT);
        isNone(
                folder.toString(),
                folder + " is a directory; a file is needed",
                ErrorCode.INVALID_ARGUMENT);
        isNone(
                large.toString(),
                large + " has 70000008 bytes; a configuration may have 67108864",
                ErrorCode.INVALID_ARGUMENT);
        try (FileChannel channel = FileChannel.open(large, StandardOpenOption.WRITE)) {
            channel.truncate(60_000_000);
        }
        isNone(
                large.toString(),
                large + ":1: a value, comment or gap is longer than 1048576 characters",
                ErrorCode.INVALID_CONFIGURATION);
    }

    private static void isNone(String file, String sentence, ErrorCode code) {
        Result result = fullnat("config", "check", file);

        assertThat(result.err()).isEqualTo("fullnat: " + sentence + System.lineSeparator());
        assertThat(result.out()).isEmpty();
        assertThat(result.status()).isEqualTo(code.exitStatus());
    }

    /// Neither the name of a file nor what is in it gets at the terminal.
    @Test
    void showsNothingThatATerminalObeys(@TempDir Path folder) throws IOException {
        Path file = folder.resolve("f\u001b[2J\u202e\n.yaml");
        Files.writeString(file, "ports: []\n\"\\e]0;title\\a\\u009b\": 1\nlog: {level: \"\\e\"}\n");
        Result wrong = fullnat("config", "check", file.toString());
        Files.writeString(file, "ports: [{name: out, device: 'null:'}]\n");
        Result right = fullnat("config", "check", file.toString());

        assertThat(wrong.err())
                .contains(
                        "f\\u001b[2J\\u202e",
                        "unknown key \"\\u001b]0;title\\u0007\\u009b\"",
                        "log.level: the text \"\\u001b\"");
        assertThat(JavaText.in(wrong.err())).isEmpty();
        assertThat(right.out()).contains("f\\u001b[2J\\u202e\\n.yaml: correct");
        assertThat(JavaText.in(right.out())).isEmpty();
        for (String word : List.of("\u001b[2J", "--\u001b[2J", "config \u202e")) {
            assertThat(JavaText.in(fullnat(word.split(" ")).err())).isEmpty();
        }
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
    void isWholeWithoutTheDemo() {
        assertThat(fullnat("--help").out()).contains("run", "host").doesNotContain("demo");
        assertThat(fullnat("demo").status()).isEqualTo(ErrorCode.INVALID_ARGUMENT.exitStatus());
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
