// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.balancer.client.Client;
import io.fullnat.balancer.client.RemoteCommands;
import io.fullnat.balancer.client.Repetition;
import io.fullnat.balancer.run.Termination;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;

/// The two clients of a running balancer: the one in Java, within this process, and that in Perl,
/// which leaves what it does not do to a program that only says so.
final class BothClients {
    /// What the client in Perl ends with where it left the line to the one in Java.
    static final int LEFT = 99;

    /// The folder of `./fullnat`.
    static final Path ROOT = root();

    /// The one in Perl repeats nothing, so there is nothing to compare.
    private static final Repetition UNUSED = Repetition.ofProcess(new Termination(), Map.of());

    private static final Path PERL = Path.of("/usr/bin/perl");

    private final Path folder;
    private final Path java;

    /// What a client did.
    record Result(String out, String err, int status) {}

    /// @param folder for files
    BothClients(Path folder) throws IOException {
        // Never skipped: no Debian or Ubuntu is without perl-base, which is all that is needed.
        assertThat(PERL).as("Perl, of the essential package perl-base").isExecutable();
        this.folder = folder;
        java =
                Files.writeString(
                        folder.resolve("java"),
                        "echo \"$FULLNAT_CLIENT\"; printf '<%s>' \"$@\"; cat; exit " + LEFT + "\n");
    }

    private static Path root() {
        for (Path folder = Path.of("").toAbsolutePath();
                folder != null;
                folder = folder.getParent()) {
            if (Files.exists(folder.resolve("config/client.pl"))) {
                return folder;
            }
        }
        throw new IllegalStateException("no config/client.pl above the tests");
    }

    /// What the client in Java makes of a line.
    static Result java(Map<String, String> environment, List<String> line, byte[] input) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        PrintWriter outWriter = new PrintWriter(out, false, UTF_8);
        PrintWriter errWriter = new PrintWriter(err, true, UTF_8);
        int status;
        try {
            OptionalInt ended =
                    new RemoteCommands(Client::run, Client::answers, environment, UNUSED)
                            .run(line, new ByteArrayInputStream(input), outWriter, errWriter);
            status = ended.orElseThrow();
        } catch (IOException | RuntimeException e) {
            status = FailureLines.report(e, errWriter);
        }
        outWriter.flush();
        errWriter.flush();
        return new Result(out.toString(UTF_8), err.toString(UTF_8), status & 0xFF);
    }

    /// The words that run the client in Perl.
    List<String> nativeWords(List<String> line) {
        List<String> words = new ArrayList<>();
        words.add(PERL.toString());
        words.add(ROOT.resolve("config/client.pl").toString());
        words.add(java.toString());
        words.addAll(line);
        return words;
    }

    /// What the client in Perl makes of a line.
    Result perl(Map<String, String> environment, List<String> line, byte[] input) throws Exception {
        Path in = Files.write(folder.resolve("in"), input);
        Path out = folder.resolve("out");
        Path err = folder.resolve("err");
        ProcessBuilder builder =
                new ProcessBuilder(nativeWords(line))
                        .redirectInput(in.toFile())
                        .redirectOutput(out.toFile())
                        .redirectError(err.toFile());
        builder.environment().keySet().removeIf(name -> name.matches("FULLNAT_.*|DPVS_.*|PERL.*"));
        builder.environment().putAll(environment);
        Process process = builder.start();
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).as("%s has ended", line).isTrue();
        return new Result(Files.readString(out), Files.readString(err), process.exitValue());
    }

    /// What both make of a line, which must be the same.
    Result both(Path socket, List<String> line, byte[] input) throws Exception {
        return both(socket, socket, line, input);
    }

    /// What both make of a line, each with a balancer of its own.
    Result both(Path javas, Path perls, List<String> line, byte[] input) throws Exception {
        Result expected =
                java(Map.of(RemoteCommands.SOCKET_VARIABLE, javas.toString()), line, input);
        Result seen = perl(Map.of(RemoteCommands.SOCKET_VARIABLE, perls.toString()), line, input);
        assertThat(still(seen)).as("%s", line).isEqualTo(still(expected));
        return seen;
    }

    /// Without the one number that never stands still, and the width that it takes.
    private static Result still(Result result) {
        String out = result.out();
        return out.contains("CYCLES")
                ? new Result(
                        out.replaceAll("(CYCLES\\W+)\\d+", "$1").replaceAll(" +", " "),
                        result.err(),
                        result.status())
                : result;
    }

    /// A program, run by the shell with the client in Perl as `client`.
    Result shell(Path socket, String script) throws Exception {
        Path client = folder.resolve("client");
        try (OutputStream file = Files.newOutputStream(client)) {
            file.write(
                    ("exec " + String.join(" ", nativeWords(List.of())) + " \"$@\"\n")
                            .getBytes(UTF_8));
        }
        ProcessBuilder builder = new ProcessBuilder("sh", "-c", script, "sh", client.toString());
        builder.environment().put(RemoteCommands.SOCKET_VARIABLE, socket.toString());
        Path err = folder.resolve("err");
        Process process = builder.redirectError(err.toFile()).start();
        process.getOutputStream().close();
        String out = new String(process.getInputStream().readAllBytes(), UTF_8);
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).as("%s has ended", script).isTrue();
        return new Result(out, Files.readString(err), process.exitValue());
    }
}
