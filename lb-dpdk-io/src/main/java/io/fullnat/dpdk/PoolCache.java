// SPDX-License-Identifier: Apache-2.0
package io.fullnat.dpdk;

import io.fullnat.api.io.Memory;
import java.lang.foreign.Arena;

/// One worker's way to one pool: the pool's own cache for the lcore that the worker's thread is
/// registered as, read and written here as DPDK's inline functions do in C. Device drivers called
/// on this thread use the same cache, so a buffer freed here is the next one received into, while
/// it is still in the CPU's cache.
///
/// A thread that is not registered has no cache; it goes to the pool for each buffer. One thread.
final class PoolCache {
    private final PacketPool pool;

    /// Room for one address, for calls about a single buffer.
    private final long slot;

    /// Address of the lcore's cache, 0 if there is none.
    private long cache;

    private long objects;
    private int limit;

    /// Without a cache at first.
    ///
    /// @param arena lives as long as this object is used
    PoolCache(PacketPool pool, Arena arena) {
        this.pool = pool;
        slot = NativeFunction.zeroed(arena, Long.BYTES);
    }

    /// Uses the cache of an lcore from now on.
    void attach(int lcore) {
        cache = pool.cache(lcore);
        objects = cache + MempoolLayout.CACHE_OBJECTS;
        limit = Memory.getInt(cache + MempoolLayout.CACHE_LIMIT);
    }

    /// Empties the cache into the pool and forgets it.
    void detach() {
        if (cache != 0) {
            int length = Memory.getInt(cache + MempoolLayout.CACHE_LENGTH);
            if (length > 0) {
                pool.enqueue(objects, length);
                Memory.putInt(cache + MempoolLayout.CACHE_LENGTH, 0);
            }
            cache = 0;
        }
    }

    long poolAddress() {
        return pool.address();
    }

    /// Takes one buffer.
    ///
    /// @return its address, 0 if there is none
    long take() {
        if (cache == 0) {
            return pool.dequeue(slot, 1) ? Memory.getLong(slot) : 0;
        }
        int length = Memory.getInt(cache + MempoolLayout.CACHE_LENGTH);
        if (length == 0) {
            length = refill();
            if (length == 0) {
                return 0;
            }
        }
        Memory.putInt(cache + MempoolLayout.CACHE_LENGTH, length - 1);
        return Memory.getLong(objects + (length - 1L) * Long.BYTES);
    }

    /// Gives one buffer back that is whole, unshared and of this pool.
    void give(long buffer) {
        if (cache == 0) {
            Memory.putLong(slot, buffer);
            pool.enqueue(slot, 1);
            return;
        }
        int length = Memory.getInt(cache + MempoolLayout.CACHE_LENGTH);
        if (length >= limit) {
            length = spill(length);
        }
        Memory.putLong(objects + (long) length * Long.BYTES, buffer);
        Memory.putInt(cache + MempoolLayout.CACHE_LENGTH, length + 1);
    }

    /// Gives back a buffer that is shared, has segments or borrowed data, or is of no pool here.
    void giveUnusual(long buffer) {
        Memory.putLong(slot, buffer);
        pool.freeUnusual(slot, 1);
    }

    /// Half a cache, or as much of that as the pool has.
    private int refill() {
        for (int count = limit / 2; count > 0; count /= 2) {
            if (pool.dequeue(objects, count)) {
                return count;
            }
        }
        return 0;
    }

    /// Leaves half a cache. What drivers put in may exceed the limit; it goes, too.
    private int spill(int length) {
        int keep = limit / 2;
        pool.enqueue(objects + (long) keep * Long.BYTES, length - keep);
        return keep;
    }
}
