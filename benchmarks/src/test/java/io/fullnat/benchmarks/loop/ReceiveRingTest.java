// SPDX-License-Identifier: Apache-2.0
package io.fullnat.benchmarks.loop;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ReceiveRingTest {
    private final ReceiveRing ring = new ReceiveRing();

    @Test
    void packetsComeOutInTheirOrder() {
        for (int turn = 0; turn < 3000; turn++) {
            assertThat(ring.add(turn & 3, turn)).isTrue();
            assertThat(ring.add(3, (1L << 62) - 1 - turn)).isTrue();
            assertThat(ring.kind()).isEqualTo(turn & 3);
            assertThat(ring.poll()).isEqualTo(turn);
            assertThat(ring.kind()).isEqualTo(3);
            assertThat(ring.poll()).isEqualTo((1L << 62) - 1 - turn);
        }
        assertThat(ring.isEmpty()).isTrue();
    }

    @Test
    void whatFindsNoRoomIsLost() {
        for (int i = 0; i < ReceiveRing.LENGTH; i++) {
            assertThat(ring.add(0, i)).isTrue();
        }
        assertThat(ring.add(2, 7)).isFalse();
        assertThat(ring.lost(2)).isOne();
        assertThat(ring.lost(0)).isZero();
        ring.poll();
        assertThat(ring.add(2, 8)).isTrue();
    }
}
