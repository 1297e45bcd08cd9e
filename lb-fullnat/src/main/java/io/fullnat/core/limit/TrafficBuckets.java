// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.limit;

import io.fullnat.api.io.Memory;
import io.fullnat.core.memory.Region;

/// The buckets of services' packets and bits over all workers: for each slot a cache line with a
/// word for each of both in either direction. Taking from one is one atomic step.
///
/// **Thread-safety:** all methods, by any thread.
public final class TrafficBuckets implements AutoCloseable {
    /// The bucket of packets towards the servers; that of answers follows.
    public static final int PACKETS = 0;

    /// The bucket of bits towards the servers; that of answers follows.
    public static final int BITS = 2;

    private final Region region;

    /// Buckets that are full.
    ///
    /// @param slots how many services
    public TrafficBuckets(int slots) {
        region = Region.allocateSparse((long) slots * Region.CACHE_LINE, "traffic of services");
    }

    private long at(int slot, int bucket) {
        return region.address() + (long) slot * Region.CACHE_LINE + (long) bucket * Long.BYTES;
    }

    /// Whether a packet would pass.
    ///
    /// @param slot of the service
    /// @param bucket of what, with the direction added
    /// @param tokens its limit
    /// @param now the present time, as [TrafficTokens#time] has it
    /// @param length the packet's bytes
    /// @return false if there is too little now
    public boolean has(int slot, int bucket, TrafficTokens tokens, long now, int length) {
        long full = tokens.settled(Memory.getLongAcquire(at(slot, bucket)), now);
        return tokens.has(full, now, tokens.costOf(length));
    }

    /// Takes what a packet costs, if it is there.
    ///
    /// @param slot of the service
    /// @param bucket of what, with the direction added
    /// @param tokens its limit
    /// @param now the present time
    /// @param length the packet's bytes
    /// @return false if there is too little
    public boolean take(int slot, int bucket, TrafficTokens tokens, long now, int length) {
        long at = at(slot, bucket);
        long cost = tokens.costOf(length);
        while (true) {
            long word = Memory.getLongAcquire(at);
            long full = tokens.settled(word, now);
            boolean has = tokens.has(full, now, cost);
            if (!has && full == word) {
                return false;
            }
            long next = has ? TrafficTokens.after(full, now, cost) : full;
            if (Memory.compareAndSetLong(at, word, next)) {
                return has;
            }
        }
    }

    /// Gives back what a packet has taken that does not pass after all.
    ///
    /// @param slot of the service
    /// @param bucket of what, with the direction added
    /// @param tokens its limit
    /// @param length the packet's bytes
    public void giveBack(int slot, int bucket, TrafficTokens tokens, int length) {
        Memory.addLongAtomically(at(slot, bucket), -tokens.costOf(length));
    }

    /// Fills all buckets of a slot, for a service that gets it.
    ///
    /// @param slot that no worker uses
    public void fill(int slot) {
        Memory.zero(at(slot, PACKETS), Region.CACHE_LINE);
    }

    @Override
    public void close() {
        region.close();
    }
}
