// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.schedule;

/// Some small numbers, each with a key; the one with the least key first, of equal keys the least
/// number. Nothing is allocated after construction. For one thread.
final class KeyedHeap {
    private final int[] heap;
    private final double[] keys;
    private int size;

    /// @param numbers that can be in it: 0 to numbers - 1, each once
    KeyedHeap(int numbers) {
        heap = new int[numbers];
        keys = new double[numbers];
    }

    boolean isEmpty() {
        return size == 0;
    }

    void clear() {
        size = 0;
    }

    /// The first, when there is one.
    int first() {
        return heap[0];
    }

    /// Its key.
    double firstKey() {
        return keys[heap[0]];
    }

    /// Adds a number that is not there.
    void add(int number, double key) {
        keys[number] = key;
        int at = size++;
        while (at > 0) {
            int parent = (at - 1) >>> 1;
            if (!isBefore(number, heap[parent])) {
                break;
            }
            heap[at] = heap[parent];
            at = parent;
        }
        heap[at] = number;
    }

    /// Takes the first away.
    int remove() {
        int first = heap[0];
        size--;
        if (size > 0) {
            sink(heap[size]);
        }
        return first;
    }

    /// Gives the first a key that is not less than it has.
    void raise(double key) {
        keys[heap[0]] = key;
        sink(heap[0]);
    }

    private void sink(int number) {
        int at = 0;
        while (true) {
            int child = 2 * at + 1;
            if (child >= size) {
                break;
            }
            if (child + 1 < size && isBefore(heap[child + 1], heap[child])) {
                child++;
            }
            if (!isBefore(heap[child], number)) {
                break;
            }
            heap[at] = heap[child];
            at = child;
        }
        heap[at] = number;
    }

    private boolean isBefore(int number, int other) {
        return keys[number] < keys[other] || (keys[number] == keys[other] && number < other);
    }
}
