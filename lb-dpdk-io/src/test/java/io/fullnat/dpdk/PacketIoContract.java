// SPDX-License-Identifier: Apache-2.0
package io.fullnat.dpdk;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.io.BufferPool;
import io.fullnat.api.io.PacketBurst;
import io.fullnat.api.io.PacketIo;
import io.fullnat.api.io.PortQueue;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// What every [PacketIo] owes its user. A subclass opens one of two workers in which what leaves
/// queue 0 of the sender arrives at queue 0 of the receiver.
abstract class PacketIoContract {
    private static final int BURST = 32;

    private PacketIo io;
    private PortQueue sender;
    private PortQueue receiver;
    private BufferPool pool;

    /// Opens the ports. Called on the thread that runs the test.
    abstract PacketIo open() throws Exception;

    /// Number of the port that sends.
    abstract int senderPort();

    /// Number of the port that receives what it sends.
    abstract int receiverPort();

    @BeforeEach
    final void attach() throws Exception {
        io = open();
        io.attachWorker(0, OptionalInt.empty());
        io.attachWorker(1, OptionalInt.empty());
        sender = io.ports().get(senderPort()).queue(0);
        receiver = io.ports().get(receiverPort()).queue(0);
        pool = io.buffers(0);
    }

    @AfterEach
    final void detach() {
        io.detachWorker(1);
        io.detachWorker(0);
        io.close();
    }

    @Test
    void deliversFramesWholeAndInOrder() {
        PacketBurst burst = new PacketBurst(BURST);
        List<Frames.Received> expected = new ArrayList<>();
        for (int number = 0; number < 10 * BURST; number++) {
            int length = 60 + number * 7 % (1514 - 60);
            assertThat(Frames.add(burst, pool, number, length)).isTrue();
            expected.add(new Frames.Received(number, length, true));
            if (burst.isFull()) {
                assertThat(sender.transmit(burst)).isEqualTo(BURST);
                burst.clear();
            }
        }

        assertThat(Frames.receive(receiver, pool, expected.size())).isEqualTo(expected);
        assertThat(pool.inUse()).isZero();
    }

    @Test
    void sendsWhatDataAndLengthSayAtThatTime() {
        PacketBurst burst = new PacketBurst(1);
        Frames.add(burst, pool, 1, 60);
        long forward = burst.data(0) - 54;
        Frames.write(forward, 2, 114);
        burst.set(0, forward, 114);
        assertThat(sender.transmit(burst)).isEqualTo(1);

        assertThat(Frames.receive(receiver, pool, 1))
                .containsExactly(new Frames.Received(2, 114, true));
    }

    @Test
    void sendsNeitherVerdictNorTag() {
        PacketBurst burst = new PacketBurst(BURST);
        Frames.add(burst, pool, 1, 60);
        Frames.add(burst, pool, 2, 60);
        int own = ~(0xFF << PacketBurst.TAG_LOW_BITS) & 0xFF_FFFF;
        burst.send(0, burst.data(0), 60, own);
        burst.put(1, burst.buffer(1), burst.data(1), 60, PacketBurst.IP_CHECKSUM_BAD);
        assertThat(sender.transmit(burst)).isEqualTo(2);

        List<Integer> seen = new ArrayList<>();
        long deadlineNs = System.nanoTime() + 10_000_000_000L;
        while (seen.size() < 2 && System.nanoTime() - deadlineNs < 0) {
            receiver.receive(burst);
            for (int i = 0; i < burst.size(); i++) {
                if (Frames.is(burst, i)) {
                    seen.add(Frames.number(burst, i));
                    assertThat(burst.tag(i)).isZero();
                    assertThat(burst.verdict(i) & PacketBurst.IP_CHECKSUM_BAD).isZero();
                }
            }
            pool.freeAll(burst);
        }
        assertThat(seen).containsExactly(1, 2);
    }

    @Test
    void leavesToTheCallerWhatItDoesNotTake() {
        List<Integer> taken = new ArrayList<>();
        PacketBurst burst = new PacketBurst(BURST);
        for (int number = 0; number < 64 * BURST; number += BURST) {
            for (int i = 0; i < BURST; i++) {
                assertThat(Frames.add(burst, pool, number + i, 60)).isTrue();
            }
            int count = sender.transmit(burst);
            assertThat(burst.size()).isEqualTo(BURST);
            IntStream.range(0, count).mapToObj(i -> Frames.number(burst, i)).forEach(taken::add);
            burst.removeFirst(count);
            pool.freeAll(burst);
            if (count < BURST) {
                break;
            }
        }

        assertThat(Frames.receive(receiver, pool, taken.size()))
                .extracting(Frames.Received::number)
                .isEqualTo(taken);
        assertThat(pool.inUse()).isZero();
    }

    @Test
    void receivesNothingIntoAClearedBurstWhenNothingHasArrived() {
        PacketBurst burst = new PacketBurst(BURST);
        burst.add(1, 1, 1, 0);

        assertThat(receiver.receive(burst)).isZero();
        assertThat(burst.size()).isZero();
    }

    @Test
    void givesOutAllBuffersAndTakesThemBack() {
        List<PacketBurst> held = new ArrayList<>();
        long count = 0;
        boolean left = true;
        while (left) {
            PacketBurst burst = new PacketBurst(256);
            do {
                left = pool.allocate(burst);
            } while (left && !burst.isFull());
            count += burst.size();
            held.add(burst);
        }

        assertThat(count).isGreaterThanOrEqualTo(1023);
        assertThat(pool.inUse()).isEqualTo(count);
        assertThat(held.stream().flatMap(PacketIoContract::buffers).distinct().count())
                .isEqualTo(count);

        held.forEach(pool::freeAll);
        assertThat(pool.inUse()).isZero();
        assertThat(held).allMatch(burst -> burst.size() == 0);
        PacketBurst again = new PacketBurst(1);
        assertThat(pool.allocate(again)).isTrue();
        pool.free(again.buffer(0));
    }

    private static Stream<Long> buffers(PacketBurst burst) {
        return IntStream.range(0, burst.size()).mapToObj(burst::buffer);
    }

    @Test
    void takesABufferBackFromAnotherWorker() {
        PacketBurst burst = new PacketBurst(BURST);
        while (!burst.isFull()) {
            assertThat(pool.allocate(burst)).isTrue();
        }

        io.buffers(1).freeAll(burst);

        assertThat(io.buffers(1).inUse()).isZero();
    }

    @Test
    void givesAFreshBufferHeadroomAndRoomForAWholeFrame() {
        assertThat(pool.dataCapacity()).isGreaterThanOrEqualTo(1514 + 4);
        PacketBurst burst = new PacketBurst(1);
        assertThat(pool.allocate(burst)).isTrue();
        assertThat(burst.length(0)).isZero();

        Frames.write(burst.data(0) - BufferPool.HEADROOM, 1, BufferPool.HEADROOM);
        Frames.write(burst.data(0), 1, pool.dataCapacity());
        pool.freeAll(burst);

        assertThat(pool.inUse()).isZero();
    }

    @Test
    void isTheSameObjectAtEachCall() {
        assertThat(io.buffers(1)).isSameAs(io.buffers(1)).isNotSameAs(pool);
        assertThat(io.ports().get(0).queue(0)).isSameAs(io.ports().get(0).queue(0));
    }
}
