// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.memoryio;

import io.fullnat.api.io.PacketBurst;
import io.fullnat.api.io.PortQueue;
import io.fullnat.api.io.Refusal;
import io.fullnat.core.packet.Ethernet;
import java.util.OptionalInt;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/// One queue pair of an [InMemoryPort]. Its owner takes from `arrived` and puts into the queues of
/// the far end, by reference: no byte is copied.
final class InMemoryQueue implements PortQueue {
    private final Wire wire;
    private final InMemoryPool pool;
    private final int maxFrameLength;
    private final HandleQueue arrived;
    private final AtomicLong receivedPackets = new AtomicLong();
    private final AtomicLong receivedBytes = new AtomicLong();
    private final AtomicLong sentPackets = new AtomicLong();
    private final AtomicLong sentBytes = new AtomicLong();
    private final AtomicLong sendErrors = new AtomicLong();
    private @Nullable InMemoryPort far;
    private @Nullable ImpairedLink line;
    private Refusal refusal = Refusal.BUSY;

    InMemoryQueue(Wire wire, InMemoryPool pool, PortSettings settings) {
        this.wire = wire;
        this.pool = pool;
        maxFrameLength = settings.maxFrameLength();
        arrived = new HandleQueue(settings.queueDepth());
    }

    void connect(InMemoryPort farEnd, @Nullable ImpairedLink impairedLink) {
        far = farEnd;
        line = impairedLink;
    }

    /// A frame arrives: any sending thread.
    boolean arrive(long buffer) {
        return arrived.offer(buffer);
    }

    @Override
    public OptionalInt waiting() {
        return OptionalInt.of(arrived.size());
    }

    @Override
    public int receive(PacketBurst burst) {
        wire.requireOpen();
        if (line != null) {
            line.deliverDue();
        }
        burst.clear();
        long bytes = 0;
        while (!burst.isFull()) {
            long buffer = arrived.poll();
            if (buffer == 0) {
                break;
            }
            int length = BufferLayout.length(buffer);
            bytes += length;
            burst.add(buffer, BufferLayout.dataAddress(buffer), length, 0);
        }
        int count = burst.size();
        if (count > 0) {
            addOwned(receivedPackets, count);
            addOwned(receivedBytes, bytes);
        }
        return count;
    }

    @Override
    public int transmit(PacketBurst burst) {
        wire.requireOpen();
        int size = burst.size();
        if (!wire.isLinkUp()) {
            refusal = Refusal.LINK_DOWN;
            addOwned(sendErrors, size);
            return 0;
        }
        int taken = 0;
        long bytes = 0;
        refusal = Refusal.BUSY;
        while (taken < size) {
            long buffer = burst.buffer(taken);
            int length = burst.length(taken);
            pool.requireOwned(buffer, burst.data(taken), length);
            if (cannotBeSent(length)) {
                refusal = Refusal.PACKET;
                addOwned(sendErrors, 1);
                break;
            }
            BufferLayout.describe(buffer, burst.data(taken), length);
            if (!put(buffer)) {
                break;
            }
            bytes += length;
            taken++;
        }
        addOwned(sentPackets, taken);
        addOwned(sentBytes, bytes);
        return taken;
    }

    @Override
    public Refusal refusal() {
        return refusal;
    }

    private boolean put(long buffer) {
        if (line != null) {
            return line.put(buffer);
        }
        return far != null && far.arrive(buffer);
    }

    private boolean cannotBeSent(int length) {
        return length < Ethernet.HEADER_LENGTH || length > maxFrameLength;
    }

    long receivedPackets() {
        return receivedPackets.get();
    }

    long receivedBytes() {
        return receivedBytes.get();
    }

    long sentPackets() {
        return sentPackets.get();
    }

    long sentBytes() {
        return sentBytes.get();
    }

    long sendErrors() {
        return sendErrors.get();
    }

    /// Adds to a counter that the queue's owner alone writes: no atomic instruction is needed.
    private static void addOwned(AtomicLong counter, long increment) {
        counter.setRelease(counter.getPlain() + increment);
    }
}
