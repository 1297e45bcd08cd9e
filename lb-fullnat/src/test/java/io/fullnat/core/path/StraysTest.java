// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.path;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class StraysTest {
    private static final long MS = 1_000_000;
    private static final long HASH = 0x1234_5678_0000_0042L;

    private final Strays strays = new Strays();

    @Test
    void oneThatComesAgainAfterAWhileIsRepeated() {
        assertThat(strays.isRepeated(HASH, 5000 * MS)).isFalse();
        assertThat(strays.isRepeated(HASH, 5010 * MS)).isFalse();
        assertThat(strays.isRepeated(HASH, 6999 * MS)).isFalse();
        assertThat(strays.isRepeated(HASH, 7000 * MS)).isTrue();
        assertThat(strays.isRepeated(HASH, 604_999 * MS)).isTrue();
        assertThat(strays.isRepeated(HASH, 605_000 * MS)).isFalse();
    }

    @Test
    void anotherIsNot() {
        assertThat(strays.isRepeated(HASH, 0)).isFalse();
        assertThat(strays.isRepeated(HASH ^ 1L << 40, 2500 * MS)).isFalse();
        assertThat(strays.isRepeated(HASH, 5000 * MS)).as("displaced").isFalse();
        assertThat(strays.isRepeated(HASH + 1, 5000 * MS)).isFalse();
        assertThat(strays.isRepeated(HASH, 7500 * MS)).isTrue();
    }

    /// Milliseconds of a worker that has run for seven weeks wrap.
    @Test
    void timeWraps() {
        long wrap = (1L << 32) * MS;
        assertThat(strays.isRepeated(HASH, wrap - 1000 * MS)).isFalse();
        assertThat(strays.isRepeated(HASH, wrap + 1000 * MS)).isTrue();
    }
}
