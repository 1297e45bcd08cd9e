// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.memoryio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.fullnat.api.io.Memory;
import io.fullnat.api.io.PacketBurst;
import io.fullnat.api.io.Refusal;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Queues at both ends of a wire whose far end has room for 16 frames; and what each refuses.
class InMemoryQueueTest {
    private final InMemoryIo io =
            InMemoryIo.builder()
                    .buffers(64)
                    .dataCapacity(3000)
                    .wire(
                            PortSettings.of("near", "02:00:00:00:00:01"),
                            PortSettings.of("far", "02:00:00:00:00:02").withQueueDepth(16))
                    .open();
    private final InMemoryQueue near = (InMemoryQueue) io.wire("near").near().queue(0);
    private final InMemoryQueue far = (InMemoryQueue) io.wire("near").far().queue(0);
    private final PacketBurst sent = new PacketBurst(32);
    private final PacketBurst received = new PacketBurst(32);

    @AfterEach
    void close() {
        io.buffers().freeAll(received);
        io.close();
    }

    private void frame(int length) {
        assertThat(io.buffers().allocate(sent)).isTrue();
        int last = sent.size() - 1;
        Memory.putLong(sent.data(last), last);
        sent.set(last, sent.data(last), length);
    }

    /// Sends, and gives back what was not taken.
    private int transmit() {
        int taken = near.transmit(sent);
        sent.removeFirst(taken);
        io.buffers().freeAll(sent);
        sent.clear();
        return taken;
    }

    @Test
    void framesArriveInOrderInTheirBuffers() {
        frame(60);
        frame(61);
        frame(1514);
        long buffer = sent.buffer(1);
        assertThat(transmit()).isEqualTo(3);
        assertThat(far.waiting()).hasValue(3);
        assertThat(far.receive(received)).isEqualTo(3);
        assertThat(received.buffer(1)).as("by reference").isEqualTo(buffer);
        for (int i = 0; i < 3; i++) {
            assertThat(Memory.getLong(received.data(i))).isEqualTo(i);
        }
        assertThat(received.length(2)).isEqualTo(1514);
        assertThat(far.waiting()).hasValue(0);
        assertThat(near.sentPackets()).isEqualTo(3);
        assertThat(near.sentBytes()).isEqualTo(60 + 61 + 1514);
        assertThat(far.receivedPackets()).isEqualTo(3);
        assertThat(far.receivedBytes()).isEqualTo(60 + 61 + 1514);
        assertThat(near.receivedPackets()).isZero();
        assertThat(near.sendErrors()).isZero();
    }

    @Test
    void aBurstTakesAsManyAsItHasRoomFor() {
        frame(60);
        frame(61);
        transmit();
        PacketBurst one = new PacketBurst(1);
        assertThat(far.receive(one)).isOne();
        assertThat(one.length(0)).isEqualTo(60);
        io.buffers().freeAll(one);
        assertThat(far.receive(one)).isOne();
        assertThat(one.length(0)).isEqualTo(61);
        io.buffers().freeAll(one);
        assertThat(far.receive(one)).isZero();
        assertThat(one.size()).as("it is cleared").isZero();
    }

    @Test
    void whatTheFarEndHasNoRoomForIsNotTaken() {
        for (int i = 0; i < 20; i++) {
            frame(60);
        }
        assertThat(transmit()).isEqualTo(16);
        assertThat(near.refusal()).isEqualTo(Refusal.BUSY);
        assertThat(near.sendErrors()).as("it may be sent later").isZero();
        assertThat(near.sentPackets()).isEqualTo(16);
        far.receive(received);
        frame(60);
        assertThat(transmit()).isOne();
        io.buffers().freeAll(received);
        far.receive(received);
    }

    @ParameterizedTest
    @CsvSource({"13, false", "14, true", "1514, true", "1518, true", "1519, false", "3000, false"})
    void aFrameHasAHeaderAndIsNoLongerThanThePortTakes(int length, boolean taken) {
        frame(60);
        frame(length);
        frame(60);
        assertThat(transmit()).isEqualTo(taken ? 3 : 1);
        assertThat(near.sendErrors()).isEqualTo(taken ? 0 : 1);
        if (!taken) {
            assertThat(near.refusal()).isEqualTo(Refusal.PACKET);
        }
        far.receive(received);
    }

    @Test
    void aWireThatIsCutTakesNothing() {
        io.wire("near").link(false);
        frame(60);
        frame(60);
        assertThat(transmit()).isZero();
        assertThat(near.refusal()).isEqualTo(Refusal.LINK_DOWN);
        assertThat(near.sendErrors()).isEqualTo(2);
        io.wire("near").link(true);
        frame(60);
        assertThat(transmit()).isOne();
        assertThat(near.refusal()).as("of the last burst").isEqualTo(Refusal.BUSY);
        assertThat(near.sentPackets()).isOne();
        far.receive(received);
    }

    @Test
    void nothingIsReceivedOrSentOnceAllIsClosed() {
        io.close();
        assertThatIllegalStateException().isThrownBy(() -> near.receive(new PacketBurst(1)));
        assertThatIllegalStateException().isThrownBy(() -> near.transmit(new PacketBurst(1)));
    }
}
