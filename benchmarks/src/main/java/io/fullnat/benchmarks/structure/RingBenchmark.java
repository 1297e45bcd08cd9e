// SPDX-License-Identifier: Apache-2.0
package io.fullnat.benchmarks.structure;

import java.util.concurrent.TimeUnit;
import org.agrona.BitUtil;
import org.agrona.BufferUtil;
import org.agrona.concurrent.MessageHandler;
import org.agrona.concurrent.UnsafeBuffer;
import org.agrona.concurrent.ringbuffer.OneToOneRingBuffer;
import org.agrona.concurrent.ringbuffer.RingBufferDescriptor;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/// A message of some packets through the ring between two workers, written and read by one thread:
/// the instructions of a hand-over, without the way of a cache line from core to core.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class RingBenchmark {
    private static final int PACKET_LENGTH = 24;
    private static final int RING_BYTES = 128 * 1024;

    /// Packets in a message.
    @Param({"1", "8", "32"})
    public int packets;

    private final UnsafeBuffer message = new UnsafeBuffer(new byte[32 * PACKET_LENGTH]);
    private final OneToOneRingBuffer ring =
            new OneToOneRingBuffer(
                    new UnsafeBuffer(
                            BufferUtil.allocateDirectAligned(
                                    RING_BYTES + RingBufferDescriptor.TRAILER_LENGTH,
                                    BitUtil.CACHE_LINE_LENGTH)));
    private long seen;
    private final MessageHandler handler =
            (type, buffer, at, length) -> {
                for (int packet = at; packet < at + length; packet += PACKET_LENGTH) {
                    seen += buffer.getLong(packet);
                }
            };

    /// One message.
    ///
    /// @return something of what was read
    @Benchmark
    public long writeAndRead() {
        ring.write(1, message, 0, packets * PACKET_LENGTH);
        ring.read(handler, 1);
        return seen;
    }
}
