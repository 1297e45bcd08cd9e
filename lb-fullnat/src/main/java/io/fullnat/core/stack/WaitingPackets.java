// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.stack;

import java.util.Arrays;

/// Packets that wait for a neighbour's MAC address, as they were received: at most [#PER_NEIGHBOUR]
/// for each, and no more in all than are to be kept. Lists in arrays; nothing is allocated.
final class WaitingPackets {
    /// The most in all, where there are buffers enough.
    static final int MOST = 4096;

    static final int PER_NEIGHBOUR = 128;

    private static final int END = -1;

    private final long[] buffers;
    private final long[] data;
    private final int[] lengths;
    private final int[] ports;
    private final int[] next;
    private final int[] first = new int[AdjacencyTable.CAPACITY];
    private final int[] last = new int[AdjacencyTable.CAPACITY];
    private final int[] counts = new int[AdjacencyTable.CAPACITY];
    private int freeList;
    private int size;

    /// @param capacity how many may wait in all, 1 to [#MOST]
    WaitingPackets(int capacity) {
        buffers = new long[capacity];
        data = new long[capacity];
        lengths = new int[capacity];
        ports = new int[capacity];
        next = new int[capacity];
        Arrays.fill(first, END);
        Arrays.setAll(next, i -> i + 1 == capacity ? END : i + 1);
    }

    /// How many may wait in all.
    int capacity() {
        return next.length;
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
