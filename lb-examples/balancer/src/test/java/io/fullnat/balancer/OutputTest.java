// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.ErrorCode;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// A command whose output is lost does not end well.
class OutputTest {
    private static final File FULL_DISK = new File("/dev/full");

    @TempDir Path directory;

    private record Ended(int status, String err) {}

    private Ended run(ProcessBuilder.Redirect output, String line) throws Exception {
        List<String> command = new ArrayList<>();
        command.add(ProcessHandle.current().info().command().orElseThrow());
        command.addAll(
                List.of("-XX:TieredStopAtLevel=1", "-cp", System.getProperty("java.class.path")));
        command.add("io.fullnat.balancer.Main");
        command.addAll(List.of(line.split(" ")));
        Path err = directory.resolve("err");
        ProcessBuilder builder =
                new ProcessBuilder(command).redirectOutput(output).redirectError(err.toFile());
        builder.environment().put("FULLNAT_SOCKET", directory.resolve("s").toString());
        Process process = builder.start();
        process.getOutputStream().close();
        process.getInputStream().close();
        return new Ended(process.waitFor(), Files.readString(err, StandardCharsets.UTF_8));
    }

    @ParameterizedTest
    @ValueSource(strings = {"--help", "ipvsadm --help", "service --help", "completion bash"})
    void aFullDiskIsAnError(String line) throws Exception {
        Ended ended = run(ProcessBuilder.Redirect.to(FULL_DISK), line);

        assertThat(ended.status()).isEqualTo(ErrorCode.OUTPUT.exitStatus());
        assertThat(ended.err())
                .isEqualTo("fullnat: the output could not be written: No space left on device\n");
    }

    /// A file to be restored or read from later is not taken for whole: the balancer did its part.
    @ParameterizedTest
    @ValueSource(strings = {"ipvsadm -S", "config export", "connection list"})
    void aFullDiskIsAnErrorThoughTheBalancerAnsweredWell(String line) throws Exception {
        String well = FakeBalancer.chunks("{\"out\":\"all of it\\n\"}", "{\"exit\":0}");
        try (FakeBalancer balancer = new FakeBalancer(directory.resolve("s"), well)) {
            Ended ended = run(ProcessBuilder.Redirect.to(FULL_DISK), line);

            assertThat(balancer.asked()).hasSize(1);
            assertThat(ended.status()).isEqualTo(ErrorCode.OUTPUT.exitStatus());
            assertThat(ended.err())
                    .isEqualTo(
                            "fullnat: the output could not be written: No space left on device\n");
        }
    }

    /// Standard output does not tell who writes to it: a capture has to ask, else it goes on.
    @Test
    void aCaptureEndsWhenItsOutputIsLost() throws Exception {
        Path socket = directory.resolve("s");
        String twice = FakeBalancer.chunks("{\"out\":\"YWJj\\n\"}", "{\"out\":\"YWJj\\n\"}");
        try (FakeBalancer balancer = new FakeBalancer(socket, twice)) {
            Ended ended =
                    run(ProcessBuilder.Redirect.to(FULL_DISK), "capture -w - --socket " + socket);

            assertThat(balancer.asked()).hasSize(1);
            assertThat(ended.status()).isEqualTo(ErrorCode.OUTPUT.exitStatus());
            assertThat(ended.err())
                    .endsWith(
                            "fullnat: the output could not be written: No space left on device\n");
        }
    }

    @Test
    void anErrorOfTheCommandKeepsItsStatus() throws Exception {
        Ended ended = run(ProcessBuilder.Redirect.to(FULL_DISK), "config check /nonexistent.yaml");

        assertThat(ended.status()).isEqualTo(ErrorCode.INVALID_ARGUMENT.exitStatus());
        assertThat(ended.err()).contains("/nonexistent.yaml");
    }

    @Test
    void aReaderThatHasGoneEndsItSilently() throws IOException {
        try (Output output =
                new Output(
                        new java.io.OutputStream() {
                            @Override
                            public void write(int b) throws IOException {
                                throw new IOException("Broken pipe");
                            }
                        })) {
            java.io.ByteArrayOutputStream err = new java.io.ByteArrayOutputStream();
            java.io.PrintStream out = new java.io.PrintStream(output, true, StandardCharsets.UTF_8);
            out.println("a line");

            assertThat(output.status(0, new java.io.PrintStream(err, true, StandardCharsets.UTF_8)))
                    .isEqualTo(141);
            assertThat(err.size()).isZero();
        }
    }
}
