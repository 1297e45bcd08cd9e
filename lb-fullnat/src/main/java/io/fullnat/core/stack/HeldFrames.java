// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.stack;

import java.util.Arrays;

/// Frames that are kept for later as they were received: lists in arrays, of which there may be
/// many, no more frames in all than are to be kept. Nothing is allocated. For the worker's thread.
public final class HeldFrames {
    /// Instead of a place: there is none.
    public static final int NONE = 0;

    private final long[] buffers;
    private final long[] data;
    private final int[] lengths;
    private final int[] ports;
    private final int[] next;
    private int free = 1;
    private int size;

    /// Gets frames that were held.
    @FunctionalInterface
    public interface Receiver {
        /// Takes a frame as it was received.
        ///
        /// @param buffer its handle
        /// @param data its first byte
        /// @param length of it
        /// @param port where it came in, as it was said to [#add]
        void accept(long buffer, long data, int length, int port);
    }

    /// Holds nothing yet.
    ///
    /// @param capacity how many frames may be held at once, 1 or more
    public HeldFrames(int capacity) {
        buffers = new long[capacity + 1];
        data = new long[capacity + 1];
        lengths = new int[capacity + 1];
        ports = new int[capacity + 1];
        next = new int[capacity + 1];
        Arrays.setAll(next, i -> i == capacity ? NONE : i + 1);
    }

    /// How many may be held at once.
    public int capacity() {
        return next.length - 1;
    }

    /// How many are held.
    public int size() {
        return size;
    }

    /// Whether no more can be held.
    public boolean isFull() {
        return free == NONE;
    }

    /// Holds a frame behind another.
    ///
    /// @param last of its list, or [#NONE] for a new one
    /// @param buffer its handle
    /// @param first its first byte
    /// @param length of it
    /// @param port where it came in
    /// @return its place, which is the last of its list now; [#NONE] if there is no room, and the
    ///   frame is not taken
    public int add(int last, long buffer, long first, int length, int port) {
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
        join(last, place);
        size++;
        return place;
    }

    /// Puts a list behind another.
    ///
    /// @param last of the one, or [#NONE]
    /// @param first of the other
    public void join(int last, int first) {
        if (last != NONE) {
            next[last] = first;
        }
    }

    /// Gives a list of frames away, in order. One that the receiver adds again has a place of its
    /// own.
    ///
    /// @param first of the list, or [#NONE]
    /// @param receiver gets them
    public void release(int first, Receiver receiver) {
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
