// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.stack;

/// Packets that wait for a neighbour's MAC address, as they were received: at most [#PER_NEIGHBOUR]
/// for each, and no more in all than are to be kept.
final class WaitingPackets {
    /// The most in all, where there are buffers enough.
    static final int MOST = 4096;

    static final int PER_NEIGHBOUR = 128;

    private final HeldFrames held;
    private final int[] first = new int[AdjacencyTable.CAPACITY];
    private final int[] last = new int[AdjacencyTable.CAPACITY];
    private final int[] counts = new int[AdjacencyTable.CAPACITY];

    /// @param capacity how many may wait in all, 1 to [#MOST]
    WaitingPackets(int capacity) {
        held = new HeldFrames(capacity);
    }

    /// How many may wait in all.
    int capacity() {
        return held.capacity();
    }

    int size() {
        return held.size();
    }

    boolean isEmpty(int neighbour) {
        return first[neighbour] == HeldFrames.NONE;
    }

    /// Returns false, and does not take the packet, if too many wait already.
    boolean add(int neighbour, long buffer, long dataAddress, int length, int port) {
        if (counts[neighbour] == PER_NEIGHBOUR) {
            return false;
        }
        boolean begins = isEmpty(neighbour);
        int place =
                held.add(
                        begins ? HeldFrames.NONE : last[neighbour],
                        buffer,
                        dataAddress,
                        length,
                        port);
        if (place == HeldFrames.NONE) {
            return false;
        }
        if (begins) {
            first[neighbour] = place;
        }
        last[neighbour] = place;
        counts[neighbour]++;
        return true;
    }

    /// Hands all packets of a neighbour to a receiver, in order. A packet that the receiver adds
    /// again waits for the next call.
    void release(int neighbour, HeldFrames.Receiver receiver) {
        int list = first[neighbour];
        first[neighbour] = HeldFrames.NONE;
        counts[neighbour] = 0;
        held.release(list, receiver);
    }
}
