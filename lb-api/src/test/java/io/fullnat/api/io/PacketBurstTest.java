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
        assertThat(burst.verdict(2)).isEqualTo(PacketBurst.IP_CHECKSUM_GOOD);
    }

    @Test
    void aPacketBehindThoseThatWerePutIsAdded() {
        burst.put(0, 1, 2, 60, 0);
        burst.resize(1);
        burst.add(3, 4, 61, PacketBurst.IP_CHECKSUM_BAD);
        assertThat(burst.size()).isEqualTo(2);
        assertThat(burst.buffer(0)).isEqualTo(1);
        assertThat(burst.buffer(1)).isEqualTo(3);
        assertThat(burst.verdict(1)).isEqualTo(PacketBurst.IP_CHECKSUM_BAD);
    }

    @Test
    void whatWasReceivedAndHowToSendAreApart() {
        burst.add(1, 2, 60, PacketBurst.IP_CHECKSUM_GOOD);
        assertThat(burst.tag(0)).as("tag of a received packet").isZero();
        assertThat(burst.offloads(0)).isZero();

        burst.set(0, 4, 62);
        assertThat(burst.verdict(0)).isEqualTo(PacketBurst.IP_CHECKSUM_GOOD);

        int tag = (1 << PacketBurst.TAG_BITS) - 1;
        burst.send(0, 6, 64, tag);
        assertThat(burst.verdict(0)).as("verdict of a packet to be sent").isZero();
        assertThat(burst.tag(0)).isEqualTo(tag);
        assertThat(burst.length(0)).isEqualTo(64);

        burst.set(0, 8, 66);
        assertThat(burst.tag(0)).isEqualTo(tag);
        assertThat(burst.data(0)).isEqualTo(8);
        assertThat(burst.length(0)).isEqualTo(66);
    }

    @Test
    void offloadsAreAFieldOfTheTag() {
        burst.addToSend(1, 2, 60, 0xA5 << PacketBurst.TAG_LOW_BITS | 3);

        assertThat(burst.offloads(0)).isEqualTo(0xA5);
        assertThat(burst.tag(0) & 3).isEqualTo(3);
        assertThat(burst.tag(0) >>> (PacketBurst.TAG_LOW_BITS + PacketBurst.OFFLOAD_BITS)).isZero();
    }

    @Test
    void aVerdictOfTooManyBitsTouchesNothingElse() {
        burst.add(1, 2, 60, -1);

        assertThat(burst.verdict(0)).isEqualTo(0xFF);
        assertThat(burst.tag(0)).isZero();
        assertThat(burst.length(0)).isEqualTo(60);
    }

    @Test
    void refusesAPlaceBehindItsCapacity() {
        assertThatThrownBy(() -> burst.put(4, 1, 2, 60, 0))
                .isInstanceOf(ArrayIndexOutOfBoundsException.class);
    }
}
