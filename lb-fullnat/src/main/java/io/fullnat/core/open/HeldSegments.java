// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.open;

import java.util.Arrays;

/// Segments of clients, as they were received, that are kept until their real server has answered:
/// lists in arrays, no more in all than are to be kept. Nothing is allocated.
final class HeldSegments {
    /// Segments of one worker that may be held at once, where there are buffers enough.
    static final int MOST = 2048;

    /// Instead of a list: there is none.
    static final int NONE = 0;

    private final long[] buffers;
    private final long[] data;
    private final int[] lengths;
    private final int[] ports;
    private final int[] next;
    private int free = 1;
    private int size;

    /// @param capacity how many may be held at once, 1 to [#MOST]
    HeldSegments(int capacity) {
        buffers = new long[capacity + 1];
        data = new long[capacity + 1];
        lengths = new int[capacity + 1];
        ports = new int[capacity + 1];
        next = new int[capacity + 1];
        Arrays.setAll(next, i -> i == capacity ? NONE : i + 1);
    }

    /// How many may be held at once.
    int capacity() {
        return next.length - 1;
    }

    /// How many are held.
    int size() {
        return size;
    }

    /// Holds a segment behind another.
    ///
    /// @param last of its list, or [#NONE]
    /// @return its place, which is the last of its list now; [#NONE] if there is no room, and the
    ///   segment is not taken
    int add(int last, long buffer, long first, int length, int port) {
        int place = free;
        if (place == NONE) {
            return NONE;
        }
        free = next[place];
        buffers[place] = buffer;
        data[place] = first;
        lengths[place] = length;
        ports[place] = port;
        next[place] = NONE;
        if (last != NONE) {
            next[last] = place;
        }
        size++;
        return place;
    }

    /// Gives a list of segments away, in order.
    ///
    /// @param first of the list, or [#NONE]
    /// @param receiver gets them
    void release(int first, Handshakes.Receiver receiver) {
        int place = first;
        while (place != NONE) {
            int following = next[place];
            long buffer = buffers[place];
            long start = data[place];
            int length = lengths[place];
            int port = ports[place];
            next[place] = free;
            free = place;
            size--;
            receiver.accept(buffer, start, length, port);
            place = following;
        }
    }
}
