// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.worker;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.core.stack.NeighbourNews;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/// What workers tell each other when they end, [Quiescence], and control while they run,
/// [NewsRing].
class QuiescenceTest {
    @Test
    void workersGoOnUntilTheLastHandsNothingOverAnyMore() {
        Quiescence quiescence = new Quiescence(2);
        assertThat(quiescence.isStopping()).isFalse();

        quiescence.stop();
        assertThat(quiescence.isStopping()).isTrue();
        quiescence.reached();
        assertThat(quiescence.allQuiet()).isFalse();
        quiescence.reached();
        assertThat(quiescence.allQuiet()).isTrue();
    }

    /// Twice: one reading ends where the ring begins anew.
    private static void read(NewsRing ring, List<Integer> devices) {
        for (int i = 0; i < 2; i++) {
            ring.read((what, device, high, low, before, now) -> devices.add(device));
        }
    }

    @Test
    void newsAreReadOnceAndInTheirOrder() {
        NewsRing ring = new NewsRing();
        List<Integer> devices = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            ring.tell(NeighbourNews.MOVED, i, 0, 7, 1, 2);
        }

        read(ring, devices);
        read(ring, devices);

        assertThat(devices).containsExactly(0, 1, 2, 3, 4);
    }

    @Test
    void newsThatFindNoRoomAreLostAndLaterOnesAreNot() {
        NewsRing ring = new NewsRing();
        List<Integer> devices = new ArrayList<>();
        for (int i = 0; i < 10_000; i++) {
            ring.tell(NeighbourNews.MOVED, i, 0, 7, 1, 2);
        }
        read(ring, devices);
        int read = devices.size();
        assertThat(read).isBetween(100, 9_999);
        assertThat(devices.getLast()).as("the first ones").isEqualTo(read - 1);

        ring.tell(NeighbourNews.ADDRESS_CONFLICT, 77, 0, 7, 1, 2);
        read(ring, devices);

        assertThat(devices).hasSize(read + 1).endsWith(77);
    }
}
