// SPDX-License-Identifier: Apache-2.0
package io.fullnat.api.io;

/// Packet buffers: a worker's way to make packets of its own and to let go of received ones.
///
/// A buffer comes empty, with [#HEADROOM] bytes in front of its data and room for at least
/// [#dataCapacity()] behind.
///
/// **Thread-safety:** one thread at a time for one `BufferPool` object; each worker gets its own
/// ([PacketIo#buffers(int)]) over the same memory. A buffer may be freed by another worker than the
/// one that got it. No method blocks, allocates on the heap or throws for load.
public interface BufferPool {
    /// Bytes before the first byte of a received or fresh packet that may be used to put a header
    /// in front.
    int HEADROOM = 128;

    /// Appends one empty packet to a burst: a buffer, its data address, length 0.
    ///
    /// @param burst not full
    /// @return false, with the burst unchanged, if no buffer is left
    boolean allocate(PacketBurst burst);

    /// Gives one buffer back.
    ///
    /// @param buffer a handle, as [PacketBurst#buffer(int)] gave it
    void free(long buffer);

    /// Gives back all buffers of a burst and clears it.
    ///
    /// @param burst its packets belong to the caller
    void freeAll(PacketBurst burst);

    /// The room for a packet's data, from the data address of a fresh buffer.
    ///
    /// @return bytes, at least 1,514 plus a VLAN tag
    int dataCapacity();

    /// How many buffers there are, free or not: of what this object takes from, which other workers
    /// may take from, too. It never changes.
    ///
    /// @return 1 or more
    long capacity();

    /// How many buffers are not free: in devices' queues, in bursts, in caches of workers. For
    /// statistics and leak tests; may be slow.
    ///
    /// @return 0 when all are back and no device holds any
    long inUse();
}
