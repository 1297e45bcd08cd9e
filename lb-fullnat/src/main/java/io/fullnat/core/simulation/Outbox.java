// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.simulation;

import io.fullnat.api.io.BufferPool;
import io.fullnat.api.io.Memory;
import io.fullnat.api.io.PacketBurst;
import io.fullnat.api.io.PacketPort;
import java.util.ArrayDeque;
import java.util.Queue;

/// Frames of a host on their way to its port. They wait as arrays, so that a host holds no buffer
/// while its wire is full.
final class Outbox {
    private static final int MAX_WAITING = 16_384;
    private static final int BURST = 32;

    private final PacketPort port;
    private final BufferPool pool;
    private final HostCounters counters;
    private final Queue<byte[]> waiting = new ArrayDeque<>();
    private final PacketBurst burst = new PacketBurst(BURST);

    Outbox(PacketPort port, BufferPool pool, HostCounters counters) {
        this.port = port;
        this.pool = pool;
        this.counters = counters;
    }

    void add(byte[] frame) {
        if (waiting.size() < MAX_WAITING) {
            waiting.add(frame);
        } else {
            counters.sendDrops++;
        }
    }

    /// Sends as much as wire and pool take now.
    ///
    /// @return how many frames
    int flush() {
        int sent = 0;
        int taken;
        do {
            fill();
            int size = burst.size();
            taken = size == 0 ? 0 : port.queue(0).transmit(burst);
            int lost = taken == size ? 0 : lost(size - taken);
            for (int i = 0; i < taken + lost; i++) {
                waiting.remove();
            }
            burst.removeFirst(taken);
            pool.freeAll(burst);
            sent += taken;
        } while (taken == BURST);
        counters.sentFrames += sent;
        return sent;
    }

    /// Of what the port did not take, how much it never takes.
    private int lost(int left) {
        return switch (port.queue(0).refusal()) {
            case BUSY -> 0;
            case LINK_DOWN -> left;
            case PACKET -> 1;
        };
    }

    private void fill() {
        burst.clear();
        for (byte[] frame : waiting) {
            if (burst.isFull() || !pool.allocate(burst)) {
                return;
            }
            int index = burst.size() - 1;
            Memory.fromBytes(frame, burst.data(index));
            burst.set(index, burst.data(index), frame.length);
        }
    }
}
