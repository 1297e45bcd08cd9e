// SPDX-License-Identifier: Apache-2.0
package io.fullnat.dpdk;

import io.fullnat.api.io.BufferPool;
import io.fullnat.api.io.Memory;
import io.fullnat.api.io.PacketBurst;
import java.lang.foreign.Arena;
import java.util.List;

/// One worker's access to the packet buffers of a [DpdkIo].
final class DpdkBufferPool implements BufferPool {
    private final List<PacketPool> pools;
    private final long capacity;
    private final PoolCache[] caches;
    private final PoolCache first;
    private final long firstPool;
    private final int dataCapacity;
    private boolean open = true;

    /// Not attached to a thread at first.
    ///
    /// @param pools at least one; new packets come from the first that has a buffer
    /// @param room bytes of a buffer, headroom included
    /// @param arena lives as long as this object is used
    DpdkBufferPool(List<PacketPool> pools, int room, Arena arena) {
        this.pools = List.copyOf(pools);
        capacity = pools.stream().mapToLong(PacketPool::size).sum();
        caches = pools.stream().map(pool -> new PoolCache(pool, arena)).toArray(PoolCache[]::new);
        first = caches[0];
        firstPool = first.poolAddress();
        dataCapacity = room - HEADROOM;
    }

    void attach(int lcore) {
        for (PoolCache cache : caches) {
            cache.attach(lcore);
        }
    }

    void detach() {
        for (PoolCache cache : caches) {
            cache.detach();
        }
    }

    /// Lets every later call find no buffer, as the memory is about to go.
    void shut() {
        open = false;
    }

    @Override
    public boolean allocate(PacketBurst burst) {
        long buffer = open ? take() : 0;
        if (buffer == 0) {
            return false;
        }
        Memory.putLong(buffer + MbufLayout.REARM, MbufLayout.FRESH);
        Memory.putLong(buffer + MbufLayout.FLAGS, 0);
        Memory.putInt(buffer + MbufLayout.PACKET_LENGTH, 0);
        Memory.putInt(buffer + MbufLayout.DATA_LENGTH, 0);
        burst.add(buffer, Memory.getLong(buffer + MbufLayout.BUFFER_ADDRESS) + HEADROOM, 0, 0);
        return true;
    }

    private long take() {
        for (PoolCache cache : caches) {
            long buffer = cache.take();
            if (buffer != 0) {
                return buffer;
            }
        }
        return 0;
    }

    @Override
    public void free(long buffer) {
        if (!open) {
            return;
        }
        long shared = Memory.getLong(buffer + MbufLayout.REARM) & MbufLayout.SHARE_MASK;
        long borrowed = Memory.getLong(buffer + MbufLayout.FLAGS) & MbufLayout.BORROWED;
        if (shared == MbufLayout.UNSHARED && borrowed == 0) {
            long pool = Memory.getLong(buffer + MbufLayout.POOL);
            if (pool == firstPool) {
                first.give(buffer);
                return;
            }
            for (PoolCache cache : caches) {
                if (pool == cache.poolAddress()) {
                    cache.give(buffer);
                    return;
                }
            }
        }
        first.giveUnusual(buffer);
    }

    @Override
    public void freeAll(PacketBurst burst) {
        int size = burst.size();
        for (int i = 0; i < size; i++) {
            free(burst.buffer(i));
        }
        burst.clear();
    }

    @Override
    public int dataCapacity() {
        return dataCapacity;
    }

    @Override
    public long capacity() {
        return capacity;
    }

    @Override
    public long inUse() {
        long sum = 0;
        if (open) {
            for (PacketPool pool : pools) {
                sum += pool.inUse();
            }
        }
        return sum;
    }
}
