// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.path;

import java.util.Arrays;

/// Fragments that came before the first one of their packet, as they were received: lists in
/// arrays, no more in all than are to be kept. Nothing is allocated. For the worker's thread.
final class HeldFragments {
    /// Fragments of one worker that may be held at once.
    static final int MOST = 64;

    /// Fragments of one packet that may be held at once.
    static final int OF_A_PACKET = 8;

    /// Instead of a place: there is none.
    static final int NONE = 0;

    private final long[] buffers;
    private final long[] data;
    private final int[] lengths;
    private final int[] ports;
    private final int[] hops;
    private final int[] next;
    private int free = 1;
    private int size;

    /// Gets fragments that were held.
    @FunctionalInterface
    interface Receiver {
        /// Takes a fragment as it was received.
        ///
        /// @param buffer its handle
        /// @param data its first byte
        /// @param length of its frame
        /// @param port where it came in
        /// @param hopsDone how many workers had looked for its connection
        void accept(long buffer, long data, int length, int port, int hopsDone);
    }

    /// @param capacity how many may be held at once, 1 or more
    HeldFragments(int capacity) {
        buffers = new long[capacity + 1];
        data = new long[capacity + 1];
        lengths = new int[capacity + 1];
        ports = new int[capacity + 1];
        hops = new int[capacity + 1];
        next = new int[capacity + 1];
        Arrays.setAll(next, i -> i == capacity ? NONE : i + 1);
    }

    /// How many are held.
    int size() {
        return size;
    }

    /// Whether no more can be held.
    boolean isFull() {
        return free == NONE;
    }

    /// Holds a fragment behind another.
    ///
    /// @param last of its list, or [#NONE]
    /// @param start its first byte
    /// @return its place
    int add(int last, long buffer, long start, int length, int port, int hopsDone) {
        int place = free;
        free = next[place];
        buffers[place] = buffer;
        data[place] = start;
        lengths[place] = length;
        ports[place] = port;
        hops[place] = hopsDone;
        next[place] = NONE;
        if (last != NONE) {
            next[last] = place;
        }
        size++;
        return place;
    }

    /// Joins two lists.
    ///
    /// @param last of the one, or [#NONE]
    /// @param first of the other
    void join(int last, int first) {
        if (last != NONE) {
            next[last] = first;
        }
    }

    /// Gives a list of fragments away, in order.
    ///
    /// @param first of the list, or [#NONE]
    /// @param receiver gets them
    void release(int first, Receiver receiver) {
        int place = first;
        while (place != NONE) {
            int following = next[place];
            long buffer = buffers[place];
            long start = data[place];
            int length = lengths[place];
            int port = ports[place];
            int hopsDone = hops[place];
            next[place] = free;
            free = place;
            size--;
            receiver.accept(buffer, start, length, port, hopsDone);
            place = following;
        }
    }
}
