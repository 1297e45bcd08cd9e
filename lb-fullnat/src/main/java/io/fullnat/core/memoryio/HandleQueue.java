// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.memoryio;

import java.util.concurrent.atomic.AtomicLongArray;

/// A bounded queue of buffer handles: many threads put, one takes; lock-free, without allocation.
///
/// A producer first claims a place by moving `tail`, then fills it; the consumer takes a handle as
/// soon as it is not 0 and empties the place before it moves `head`. Producers seldom read `head`:
/// they share `limit`, a bound below which places are known to be empty: who reads it sees them
/// empty, as the one who read `head` did.
///
/// The three indices lie two cache lines apart in one array, lest producers and consumer disturb
/// each other.
final class HandleQueue {
    private static final int TAIL = 16;
    private static final int LIMIT = 32;
    private static final int HEAD = 48;
    private static final int INDICES_LENGTH = 64;

    private final int capacity;
    private final AtomicLongArray slots;
    private final AtomicLongArray indices = new AtomicLongArray(INDICES_LENGTH);

    /// An empty queue.
    ///
    /// @param capacity a power of two
    HandleQueue(int capacity) {
        this.capacity = capacity;
        slots = new AtomicLongArray(capacity);
        indices.set(LIMIT, capacity);
    }

    /// Puts a handle at the end. Any thread.
    ///
    /// @param handle not 0
    /// @return false if the queue is full
    boolean offer(long handle) {
        long limit = indices.getAcquire(LIMIT);
        long tail;
        do {
            tail = indices.get(TAIL);
            if (tail >= limit) {
                limit = indices.getAcquire(HEAD) + capacity;
                if (tail >= limit) {
                    return false;
                }
                indices.setRelease(LIMIT, limit);
            }
        } while (!indices.compareAndSet(TAIL, tail, tail + 1));
        slots.setRelease(slot(tail), handle);
        return true;
    }

    /// Takes the first handle. The consumer alone.
    ///
    /// @return 0 if there is none, or the first one is not yet quite there
    long poll() {
        long head = indices.getPlain(HEAD);
        int slot = slot(head);
        long handle = slots.getAcquire(slot);
        if (handle != 0) {
            slots.setPlain(slot, 0);
            indices.setRelease(HEAD, head + 1);
        }
        return handle;
    }

    /// How many handles there are, more or less, while others put and take. Any thread.
    ///
    /// @return 0 to the capacity
    int size() {
        long head = indices.getAcquire(HEAD);
        return Math.clamp(indices.getAcquire(TAIL) - head, 0, capacity);
    }

    private int slot(long index) {
        return (int) index & (capacity - 1);
    }
}
