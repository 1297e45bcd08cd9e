// SPDX-License-Identifier: Apache-2.0
package io.fullnat.api.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class PacketBurstTest {
    private final PacketBurst burst = new PacketBurst(4);

    @Test
    void packetsThatWerePutAreThereOnceTheirNumberIsSaid() {
        for (int i = 0; i < 3; i++) {
            burst.put(i, 100 + i, 200 + i, 60 + i, PacketBurst.IP_CHECKSUM_GOOD);
        }
        assertThat(burst.size()).isZero();
        burst.resize(3);
        assertThat(burst.size()).isEqualTo(3);
        assertThat(burst.room()).isEqualTo(1);
        assertThat(burst.buffer(2)).isEqualTo(102);
        assertThat(burst.data(2)).isEqualTo(202);
        assertThat(burst.length(2)).isEqualTo(62);
        assertThat(burst.flags(2)).isEqualTo(PacketBurst.IP_CHECKSUM_GOOD);
    }

    @Test
    void aPacketBehindThoseThatWerePutIsAdded() {
        burst.put(0, 1, 2, 60, 0);
        burst.resize(1);
        burst.add(3, 4, 61, PacketBurst.IP_CHECKSUM_BAD);
        assertThat(burst.size()).isEqualTo(2);
        assertThat(burst.buffer(0)).isEqualTo(1);
        assertThat(burst.buffer(1)).isEqualTo(3);
        assertThat(burst.flags(1)).isEqualTo(PacketBurst.IP_CHECKSUM_BAD);
    }

    @Test
    void refusesAPlaceBehindItsCapacity() {
        assertThatThrownBy(() -> burst.put(4, 1, 2, 60, 0))
                .isInstanceOf(ArrayIndexOutOfBoundsException.class);
    }
}
