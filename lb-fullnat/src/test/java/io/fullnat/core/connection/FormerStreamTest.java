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
        Memory.putLong(entry + ConnectionLayout.BYTES, 200);

        assertThat(FormerStream.mayHave(entry, 50)).isTrue();
        assertThat(FormerStream.mayHave(entry, -100)).isTrue();
        assertThat(FormerStream.mayHave(entry, -150)).isTrue();
        assertThat(FormerStream.mayHave(entry, -151)).isFalse();
        assertThat(FormerStream.mayHave(entry, 51)).isFalse();
        assertThat(FormerStream.mayHave(entry, Integer.MAX_VALUE)).isFalse();
    }

    @Test
    void oneThatNoServerHasAnsweredHasItsFirstNumberAlone() {
        Memory.putInt(entry + ConnectionLayout.IN_END, 7);
        Memory.putLong(entry + ConnectionLayout.BYTES, 200);

        assertThat(FormerStream.mayHave(entry, 7)).isTrue();
        assertThat(FormerStream.mayHave(entry, 6)).isFalse();
        assertThat(FormerStream.mayHave(entry, 8)).isFalse();
    }
}
