// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.balancer.api.ApiFuzz;
import io.fullnat.balancer.cli.CommandFuzz;
import io.fullnat.balancer.config.ConfigurationFuzz;
import io.fullnat.balancer.server.HttpFuzz;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.Timeout;

/// What a fuzzer began with and what it found, once more, without the fuzzer.
@Timeout(300)
final class CorpusTest {
    private static final Path CORPUS = Path.of("src/test/corpus");

    /// Takes an input.
    @FunctionalInterface
    private interface Target {
        void run(byte[] input) throws IOException;
    }

    @AfterAll
    static void close() throws IOException {
        HttpFuzz.close();
    }

    @TestFactory
    Stream<DynamicContainer> everyInputEndsWell() throws IOException {
        return Stream.of(
                target("configuration", ConfigurationFuzz::fuzzerTestOneInput),
                target("commands", CommandFuzz::fuzzerTestOneInput),
                target("api", ApiFuzz::fuzzerTestOneInput),
                target("http", HttpFuzz::fuzzerTestOneInput));
    }

    private static DynamicContainer target(String name, Target target) throws IOException {
        List<Path> files;
        try (Stream<Path> all = Files.list(CORPUS.resolve(name))) {
            files = all.sorted().toList();
        }
        assertThat(files).as("inputs of %s", name).isNotEmpty();
        return DynamicContainer.dynamicContainer(
                name,
                files.stream()
                        .map(file ->
                                DynamicTest.dynamicTest(
                                        file.getFileName().toString(),
                                        () -> target.run(Files.readAllBytes(file)))));
    }
}
