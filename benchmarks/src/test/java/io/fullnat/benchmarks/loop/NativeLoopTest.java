// SPDX-License-Identifier: Apache-2.0
package io.fullnat.benchmarks.loop;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// The C version of the fast path compiles without a warning, and forwards: it checks that itself,
/// and ends with an error otherwise.
class NativeLoopTest {
    private static final String ROUNDS = "2";
    private static final String MILLIONS = "1";

    @TempDir private Path folder;

    /// How a command ended.
    ///
    /// @param status its exit status
    /// @param output standard output and error together
    private record Ended(int status, String output) {
        List<String> results() {
            return output.lines().filter(line -> line.startsWith("ns ")).toList();
        }
    }

    private static Ended run(List<String> command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Ended(process.waitFor(), output);
    }

    @BeforeEach
    void requireCompiler() throws InterruptedException {
        try {
            if (run(List.of("gcc", "--version")).status() == 0) {
                return;
            }
        } catch (IOException absent) {
            // said below, as for one that does not work
        }
        String message = "needs gcc (apt-get install gcc libc6-dev)";
        if ("required".equals(System.getProperty("network"))) {
            Assertions.fail("-Dnetwork=required, but: " + message);
        }
        Assumptions.abort(message);
    }

    private String compiled(String... variant) throws IOException, InterruptedException {
        String binary = folder.resolve("loop").toString();
        List<String> command =
                new ArrayList<>(
                        List.of(
                                "gcc",
                                "-std=c11",
                                "-march=native",
                                "-O2",
                                "-Wall",
                                "-Wextra",
                                "-Wconversion",
                                "-Werror"));
        command.addAll(List.of(variant));
        command.addAll(List.of("-o", binary, "native/loop.c"));
        assertThat(run(command)).isEqualTo(new Ended(0, ""));
        return binary;
    }

    @ParameterizedTest
    @ValueSource(strings = {"-O3", "-DPREFETCH", "-DTAGS_SSE2"})
    void forwardsEveryPacketOfNewAndOfKnownConnections(String variant)
            throws IOException, InterruptedException {
        String loop = compiled(variant);

        for (String phase : List.of("first", "steady")) {
            Ended ended =
                    run(List.of(loop, "udp-both", "20000", "ordered", phase, ROUNDS, MILLIONS));

            assertThat(ended.status()).as(ended.output()).isZero();
            assertThat(ended.results()).as(ended.output()).hasSize(2);
        }
    }

    @Test
    void thePortAloneIsMeasuredToo() throws IOException, InterruptedException {
        String loop = compiled("-DWITHOUT_ENGINE");

        Ended ended = run(List.of(loop, "udp-both", "20000", "random", "steady", ROUNDS, MILLIONS));

        assertThat(ended.status()).as(ended.output()).isZero();
        assertThat(ended.results()).hasSize(2);
    }

    @ParameterizedTest
    @CsvSource({
        "udp-one, 1, ordered, steady, 1, 1, udp-one",
        "udp-both, 0, ordered, steady, 1, 1, FLOWS",
        "udp-both, 1, unordered, steady, 1, 1, unordered",
        "udp-both, 1, random, first, 1, 1, order",
        "udp-both, 1, ordered, last, 1, 1, last",
        "udp-both, 1, ordered, steady, x, 1, ROUNDS",
        "udp-both, 1, ordered, steady, 1, 9999, MILLIONS",
    })
    void aWrongArgumentIsNamed(
            String traffic,
            String flows,
            String order,
            String phase,
            String rounds,
            String millions,
            String named)
            throws IOException, InterruptedException {
        String loop = compiled("-O0");

        Ended ended = run(List.of(loop, traffic, flows, order, phase, rounds, millions));

        assertThat(ended.status()).isEqualTo(2);
        assertThat(ended.output()).contains(named);
    }
}
