// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.worker;

import io.fullnat.api.counter.Outcome;
import io.fullnat.api.io.BufferPool;
import io.fullnat.core.path.Peers;
import io.fullnat.core.stack.ArpStack;
import io.fullnat.core.stack.Frame;
import io.fullnat.core.tap.Tap;
import io.fullnat.core.transmit.WorkerCounters;
import org.agrona.BitUtil;
import org.agrona.BufferUtil;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.MessageHandler;
import org.agrona.concurrent.UnsafeBuffer;
import org.agrona.concurrent.ringbuffer.OneToOneRingBuffer;
import org.agrona.concurrent.ringbuffer.RingBufferDescriptor;

/// One worker's ways to the others: a ring for each pair and direction. Packets for one worker are
/// gathered during a burst and go as one message, since a message costs about as much as twenty of
/// the packets in it.
///
/// ```
/// message 1, packets:    n times | buffer (8) | data (8) | length (4) | port (2) | hops (2) |
/// message 2, neighbour:  | address (16) | device (4) | how it was heard (4) | MAC (8) |
/// ```
final class HandOff implements Peers, ArpStack.NeighbourUpdates {
    static final int PACKETS = 1;
    static final int NEIGHBOUR = 2;
    static final int PACKET_LENGTH = 24;

    private static final int BATCH = 32;
    private static final int RING_BYTES = 128 * 1024;
    private static final int NEIGHBOUR_LENGTH = 32;

    private final int self;
    private final OneToOneRingBuffer[] outgoing;
    private final OneToOneRingBuffer[] incoming;
    private final UnsafeBuffer[] batches;
    private final int[] batchSizes;
    private final UnsafeBuffer neighbour = new UnsafeBuffer(new byte[NEIGHBOUR_LENGTH]);
    private final BufferPool pool;
    private final WorkerCounters counters;

    /// The ways of one worker.
    ///
    /// @param self the worker's number
    /// @param rings by sender, then receiver
    HandOff(int self, OneToOneRingBuffer[][] rings, BufferPool pool, WorkerCounters counters) {
        this.self = self;
        this.pool = pool;
        this.counters = counters;
        int count = rings.length;
        outgoing = rings[self];
        incoming = new OneToOneRingBuffer[count];
        batches = new UnsafeBuffer[count];
        batchSizes = new int[count];
        for (int worker = 0; worker < count; worker++) {
            incoming[worker] = rings[worker][self];
            batches[worker] = new UnsafeBuffer(new byte[BATCH * PACKET_LENGTH]);
        }
    }

    /// The rings of a set of workers.
    ///
    /// @param workers how many
    /// @return rings by sender, then receiver
    static OneToOneRingBuffer[][] rings(int workers) {
        OneToOneRingBuffer[][] rings = new OneToOneRingBuffer[workers][workers];
        for (OneToOneRingBuffer[] row : rings) {
            for (int worker = 0; worker < workers; worker++) {
                row[worker] =
                        new OneToOneRingBuffer(
                                new UnsafeBuffer(
                                        BufferUtil.allocateDirectAligned(
                                                (workers == 1 ? 1024 : RING_BYTES)
                                                        + RingBufferDescriptor.TRAILER_LENGTH,
                                                BitUtil.CACHE_LINE_LENGTH)));
            }
        }
        return rings;
    }

    @Override
    public int self() {
        return self;
    }

    @Override
    public int count() {
        return outgoing.length;
    }

    @Override
    public void handOver(int worker, Frame frame, int hops) {
        int size = batchSizes[worker];
        MutableDirectBuffer batch = batches[worker];
        int at = size * PACKET_LENGTH;
        batch.putLong(at, frame.buffer());
        batch.putLong(at + 8, frame.l2());
        batch.putInt(at + 16, frame.length());
        batch.putShort(at + 20, (short) frame.port());
        batch.putShort(at + 22, (short) hops);
        batchSizes[worker] = size + 1;
        if (size + 1 == BATCH) {
            flush(worker);
        }
    }

    @Override
    public void learnt(int how, int device, long high, long low, long mac) {
        neighbour.putLong(0, high);
        neighbour.putLong(8, low);
        neighbour.putInt(16, device);
        neighbour.putInt(20, how);
        neighbour.putLong(24, mac);
        for (int worker = 0; worker < outgoing.length; worker++) {
            if (worker != self) {
                // If the ring is full the other worker asks for itself.
                outgoing[worker].write(NEIGHBOUR, neighbour, 0, NEIGHBOUR_LENGTH);
            }
        }
    }

    /// Sends what has been gathered.
    void flush() {
        for (int worker = 0; worker < outgoing.length; worker++) {
            if (batchSizes[worker] > 0) {
                flush(worker);
            }
        }
    }

    private void flush(int worker) {
        int size = batchSizes[worker];
        batchSizes[worker] = 0;
        UnsafeBuffer batch = batches[worker];
        if (outgoing[worker].write(PACKETS, batch, 0, size * PACKET_LENGTH)) {
            counters.count(Outcome.HANDED_OVER, size);
            Tap tap = counters.tap();
            for (int i = 0; tap != null && i < size; i++) {
                tap.ended(batch.getLong(i * PACKET_LENGTH), Outcome.HANDED_OVER);
            }
            return;
        }
        for (int i = 0; i < size; i++) {
            counters.end(Outcome.HAND_OFF_FULL, batch.getLong(i * PACKET_LENGTH));
            pool.free(batch.getLong(i * PACKET_LENGTH));
        }
    }

    /// Reads what the others sent.
    int read(MessageHandler handler, int messagesPerPeer) {
        int read = 0;
        for (int worker = 0; worker < incoming.length; worker++) {
            if (worker != self) {
                read += incoming[worker].read(handler, messagesPerPeer);
            }
        }
        return read;
    }
}
