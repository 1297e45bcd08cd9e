// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.service;

import io.fullnat.api.io.Memory;
import io.fullnat.api.service.HandshakeTimes;
import io.fullnat.core.memory.Region;

/// How long the handshakes of one worker's connections have taken, by slot of the real server: 96
/// counters of four bytes, [HandshakeTimes#BUCKETS] of which are used, six cache lines. Counts
/// wrap, so who adds them up looks more often than 2^32 handshakes take. Memory is taken page by
/// page as servers are counted for.
///
/// **Thread-safety:** written by the worker with plain stores; read by any thread, each count for
/// itself.
public final class HandshakeTable implements AutoCloseable {
    private static final int LENGTH = 6 * Region.CACHE_LINE;

    private final Region region;
    private final long first;

    /// Nothing is counted yet.
    ///
    /// @param servers slots of real servers
    HandshakeTable(int servers) {
        region = Region.allocateSparse((long) servers * LENGTH, "times of handshakes");
        first = region.address();
    }

    private long at(int slot) {
        return first + (long) slot * LENGTH;
    }

    /// Worker: a server has answered a SYN.
    ///
    /// @param slot the server's
    /// @param micros it took
    public void count(int slot, int micros) {
        long at = at(slot) + (long) HandshakeTimes.bucket(micros) * Integer.BYTES;
        Memory.putInt(at, Memory.getInt(at) + 1);
    }

    /// Adds what was counted to sums, which wrap.
    ///
    /// @param slot the server's
    /// @param sums by bucket
    public void addTo(int slot, int[] sums) {
        long at = at(slot);
        for (int bucket = 0; bucket < sums.length; bucket++) {
            sums[bucket] += Memory.getInt(at + (long) bucket * Integer.BYTES);
        }
    }

    /// Control: a slot that no connection has is another server's.
    ///
    /// @param slot of which nothing is known
    public void clear(int slot) {
        Memory.zero(at(slot), LENGTH);
    }

    @Override
    public void close() {
        region.close();
    }
}
