// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.connection;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.io.Memory;
import io.fullnat.core.memory.Region;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class FormerStreamTest {
    private static final int SERVER_ACKNOWLEDGED =
            ConnectionLayout.FLOW_LENGTH + ConnectionLayout.ACKNOWLEDGED;

    private final Region region = Region.allocate(ConnectionLayout.ENTRY_LENGTH, "an entry");
    private final long entry = region.address();

    @AfterEach
    void close() {
        region.close();
    }

    /// From its first number to its last, across the wrap.
    @Test
    void aStreamHasWhatTheServerHasAcknowledged() {
        Memory.putNetworkInt(entry + SERVER_ACKNOWLEDGED, 50);

        assertThat(FormerStream.mayHave(entry, 50, 200)).isTrue();
        assertThat(FormerStream.mayHave(entry, -100, 200)).isTrue();
        assertThat(FormerStream.mayHave(entry, -150, 200)).isTrue();
        assertThat(FormerStream.mayHave(entry, -151, 200)).isFalse();
        assertThat(FormerStream.mayHave(entry, 51, 200)).isFalse();
        assertThat(FormerStream.mayHave(entry, Integer.MAX_VALUE, 200)).isFalse();
    }

    @Test
    void oneThatNoServerHasAnsweredHasItsFirstNumberAlone() {
        Memory.putInt(entry + ConnectionLayout.IN_END, 7);

        assertThat(FormerStream.mayHave(entry, 7, 200)).isTrue();
        assertThat(FormerStream.mayHave(entry, 6, 200)).isFalse();
        assertThat(FormerStream.mayHave(entry, 8, 200)).isFalse();
    }
}
