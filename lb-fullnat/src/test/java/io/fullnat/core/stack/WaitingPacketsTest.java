// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.stack;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Packets that wait for a MAC address.
class WaitingPacketsTest {
    private final WaitingPackets waiting = new WaitingPackets(WaitingPackets.MOST);

    private boolean add(int neighbour, long buffer) {
        return waiting.add(neighbour, buffer, buffer + 1, (int) buffer + 2, (int) buffer + 3);
    }

    private List<Long> release(int neighbour) {
        List<Long> buffers = new ArrayList<>();
        waiting.release(
                neighbour,
                (buffer, data, length, port) -> {
                    assertThat(data).isEqualTo(buffer + 1);
                    assertThat(length).isEqualTo((int) buffer + 2);
                    assertThat(port).isEqualTo((int) buffer + 3);
                    buffers.add(buffer);
                });
        return buffers;
    }

    @Test
    void theyAreReleasedInTheirOrderEachToItsNeighbour() {
        add(7, 1);
        add(8, 2);
        add(7, 3);
        assertThat(waiting.size()).isEqualTo(3);
        assertThat(waiting.isEmpty(7)).isFalse();

        assertThat(release(7)).containsExactly(1L, 3L);
        assertThat(waiting.isEmpty(7)).isTrue();
        assertThat(release(7)).isEmpty();
        assertThat(release(8)).containsExactly(2L);
        assertThat(waiting.size()).isZero();
    }

    @Test
    void oneNeighbourKeepsOnlySoMany() {
        for (int i = 0; i < WaitingPackets.PER_NEIGHBOUR; i++) {
            assertThat(add(7, i)).isTrue();
        }
        assertThat(add(7, 999)).isFalse();
        assertThat(add(8, 999)).as("others are not hindered").isTrue();

        assertThat(release(7)).hasSize(WaitingPackets.PER_NEIGHBOUR);
        assertThat(add(7, 999)).isTrue();
    }

    @Test
    void allTogetherKeepOnlySoManyAndEachPlaceComesBack() {
        for (int round = 0; round < 3; round++) {
            for (int i = 0; i < WaitingPackets.MOST; i++) {
                assertThat(add(i / WaitingPackets.PER_NEIGHBOUR, i)).isTrue();
            }
            assertThat(add(100, 1)).isFalse();
            for (int neighbour = 0; neighbour <= 100; neighbour++) {
                release(neighbour);
            }
            assertThat(waiting.size()).isZero();
        }
    }

    /// The neighbour may have gone again when its packets are handled.
    @Test
    void whatIsAddedDuringAReleaseWaitsForTheNext() {
        add(7, 1);
        add(7, 2);
        List<Long> seen = new ArrayList<>();

        waiting.release(
                7,
                (buffer, data, length, port) -> {
                    seen.add(buffer);
                    assertThat(add(7, buffer + 10)).isTrue();
                });

        assertThat(seen).containsExactly(1L, 2L);
        assertThat(waiting.size()).isEqualTo(2);
        assertThat(release(7)).containsExactly(11L, 12L);
    }
}
