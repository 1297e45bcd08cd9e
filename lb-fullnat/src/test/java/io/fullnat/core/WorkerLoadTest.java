// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

import static io.fullnat.core.Rig.fromClient;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.counter.Counter;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/// What a worker counts of its load: how large its bursts are and how long it is busy.
class WorkerLoadTest {
    /// Sizes at both ends of each range.
    @Test
    void burstsAreCountedBySize() {
        Map<Integer, Counter> sizes = new TreeMap<>();
        sizes.put(1, Counter.BURSTS_OF_1);
        sizes.put(2, Counter.BURSTS_OF_2);
        sizes.put(3, Counter.BURSTS_OF_2);
        sizes.put(4, Counter.BURSTS_OF_4);
        sizes.put(7, Counter.BURSTS_OF_4);
        sizes.put(8, Counter.BURSTS_OF_8);
        sizes.put(15, Counter.BURSTS_OF_8);
        sizes.put(16, Counter.BURSTS_OF_16);
        sizes.put(31, Counter.BURSTS_OF_16);
        sizes.put(32, Counter.BURSTS_OF_32);
        sizes.put(63, Counter.BURSTS_OF_32);
        sizes.put(64, Counter.BURSTS_OF_64);
        try (Rig rig = new Rig().configured()) {
            sizes.forEach((size, counter) -> {
                rig.run();
                long received = rig.count(Counter.RECEIVED);
                long before = rig.count(counter);
                for (int i = 0; i < size; i++) {
                    rig.client.send(fromClient().udp(40000 + i, 53));
                }
                rig.balancer.doWork();
                assertThat(rig.count(Counter.RECEIVED)).isEqualTo(received + size);
                assertThat(rig.count(counter) - before).as("%d packets", size).isOne();
                rig.run();
                rig.out();
            });
        }
    }

    /// A cycle lasts until the next begins, and counts if there was something to do in it.
    @Test
    void busyIsTheTimeOfCyclesWithWork() {
        try (Rig rig = new Rig().configured()) {
            rig.run();
            rig.out();
            settle(rig);
            long idle = rig.count(Counter.BUSY_NANOSECONDS);
            rig.clock.advance(Duration.ofMillis(3));
            rig.balancer.doWork();
            assertThat(rig.count(Counter.BUSY_NANOSECONDS)).isEqualTo(idle);

            rig.client.send(fromClient().udp(40000, 53));
            rig.balancer.doWork();
            rig.clock.advance(Duration.ofNanos(1500));
            rig.balancer.doWork();
            assertThat(rig.count(Counter.BUSY_NANOSECONDS)).isEqualTo(idle + 1500);
        }
    }

    @Test
    void theRoomForConnectionsIsTold() {
        try (Rig rig = new Rig(1, 1000)) {
            assertThat(rig.count(Counter.CONNECTION_CAPACITY)).isEqualTo(1000);
        }
    }

    private static void settle(Rig rig) {
        int left = 1000;
        while (rig.balancer.doWork() > 0) {
            assertThat(--left).isPositive();
        }
    }
}
