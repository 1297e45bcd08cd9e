// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.memoryio;

import io.fullnat.api.io.BufferPool;
import io.fullnat.api.io.PacketBurst;
import io.fullnat.core.memory.Region;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicLong;

/// All buffers of one [InMemoryIo]: a lock-free stack of free ones (Treiber), so that any thread
/// may free what any other allocated.
///
/// The stack's head is an index and a tag that grows with each removal: a thread that was
/// interrupted between reading the head and replacing it cannot take a stack that has changed and
/// changed back for the old one (the ABA problem). A buffer's link is [#IN_USE] while it is out,
/// which finds a buffer that is freed twice, or sent after it was freed, at once.
///
/// **Thread-safety:** all methods, from any thread; more than [BufferPool] asks for.
final class InMemoryPool implements BufferPool {
    private static final int END = -1;
    private static final int IN_USE = -2;
    private static final long INDEX_MASK = 0xFFFF_FFFFL;
    private static final long TAG_STEP = 1L << 32;

    private final int capacity;
    private final int dataCapacity;
    private final Region region;
    private final long base;
    private final long stride;
    private final AtomicIntegerArray links;
    private final AtomicLong head;

    InMemoryPool(int capacity, int dataCapacity) {
        this.capacity = capacity;
        this.dataCapacity = dataCapacity;
        stride = BufferLayout.stride(dataCapacity);
        // Most balancers of tests use few of their buffers.
        region = Region.allocateSparse(stride * capacity, "packet buffers");
        base = region.address();
        links = new AtomicIntegerArray(capacity);
        for (int i = 0; i < capacity; i++) {
            links.set(i, i + 1 < capacity ? i + 1 : END);
        }
        head = new AtomicLong(0);
    }

    /// Gives all memory back; who comes later gets no buffer.
    void close() {
        head.set(INDEX_MASK); // END
        region.close();
    }

    @Override
    public long capacity() {
        return capacity;
    }

    @Override
    public boolean allocate(PacketBurst burst) {
        long buffer = allocate();
        if (buffer == 0) {
            return false;
        }
        burst.add(buffer, BufferLayout.freshData(buffer), 0, 0);
        return true;
    }

    /// Takes one buffer.
    ///
    /// @return its handle, 0 if none is left
    long allocate() {
        while (true) {
            long seen = head.get();
            int index = (int) seen;
            if (index == END) {
                return 0;
            }
            long next = links.get(index) & INDEX_MASK;
            if (head.compareAndSet(seen, ((seen & ~INDEX_MASK) + TAG_STEP) | next)) {
                links.set(index, IN_USE);
                return base + index * stride;
            }
        }
    }

    @Override
    public void free(long buffer) {
        int index = index(buffer);
        if (!links.compareAndSet(index, IN_USE, END)) {
            throw new IllegalStateException(
                    "buffer " + index + " was freed twice: its second owner has lost a packet");
        }
        while (true) {
            long seen = head.get();
            links.set(index, (int) seen);
            if (head.compareAndSet(seen, (seen & ~INDEX_MASK) | index)) {
                return;
            }
        }
    }

    @Override
    public void freeAll(PacketBurst burst) {
        for (int i = 0; i < burst.size(); i++) {
            free(burst.buffer(i));
        }
        burst.clear();
    }

    @Override
    public int dataCapacity() {
        return dataCapacity;
    }

    /// Counts; exact while no thread allocates or frees.
    @Override
    public long inUse() {
        long count = 0;
        for (int i = 0; i < capacity; i++) {
            if (links.get(i) == IN_USE) {
                count++;
            }
        }
        return count;
    }

    /// Checks what is about to go on a wire: a mistake here would show up as somebody else's broken
    /// packet.
    void requireOwned(long buffer, long data, int length) {
        int index = index(buffer);
        if (links.get(index) != IN_USE) {
            throw new IllegalStateException("buffer " + index + " was sent after it was freed");
        }
        long first = BufferLayout.firstByte(buffer);
        long end = BufferLayout.freshData(buffer) + dataCapacity;
        if (data < first || length < 0 || data + length > end) {
            throw new IllegalArgumentException(
                    length
                            + " bytes at offset "
                            + (data - BufferLayout.freshData(buffer))
                            + " lie outside buffer "
                            + index
                            + ", which has "
                            + HEADROOM
                            + " bytes before and "
                            + dataCapacity
                            + " behind its data address");
        }
    }

    private int index(long buffer) {
        long offset = buffer - base;
        if (offset < 0 || offset >= stride * capacity || offset % stride != 0) {
            throw new IllegalArgumentException(
                    "0x"
                            + Long.toHexString(buffer)
                            + " is not the handle of a buffer of this pool");
        }
        return (int) (offset / stride);
    }
}
