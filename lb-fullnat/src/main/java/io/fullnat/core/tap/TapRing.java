// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.tap;

import io.fullnat.api.counter.Outcome;
import io.fullnat.core.capture.CapturedFrame;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.agrona.BitUtil;
import org.agrona.BufferUtil;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.AtomicBuffer;
import org.agrona.concurrent.MessageHandler;
import org.agrona.concurrent.UnsafeBuffer;
import org.agrona.concurrent.ringbuffer.OneToOneRingBuffer;
import org.agrona.concurrent.ringbuffer.RingBufferDescriptor;

/// Captured frames on their way from one worker to who writes them. What finds no room is counted,
/// and not there.
///
/// ```
/// 0        8    16       20         24     28     29        30
/// +--------+----+--------+----------+------+------+---------+------ - - -
/// | time   | id | length | captured | port | sent | outcome | frame
/// +--------+----+--------+----------+------+------+---------+------ - - -
/// ```
final class TapRing {
    private static final int MESSAGE = 1;
    private static final int TIME = 0;
    private static final int ID = 8;
    private static final int LENGTH = 16;
    private static final int CAPTURED = 20;
    private static final int PORT = 24;
    private static final int SENT = 28;
    private static final int OUTCOME = 29;
    private static final int FRAME = 30;

    /// In place of an outcome's ordinal.
    static final int NO_OUTCOME = -1;

    /// In place of an outcome's ordinal, of a frame that the kernel sent.
    static final int OF_KERNEL = -2;

    private static final Outcome[] OUTCOMES = Outcome.values();

    private final OneToOneRingBuffer ring;
    private final AtomicLong lost = new AtomicLong();
    private final AtomicLong written = new AtomicLong();

    TapRing(int bytes) {
        int capacity = BitUtil.findNextPositivePowerOfTwo(bytes);
        ring =
                new OneToOneRingBuffer(
                        new UnsafeBuffer(
                                BufferUtil.allocateDirectAligned(
                                        capacity + RingBufferDescriptor.TRAILER_LENGTH,
                                        BitUtil.CACHE_LINE_LENGTH)));
    }

    /// Writes a frame, by the worker.
    void write(
            long time,
            long id,
            int length,
            int captured,
            int port,
            boolean sent,
            int outcome,
            AtomicBuffer from,
            int at) {
        int index = ring.tryClaim(MESSAGE, FRAME + captured);
        if (index < 0) {
            countLost();
            return;
        }
        AtomicBuffer to = ring.buffer();
        to.putLong(index + TIME, time);
        to.putLong(index + ID, id);
        to.putInt(index + LENGTH, length);
        to.putInt(index + CAPTURED, captured);
        to.putInt(index + PORT, port);
        to.putByte(index + SENT, (byte) (sent ? 1 : 0));
        to.putByte(index + OUTCOME, (byte) outcome);
        to.putBytes(index + FRAME, from, at, captured);
        ring.commit(index);
        written.lazySet(written.getPlain() + 1);
    }

    /// Counts a frame that was wanted and is not captured, by the worker.
    void countLost() {
        lost.lazySet(lost.getPlain() + 1);
    }

    long lost() {
        return lost.get();
    }

    long written() {
        return written.get();
    }

    /// Takes frames out.
    ///
    /// @param most how many at most
    void drain(List<CapturedFrame> to, int worker, long sinceEpoch, int most) {
        MessageHandler handler =
                (type, buffer, at, length) -> to.add(frame(buffer, at, worker, sinceEpoch));
        int read = ring.read(handler, most);
        if (read < most) {
            ring.read(handler, most - read); // the first ends where the ring does
        }
    }

    private static CapturedFrame frame(
            MutableDirectBuffer buffer, int at, int worker, long sinceEpoch) {
        byte[] bytes = new byte[buffer.getInt(at + CAPTURED)];
        buffer.getBytes(at + FRAME, bytes);
        byte outcome = buffer.getByte(at + OUTCOME);
        return new CapturedFrame(
                buffer.getLong(at + TIME) + sinceEpoch,
                buffer.getInt(at + PORT),
                worker,
                buffer.getByte(at + SENT) != 0,
                outcome < 0 ? Optional.empty() : Optional.of(OUTCOMES[outcome]),
                outcome == OF_KERNEL,
                buffer.getLong(at + ID),
                buffer.getInt(at + LENGTH),
                bytes);
    }
}
