// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// The rules of TCP tracking, a script each, for IPv4, IPv6 and between them.
class TcpScriptTest {
    private static final List<String> FILES =
            List.of(
                    "handshake.txt",
                    "resets.txt",
                    "closing.txt",
                    "reuse.txt",
                    "windows.txt",
                    "ends.txt");

    static Stream<TcpScript> all() {
        return FILES.stream().flatMap(name -> TcpScript.read(name).stream());
    }

    static Stream<Arguments> scripts() {
        return all().flatMap(script ->
                Arrays.stream(FamilyPair.values()).map(families -> Arguments.of(families, script)));
    }

    @ParameterizedTest(name = "{0}: {1}")
    @MethodSource("scripts")
    void script(FamilyPair families, TcpScript script) {
        try (TcpScriptRun run = new TcpScriptRun(families)) {
            run.play(script);
        }
    }

    @Test
    void eachNamesItsRule() {
        assertThat(all())
                .hasSizeGreaterThanOrEqualTo(60)
                .allSatisfy(script ->
                        assertThat(script.rule())
                                .as(script.title())
                                .containsPattern("RFC \\d+ |B\\d+"))
                .allSatisfy(script -> assertThat(script.lines()).isNotEmpty());
        assertThat(all().map(TcpScript::title)).doesNotHaveDuplicates();
    }

    /// What went wrong for others, row by row.
    @Test
    void eachRowOfWhatWentWrongForOthersHasOne() {
        List<String> rules =
                all().flatMap(script -> Arrays.stream(script.rule().split("[, ]+", -1))).toList();

        assertThat(rules)
                .containsAll(IntStream.rangeClosed(1, 20).mapToObj(row -> "B" + row).toList());
    }
}
