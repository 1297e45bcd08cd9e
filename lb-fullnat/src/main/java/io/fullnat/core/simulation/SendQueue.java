// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.simulation;

import java.util.Arrays;

/// The bytes of a stream from the first unacknowledged one on.
final class SendQueue {
    private byte[] bytes = {};
    private int start;
    private int size;

    int size() {
        return size;
    }

    void add(byte[] more) {
        if (start + size + more.length > bytes.length) {
            byte[] moved = new byte[Math.max(2 * size, size + more.length)];
            System.arraycopy(bytes, start, moved, 0, size);
            bytes = moved;
            start = 0;
        }
        System.arraycopy(more, 0, bytes, start + size, more.length);
        size += more.length;
    }

    byte[] slice(int offset, int length) {
        return Arrays.copyOfRange(bytes, start + offset, start + offset + length);
    }

    void removeFirst(int count) {
        start += count;
        size -= count;
        if (size == 0) {
            clear();
        }
    }

    /// Forgets all bytes and the memory that held them.
    void clear() {
        bytes = new byte[0];
        start = 0;
        size = 0;
    }
}
