// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.stack;

import java.util.Arrays;

/// Packets that wait for a neighbour's MAC address, as they were received: at most [#PER_NEIGHBOUR]
/// for each and [#CAPACITY] in all. Lists in arrays; nothing is allocated.
final class WaitingPackets {
    static final int CAPACITY = 4096;
    static final int PER_NEIGHBOUR = 128;

    private static final int END = -1;

    private final long[] buffers = new long[CAPACITY];
    private final long[] data = new long[CAPACITY];
    private final int[] lengths = new int[CAPACITY];
    private final int[] ports = new int[CAPACITY];
    private final int[] next = new int[CAPACITY];
    private final int[] first = new int[AdjacencyTable.CAPACITY];
    private final int[] last = new int[AdjacencyTable.CAPACITY];
    private final int[] counts = new int[AdjacencyTable.CAPACITY];
    private int freeList;
    private int size;

    WaitingPackets() {
        Arrays.fill(first, END);
        for (int i = 0; i < CAPACITY; i++) {
            next[i] = i + 1 == CAPACITY ? END : i + 1;
        }
    }

    /// Gets a packet that waited.
    @FunctionalInterface
    interface Receiver {
        void accept(long buffer, long data, int length, int port);
    }

    int size() {
        return size;
    }

    boolean isEmpty(int neighbour) {
        return first[neighbour] == END;
    }

    /// Returns false, and does not take the packet, if too many wait already.
    boolean add(int neighbour, long buffer, long dataAddress, int length, int port) {
        if (freeList == END || counts[neighbour] == PER_NEIGHBOUR) {
            return false;
        }
        int slot = freeList;
        freeList = next[slot];
        buffers[slot] = buffer;
        data[slot] = dataAddress;
        lengths[slot] = length;
        ports[slot] = port;
        next[slot] = END;
        if (first[neighbour] == END) {
            first[neighbour] = slot;
        } else {
            next[last[neighbour]] = slot;
        }
        last[neighbour] = slot;
        counts[neighbour]++;
        size++;
        return true;
    }

    /// Hands all packets of a neighbour to a receiver, in order. A packet that the receiver adds
    /// again waits for the next call.
    void release(int neighbour, Receiver receiver) {
        int slot = first[neighbour];
        first[neighbour] = END;
        size -= counts[neighbour];
        counts[neighbour] = 0;
        while (slot != END) {
            int following = next[slot];
            long buffer = buffers[slot];
            long dataAddress = data[slot];
            int length = lengths[slot];
            int port = ports[slot];
            next[slot] = freeList;
            freeList = slot;
            receiver.accept(buffer, dataAddress, length, port);
            slot = following;
        }
    }
}
