// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.memoryio;

import io.fullnat.api.io.Memory;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;

/// The frames that one transmit queue has put on a bad wire and that have not arrived: a heap by
/// time of arrival, then by order of sending.
///
/// Belongs to the thread that owns the queue, as the queue does; that thread moves on what is due
/// whenever it receives or transmits, so no other thread is needed.
final class ImpairedLink {
    private static final String GENERATOR = "L64X128MixRandom";

    private final Impairment impairment;
    private final RandomGenerator random;
    private final InMemoryPool pool;
    private final InMemoryPort far;
    private final long[] buffers;
    private final long[] arrivalNs;
    private final long[] orders;
    private int size;
    private long nextOrder;

    ImpairedLink(
            Impairment impairment, long seed, InMemoryPool pool, InMemoryPort far, int capacity) {
        this.impairment = impairment;
        random = RandomGeneratorFactory.of(GENERATOR).create(seed);
        this.pool = pool;
        this.far = far;
        buffers = new long[capacity];
        arrivalNs = new long[capacity];
        orders = new long[capacity];
    }

    /// Takes a described buffer over.
    ///
    /// @return false if too many frames are under way; the buffer is the caller's then
    boolean put(long buffer) {
        if (size == buffers.length) {
            return false;
        }
        long nowNs = impairment.clock().nanoTime();
        if (random.nextDouble() < impairment.loss()) {
            pool.free(buffer);
            return true;
        }
        boolean twice = random.nextDouble() < impairment.duplication();
        add(buffer, nowNs + delayNs());
        if (twice && size < buffers.length) {
            long copy = copy(buffer);
            if (copy != 0) {
                add(copy, nowNs + delayNs());
            }
        }
        deliverDue(nowNs);
        return true;
    }

    /// Lets all frames arrive whose time has come.
    void deliverDue() {
        if (size > 0) {
            deliverDue(impairment.clock().nanoTime());
        }
    }

    private void deliverDue(long nowNs) {
        while (size > 0 && arrivalNs[0] - nowNs <= 0) {
            long buffer = buffers[0];
            removeFirst();
            if (!far.arrive(buffer)) {
                far.countMissed();
                pool.free(buffer);
            }
        }
    }

    private long delayNs() {
        long range = impairment.maxDelayNs() - impairment.minDelayNs();
        return impairment.minDelayNs() + (range == 0 ? 0 : random.nextLong(range + 1));
    }

    /// A copy of a frame at the same place in another buffer, 0 if there is none.
    private long copy(long buffer) {
        long copy = pool.allocate();
        if (copy != 0) {
            long data = BufferLayout.dataAddress(buffer);
            int length = BufferLayout.length(buffer);
            long copiedData = copy + (data - buffer);
            Memory.copy(data, copiedData, length);
            BufferLayout.describe(copy, copiedData, length);
        }
        return copy;
    }

    private void add(long buffer, long dueNs) {
        int child = size++;
        set(child, buffer, dueNs, nextOrder++);
        while (child > 0 && isBefore(child, (child - 1) / 2)) {
            swap(child, (child - 1) / 2);
            child = (child - 1) / 2;
        }
    }

    private void removeFirst() {
        size--;
        set(0, buffers[size], arrivalNs[size], orders[size]);
        int parent = 0;
        while (true) {
            int first = 2 * parent + 1;
            if (first >= size) {
                return;
            }
            if (first + 1 < size && isBefore(first + 1, first)) {
                first++;
            }
            if (!isBefore(first, parent)) {
                return;
            }
            swap(first, parent);
            parent = first;
        }
    }

    private boolean isBefore(int a, int b) {
        long differenceNs = arrivalNs[a] - arrivalNs[b];
        return differenceNs != 0 ? differenceNs < 0 : orders[a] < orders[b];
    }

    private void set(int index, long buffer, long dueNs, long order) {
        buffers[index] = buffer;
        arrivalNs[index] = dueNs;
        orders[index] = order;
    }

    private void swap(int a, int b) {
        long buffer = buffers[a];
        long dueNs = arrivalNs[a];
        long order = orders[a];
        set(a, buffers[b], arrivalNs[b], orders[b]);
        set(b, buffer, dueNs, order);
    }
}
