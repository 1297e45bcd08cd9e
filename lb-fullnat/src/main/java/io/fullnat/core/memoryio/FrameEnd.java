// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.memoryio;

import io.fullnat.api.io.BufferPool;
import io.fullnat.api.io.Memory;
import io.fullnat.api.io.PacketBurst;
import io.fullnat.api.io.PacketPort;
import io.fullnat.api.io.Refusal;
import io.fullnat.core.packet.PacketBuilder;
import java.util.ArrayList;
import java.util.List;

/// A port for tests that think in byte arrays: sends frames, collects what arrives on all queues
/// and gives the buffers back at once. Allocates; belongs to one thread.
public final class FrameEnd {
    private static final int BURST = 32;

    private final PacketPort port;
    private final BufferPool pool;
    private final PacketBurst burst = new PacketBurst(BURST);

    /// Uses a port.
    ///
    /// @param port all queues of it are the new object's
    /// @param pool the buffers of the port's wires
    public FrameEnd(PacketPort port, BufferPool pool) {
        this.port = port;
        this.pool = pool;
    }

    /// Sends one frame from queue 0.
    ///
    /// @param frame all bytes but the frame check sequence
    /// @throws IllegalStateException if no buffer is left or the far end takes no more
    public void send(byte[] frame) {
        burst.clear();
        if (!pool.allocate(burst)) {
            throw new IllegalStateException("no buffer is left; " + pool.inUse() + " are in use");
        }
        if (frame.length > pool.dataCapacity()) {
            pool.freeAll(burst);
            throw new IllegalArgumentException(
                    frame.length + " bytes do not fit a buffer of " + pool.dataCapacity());
        }
        Memory.fromBytes(frame, burst.data(0));
        burst.set(0, burst.data(0), frame.length);
        if (port.queue(0).transmit(burst) == 0) {
            pool.freeAll(burst);
            if (port.queue(0).refusal() != Refusal.BUSY) {
                return; // lost, as on a real wire; the port has counted it
            }
            throw new IllegalStateException("the far end of " + port.name() + " takes no more");
        }
    }

    /// Sends one frame from queue 0.
    ///
    /// @param frame its bytes are made now
    /// @throws IllegalStateException if no buffer is left or the far end takes no more
    public void send(PacketBuilder frame) {
        send(frame.toBytes());
    }

    /// Takes all frames that have arrived.
    ///
    /// @return copies, queue by queue in order of arrival; empty if there are none
    public List<byte[]> receiveAll() {
        List<byte[]> frames = new ArrayList<>();
        for (int i = 0; i < port.queueCount(); i++) {
            frames.addAll(receiveAll(i));
        }
        return frames;
    }

    /// Takes all frames that have arrived on one queue.
    ///
    /// @param queue its number
    /// @return copies, in order of arrival
    public List<byte[]> receiveAll(int queue) {
        List<byte[]> frames = new ArrayList<>();
        while (port.queue(queue).receive(burst) > 0) {
            for (int i = 0; i < burst.size(); i++) {
                frames.add(Memory.toBytes(burst.data(i), burst.length(i)));
            }
            pool.freeAll(burst);
        }
        return frames;
    }
}
