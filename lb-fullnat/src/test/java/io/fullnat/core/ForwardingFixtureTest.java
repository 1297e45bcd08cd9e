// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// The fixture pages of forwarding, in the folder `forwarding` beside this class: what goes in,
/// what comes out, byte by byte, and how it is counted.
class ForwardingFixtureTest {
    private static final Map<String, FixtureRow> PAGES =
            FixtureRow.pages(
                    "forwarding/connections.txt",
                    "forwarding/refused.txt",
                    "forwarding/headers.txt",
                    "forwarding/sending.txt",
                    "forwarding/conversations.txt",
                    "forwarding/ipv6.txt");

    private static Stream<FixtureRow> rows() {
        return PAGES.values().stream();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("rows")
    void whatGoesInComesOutAsThePageSays(FixtureRow row) {
        FixtureBench.play(PAGES, row);
    }

    @Test
    void thePagesHaveRows() {
        assertThat(rows().filter(FixtureRow::hasFrames)).hasSizeGreaterThanOrEqualTo(60);
    }
}
