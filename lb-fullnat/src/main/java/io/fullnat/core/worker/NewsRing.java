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
/// message WHAT: | address (16) | device (4) | 0 (4) | MAC before (8) | MAC now (8) |
/// ```
///
/// **Thread-safety:** one thread tells, one reads.
public final class NewsRing implements NeighbourNews {
    private static final int RING_BYTES = 16 * 1024;
    private static final int LENGTH = 40;

    private final OneToOneRingBuffer ring =
            new OneToOneRingBuffer(
                    new UnsafeBuffer(
                            BufferUtil.allocateDirectAligned(
                                    RING_BYTES + RingBufferDescriptor.TRAILER_LENGTH,
                                    BitUtil.CACHE_LINE_LENGTH)));
    private final UnsafeBuffer message = new UnsafeBuffer(new byte[LENGTH]);

    NewsRing() {}

    @Override
    public void tell(int what, int device, long high, long low, long before, long now) {
        message.putLong(0, high);
        message.putLong(8, low);
        message.putInt(16, device);
        message.putLong(24, before);
        message.putLong(32, now);
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
                        told.getInt(at + 16),
                        told.getLong(at),
                        told.getLong(at + 8),
                        told.getLong(at + 24),
                        told.getLong(at + 32)));
    }
}
