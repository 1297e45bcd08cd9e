// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.memoryio;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.io.Memory;
import io.fullnat.api.io.PacketBurst;
import io.fullnat.api.io.PortQueue;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

/// Threads that send to one queue, and free each other's buffers, at once.
class ConcurrencyTest {
    private static final int PRODUCERS = 3;
    private static final int PER_PRODUCER = 100_000;
    private static final int LENGTH = 64;

    private final AtomicBoolean stopped = new AtomicBoolean();

    /// Each frame carries its producer and number: none is lost or doubled, and those of one
    /// producer stay in order. The pool is smaller than what could be under way, so buffers go
    /// round between the threads all the time.
    @Test
    void everyFrameArrivesOnceAndInItsSendersOrder() throws Exception {
        try (ExecutorService threads = Executors.newFixedThreadPool(PRODUCERS);
                InMemoryIo io =
                        InMemoryIo.builder()
                                .buffers(100)
                                .wire(
                                        PortSettings.of("near", "02:00:00:00:00:01")
                                                .withQueues(PRODUCERS),
                                        PortSettings.of("far", "02:00:00:00:00:02")
                                                .withQueueDepth(64))
                                .open()) {
            Wire wire = io.wire("near");
            List<Future<?>> producers = new ArrayList<>();
            for (int i = 0; i < PRODUCERS; i++) {
                int producer = i;
                producers.add(
                        threads.submit(() -> produce(io, wire.near().queue(producer), producer)));
            }
            try {
                consume(io, wire.far().queue(0), producers);
            } finally {
                stopped.set(true);
                for (Future<?> producer : producers) {
                    producer.get();
                }
            }
            assertThat(io.buffers().inUse()).isZero();
            assertThat(wire.near().statistics().sentPackets())
                    .isEqualTo((long) PRODUCERS * PER_PRODUCER);
        }
    }

    private void produce(InMemoryIo io, PortQueue queue, int producer) {
        PacketBurst burst = new PacketBurst(16);
        int made = 0;
        while (!stopped.get() && (made < PER_PRODUCER || burst.size() > 0)) {
            while (made < PER_PRODUCER && !burst.isFull() && io.buffers().allocate(burst)) {
                int index = burst.size() - 1;
                Memory.putInt(burst.data(index), producer);
                Memory.putInt(burst.data(index) + 4, made);
                burst.set(index, burst.data(index), LENGTH);
                made++;
            }
            int taken = queue.transmit(burst);
            burst.removeFirst(taken);
            if (taken == 0) {
                LockSupport.parkNanos(1_000);
            }
        }
    }

    private static void consume(InMemoryIo io, PortQueue queue, List<Future<?>> producers) {
        int[] next = new int[PRODUCERS];
        PacketBurst burst = new PacketBurst(32);
        BitSet done = new BitSet();
        while (done.cardinality() < PRODUCERS) {
            if (queue.receive(burst) == 0) {
                assertThat(producers)
                        .as("a producer that failed, or was done while frames are missing")
                        .noneMatch(producer -> producer.state() == Future.State.FAILED);
                LockSupport.parkNanos(1_000);
            }
            for (int i = 0; i < burst.size(); i++) {
                int producer = Memory.getInt(burst.data(i));
                assertThat(Memory.getInt(burst.data(i) + 4)).isEqualTo(next[producer]);
                next[producer]++;
                done.set(producer, next[producer] == PER_PRODUCER);
            }
            io.buffers().freeAll(burst);
        }
    }
}
