// SPDX-License-Identifier: Apache-2.0
package io.fullnat.dpdk;

import io.fullnat.api.io.BufferPool;
import io.fullnat.api.io.Memory;
import io.fullnat.api.io.PacketBurst;
import io.fullnat.api.io.PortQueue;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/// Test frames: a number in each, and a payload that follows from it.
final class Frames {
    /// An EtherType for experiments (IEEE 802), which no kernel answers.
    private static final int ETHER_TYPE = 0x88B5;

    private static final int TYPE_OFFSET = 12;
    private static final int NUMBER_OFFSET = 14;
    private static final int PAYLOAD_OFFSET = 18;

    private Frames() {}

    /// Appends a frame.
    ///
    /// @return false if the pool had no buffer
    static boolean add(PacketBurst burst, BufferPool pool, int number, int length) {
        if (!pool.allocate(burst)) {
            return false;
        }
        int index = burst.size() - 1;
        write(burst.data(index), number, length);
        burst.set(index, burst.data(index), length);
        return true;
    }

    static void write(long data, int number, int length) {
        Memory.putNetworkMac(data, 0x0200_0000_0002L);
        Memory.putNetworkMac(data + 6, 0x0200_0000_0001L);
        Memory.putNetworkShort(data + TYPE_OFFSET, ETHER_TYPE);
        Memory.putNetworkInt(data + NUMBER_OFFSET, number);
        for (int i = PAYLOAD_OFFSET; i < length; i++) {
            Memory.putByte(data + i, number * 31 + i);
        }
    }

    /// Whether a packet is a test frame, not one that a kernel sent by itself.
    static boolean is(PacketBurst burst, int index) {
        return burst.length(index) >= PAYLOAD_OFFSET
                && Memory.getNetworkShort(burst.data(index) + TYPE_OFFSET) == ETHER_TYPE;
    }

    static int number(PacketBurst burst, int index) {
        return Memory.getNetworkInt(burst.data(index) + NUMBER_OFFSET);
    }

    /// Whether the payload is what the number says.
    static boolean isIntact(PacketBurst burst, int index) {
        int number = number(burst, index);
        for (int i = PAYLOAD_OFFSET; i < burst.length(index); i++) {
            if (Memory.getByte(burst.data(index) + i) != (byte) (number * 31 + i)) {
                return false;
            }
        }
        return true;
    }

    /// A received test frame.
    ///
    /// @param number as sent
    /// @param length bytes
    /// @param intact whether all bytes are as sent
    record Received(int number, int length, boolean intact) {}

    /// Receives and frees until enough test frames are there or a long time has passed.
    static List<Received> receive(PortQueue queue, BufferPool pool, int count) {
        List<Received> frames = new ArrayList<>();
        PacketBurst burst = new PacketBurst(32);
        long deadlineNs = System.nanoTime() + 10_000_000_000L;
        while (frames.size() < count && System.nanoTime() - deadlineNs < 0) {
            if (queue.receive(burst) == 0) {
                LockSupport.parkNanos(1);
            }
            for (int i = 0; i < burst.size(); i++) {
                if (is(burst, i)) {
                    frames.add(new Received(number(burst, i), burst.length(i), isIntact(burst, i)));
                }
            }
            pool.freeAll(burst);
        }
        return frames;
    }
}
