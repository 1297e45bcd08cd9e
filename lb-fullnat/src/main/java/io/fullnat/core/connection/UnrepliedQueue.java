package io.fullnat.core.connection;

import io.fullnat.api.io.Memory;
import io.fullnat.core.memory.Region;

/// The newest connections in order of creation: where a full table finds the oldest unreplied one.
///
/// A ring of record and creation number. An entry is not removed when its connection is answered or
/// ends; whoever takes it asks the record. So a connection that is answered costs nothing here.
final class UnrepliedQueue implements AutoCloseable {
    private static final int ENTRY_LENGTH = 8;

    private final Region ring;
    private final long address;
    private final int mask;
    private int head;
    private int tail;

    /// A queue that remembers a number of connections.
    ///
    /// @param capacity a power of two
    UnrepliedQueue(int capacity) {
        ring = Region.reserve((long) capacity * ENTRY_LENGTH, "the queue of new connections");
        address = ring.address();
        mask = capacity - 1;
    }

    void add(int id, int stamp) {
        if (tail - head > mask) {
            head++;
        }
        Memory.putLong(entry(tail++), (long) stamp << 32 | id);
    }

    boolean isEmpty() {
        return head == tail;
    }

    /// Takes the oldest entry: creation number in the upper half, record in the lower.
    long take() {
        return Memory.getLong(entry(head++));
    }

    private long entry(int position) {
        return address + (long) (position & mask) * ENTRY_LENGTH;
    }

    Region region() {
        return ring;
    }

    long bytes() {
        return ring.size();
    }

    @Override
    public void close() {
        ring.close();
    }
}
