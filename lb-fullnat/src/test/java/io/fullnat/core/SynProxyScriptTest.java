// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// The rules of the SYN proxy's handshake with the real server, a script each, for IPv4, IPv6 and
/// between them.
class SynProxyScriptTest {
    static Stream<TcpScript> all() {
        return TcpScript.read("synproxy.txt").stream();
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
                .hasSizeGreaterThan(20)
                .allSatisfy(script ->
                        assertThat(script.rule())
                                .as(script.title())
                                .containsPattern("RFC \\d+ |[BC]\\d+"))
                .allSatisfy(script -> assertThat(script.lines()).isNotEmpty());
        assertThat(all().map(TcpScript::title)).doesNotHaveDuplicates();
    }
}
