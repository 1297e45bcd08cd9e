// SPDX-License-Identifier: Apache-2.0
package io.fullnat.testing;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fullnat.api.io.BufferPool;
import io.fullnat.api.io.Memory;
import io.fullnat.api.io.PacketBurst;
import io.fullnat.api.io.PacketIo;
import io.fullnat.api.io.PacketPort;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.ExtendWith;

/// The ports of one test of [PacketIoContract], opened before and closed after it, and what the
/// tests do with them.
@ExtendWith(SeedOnFailure.class)
abstract class ContractPorts {
    /// How long what must happen is waited for; no test takes so long that passes.
    private static final long PATIENCE_NS = 20_000_000_000L;

    private @Nullable PacketIo opened;
    private boolean attached;

    ContractPorts() {}

    /// Opens fresh packet I/O for two workers, with 2,500 buffers at least. Called on the thread of
    /// the test.
    ///
    /// @return all links up
    /// @throws Exception if that fails; so does the test
    protected abstract PacketIo open() throws Exception;

    /// The port that sends.
    ///
    /// @param io what [#open()] has returned
    /// @return the first one
    protected PacketPort sender(PacketIo io) {
        return io.ports().getFirst();
    }

    /// The port at which arrives what the sender sends; the same for a port that is its own peer.
    ///
    /// @param io what [#open()] has returned
    /// @return a port over the same buffers
    protected abstract PacketPort receiver(PacketIo io);

    /// Takes the sender's link down or up.
    ///
    /// @param up whether packets shall pass
    /// @return false if this test cannot do that
    /// @throws Exception if it fails; so does the test
    protected boolean setLink(boolean up) throws Exception {
        return false;
    }

    /// Whether the medium takes every frame and loses those for which there is no room.
    ///
    /// @return false, unless overridden
    protected boolean losesWhatItCannotTake() {
        return false;
    }

    /// Whether the device counts bytes, too.
    ///
    /// @return true, unless overridden
    protected boolean countsBytes() {
        return true;
    }

    @BeforeEach
    final void attach() throws Exception {
        PacketIo io = open();
        opened = io;
        io.attachWorker(0, OptionalInt.empty());
        io.attachWorker(1, OptionalInt.empty());
        attached = true;
        assertEquals(0, pool().inUse(), "buffers in use at the start");
    }

    @AfterEach
    final void close() {
        PacketIo io = opened;
        if (io != null && attached) {
            long held = pool().inUse();
            detach();
            io.close();
            assertEquals(0, held, "buffers that have not come back");
        }
    }

    final void detach() {
        io().detachWorker(1);
        io().detachWorker(0);
        attached = false;
    }

    /// The I/O of the running test.
    ///
    /// @return what [#open()] has returned
    protected final PacketIo io() {
        return Objects.requireNonNull(opened);
    }

    final PacketPort sender() {
        return sender(io());
    }

    final PacketPort receiver() {
        return receiver(io());
    }

    final BufferPool pool() {
        return io().buffers(0);
    }

    /// The longest frame without tag.
    final int longest() {
        return Math.min(sender().mtu(), receiver().mtu()) + TestFrames.ETHERNET;
    }

    final void append(PacketBurst burst, byte[] frame) {
        assertTrue(pool().allocate(burst), "a buffer is left");
        int index = burst.size() - 1;
        Memory.fromBytes(frame, burst.data(index));
        burst.set(index, burst.data(index), frame.length);
    }

    final void send(List<byte[]> frames) {
        PacketBurst burst = new PacketBurst(Math.max(1, frames.size()));
        frames.forEach(frame -> append(burst, frame));
        transmit(burst);
    }

    /// Sends all of a burst, which is empty afterwards.
    final void transmit(PacketBurst burst) {
        await(() -> {
            burst.removeFirst(sender().queue(0).transmit(burst));
            return burst.size() == 0;
        });
    }

    /// Receives frames of the test, until there are some, and frees others.
    ///
    /// @return the queue by which they came
    final int receiveInto(PacketBurst burst) {
        int[] queue = {0};
        PacketBurst all = new PacketBurst(burst.capacity());
        burst.clear();
        await(() -> {
            queue[0] = (queue[0] + 1) % receiver().queueCount();
            receiver().queue(queue[0]).receive(all);
            for (int i = 0; i < all.size(); i++) {
                if (TestFrames.is(all, i)) {
                    burst.add(all.buffer(i), all.data(i), all.length(i), all.verdict(i));
                } else {
                    pool().free(all.buffer(i));
                }
            }
            return burst.size() > 0;
        });
        return queue[0];
    }

    /// Receives and frees so many frames.
    ///
    /// @param capacity of the burst that receives
    final List<byte[]> receive(int count, int capacity) {
        List<byte[]> frames = new ArrayList<>();
        PacketBurst burst = new PacketBurst(capacity);
        while (frames.size() < count) {
            receiveInto(burst);
            for (int i = 0; i < burst.size(); i++) {
                frames.add(Memory.toBytes(burst.data(i), burst.length(i)));
            }
            pool().freeAll(burst);
        }
        return frames;
    }

    /// Receives and frees until a frame is there.
    final byte[] receiveUntil(byte[] wanted) {
        while (true) {
            byte[] frame = receive(1, 1).getFirst();
            if (Arrays.equals(frame, wanted)) {
                return frame;
            }
        }
    }

    static void assertFrames(List<byte[]> expected, List<byte[]> frames) {
        assertEquals(expected.size(), frames.size(), "frames");
        for (int i = 0; i < expected.size(); i++) {
            assertArrayEquals(expected.get(i), frames.get(i), "frame " + i);
        }
    }

    /// Asks until it is so.
    static void await(BooleanSupplier so) {
        long end = System.nanoTime() + PATIENCE_NS;
        while (!so.getAsBoolean()) {
            assertTrue(System.nanoTime() - end < 0, "it does not happen");
            LockSupport.parkNanos(1);
        }
    }
}
