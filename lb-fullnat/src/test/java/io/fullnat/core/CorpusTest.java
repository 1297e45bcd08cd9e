// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/// What a fuzzer began with and what it found, once more, without the fuzzer.
class CorpusTest {
    private static final Path CORPUS = Path.of("src/test/corpus");

    @TestFactory
    Stream<DynamicContainer> everyInputEndsWell() throws IOException {
        return Stream.of(
                target("frames", FramesFuzz::fuzzerTestOneInput),
                target("flows", FlowsFuzz::fuzzerTestOneInput),
                target("families", FamiliesFuzz::fuzzerTestOneInput),
                target("sessions", SessionsFuzz::fuzzerTestOneInput));
    }

    private static DynamicContainer target(String name, Consumer<byte[]> target)
            throws IOException {
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
                                        () -> target.accept(Files.readAllBytes(file)))));
    }
}
