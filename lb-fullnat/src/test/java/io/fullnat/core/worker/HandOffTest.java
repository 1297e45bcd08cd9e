// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.worker;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.counter.Counter;
import io.fullnat.api.counter.Outcome;
import io.fullnat.api.io.PacketBurst;
import io.fullnat.core.memory.Region;
import io.fullnat.core.memoryio.InMemoryIo;
import io.fullnat.core.memoryio.PortSettings;
import io.fullnat.core.stack.Frame;
import io.fullnat.core.transmit.WorkerCounters;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.agrona.concurrent.ringbuffer.OneToOneRingBuffer;
import org.junit.jupiter.api.Test;

/// Packets on their way to another worker: they arrive as they were, or are dropped and counted.
class HandOffTest {
    private static final int PACKETS = 8_000;

    @Test
    void whatDoesNotFitTheRingIsDroppedAndItsBufferGivenBack() {
        try (Region memory = Region.allocate(2048, "the counters of a test");
                InMemoryIo io =
                        InMemoryIo.builder()
                                .buffers(PACKETS)
                                .wire(
                                        PortSettings.of("a", "02:00:00:00:00:01"),
                                        PortSettings.of("b", "02:00:00:00:00:02"))
                                .open()) {
            int outcomes = Outcome.values().length;
            WorkerCounters counters =
                    new WorkerCounters(
                            places(memory.address(), outcomes),
                            places(memory.address() + 8L * outcomes, Counter.values().length));
            OneToOneRingBuffer[][] rings = HandOff.rings(2);
            HandOff sender = new HandOff(0, rings, io.buffers(), counters);
            HandOff receiver = new HandOff(1, rings, io.buffers(), counters);
            Frame frame = new Frame();
            PacketBurst burst = new PacketBurst(1);
            List<Long> sent = new ArrayList<>();
            for (int i = 0; i < PACKETS; i++) {
                burst.clear();
                io.buffers().allocate(burst);
                sent.add(burst.buffer(0));
                frame.set(burst.buffer(0), burst.data(0), 60 + i % 1000, 3);
                sender.handOver(1, frame, 2);
            }
            sender.flush();

            long handedOver = counters.get(Outcome.HANDED_OVER);
            assertThat(handedOver).isBetween(1000L, PACKETS - 1000L);
            assertThat(counters.get(Outcome.HAND_OFF_FULL)).isEqualTo(PACKETS - handedOver);
            assertThat(io.buffers().inUse()).isEqualTo(handedOver);
            List<Long> received = new ArrayList<>();
            receiver.read(
                    (type, message, at, length) -> {
                        for (int packet = at; packet < at + length; packet += 24) {
                            int number = received.size();
                            assertThat(message.getInt(packet + 16)).isEqualTo(60 + number % 1000);
                            assertThat(message.getShort(packet + 20)).isEqualTo((short) 3);
                            assertThat(message.getShort(packet + 22)).isEqualTo((short) 2);
                            received.add(message.getLong(packet));
                            io.buffers().free(message.getLong(packet));
                        }
                    },
                    Integer.MAX_VALUE);
            assertThat(received).isEqualTo(sent.subList(0, (int) handedOver));
        }
    }

    private static long[] places(long first, int count) {
        return IntStream.range(0, count).mapToLong(i -> first + 8L * i).toArray();
    }
}
