// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.worker;

import io.fullnat.core.stack.NeighbourNews;
import org.agrona.BitUtil;
import org.agrona.BufferUtil;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.agrona.concurrent.ringbuffer.OneToOneRingBuffer;
import org.agrona.concurrent.ringbuffer.RingBufferDescriptor;

/// What one worker tells the control plane, through a ring that neither waits for.
///
/// ```
/// message WHAT: | device (4) | address (4) | MAC before (8) | MAC now (8) |
/// ```
///
/// **Thread-safety:** one thread tells, one reads.
public final class NewsRing implements NeighbourNews {
    private static final int RING_BYTES = 16 * 1024;
    private static final int LENGTH = 24;

    private final OneToOneRingBuffer ring =
            new OneToOneRingBuffer(
                    new UnsafeBuffer(
                            BufferUtil.allocateDirectAligned(
                                    RING_BYTES + RingBufferDescriptor.TRAILER_LENGTH,
                                    BitUtil.CACHE_LINE_LENGTH)));
    private final UnsafeBuffer message = new UnsafeBuffer(new byte[LENGTH]);

    NewsRing() {}

    @Override
    public void tell(int what, int device, int address, long before, long now) {
        message.putInt(0, device);
        message.putInt(4, address);
        message.putLong(8, before);
        message.putLong(16, now);
        // If nobody reads, the news are lost; what they were about is counted.
        ring.write(what, message, 0, LENGTH);
    }

    /// Reads what has been told since.
    ///
    /// @param news gets it, in order
    public void read(NeighbourNews news) {
        ring.read((int what, MutableDirectBuffer told, int at, int length) ->
                news.tell(
                        what,
                        told.getInt(at),
                        told.getInt(at + 4),
                        told.getLong(at + 8),
                        told.getLong(at + 16)));
    }
}
