// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.limit;

import io.fullnat.api.io.Memory;
import io.fullnat.core.memory.BriefLock;
import io.fullnat.core.memory.FirstTouch;
import io.fullnat.core.memory.Region;
import java.util.concurrent.atomic.AtomicLong;

/// How many connections each client has over all workers, of those clients that have any: a table
/// of fixed size outside the heap, shared by all workers.
///
/// ```
/// bucket  +0 lock: 1, some key lies farther on: 2    +8 .. +56 seven clients
/// client  40 bits of the hash, 24 bits of the count
/// ```
///
/// A client is known by its hash: place and fingerprint are 40 bits and some 20 more of a secret
/// mixture, so two clients that count as one are a matter of one in 10^12, and nobody can aim at
/// it. That errs on the safe side: both together have no more than one may.
///
/// Counting a known client is one atomic step. A new one is put in under the lock of its bucket, so
/// that no two workers put in the same; that is held for some ten nanoseconds, and a worker that
/// does not get it in time refuses, so that none waits for another that was interrupted. A client
/// whose count is 0 leaves its place to the next one; nothing is ever moved.
///
/// **Thread-safety:** all methods, by any thread.
public final class ClientCounts implements AutoCloseable {
    /// One more is counted.
    public static final int CLAIMED = 0;

    /// The client has as many as it may have.
    public static final int LIMITED = 1;

    /// There is no room for one more client.
    public static final int NO_ROOM = 2;

    private static final int COUNT_BITS = 24;
    private static final long COUNT = (1L << COUNT_BITS) - 1;
    private static final long SPILLED = 2;

    /// Buckets where a client may lie, from its own on.
    private static final int REACH = 8;

    private static final int MAX_BUCKETS = 1 << 22;
    private static final int MIN_BUCKETS = 16;

    /// Buckets that are read to tell how full all are: a power of two, as their number is.
    private static final int LOOKED_AT = 1 << 14;

    private final Region region;
    private final long mask;
    private final AtomicLong got = new AtomicLong();

    /// A table without clients. It takes memory as clients come, or before ([#getMemory]).
    ///
    /// @param connections how many there can be at once, over all workers: each client has one at
    ///   least
    public ClientCounts(long connections) {
        long wanted = Math.max(MIN_BUCKETS, Math.min(MAX_BUCKETS, connections / 2));
        long buckets = Long.highestOneBit(wanted - 1) << 1;
        mask = buckets - 1;
        region = Region.allocateSparse(buckets * Region.CACHE_LINE, "connections of clients");
    }

    /// Gets some of the memory ahead of need, while a worker has nothing else to do. Clients lie
    /// all over it, so that some hundred would each wait for a page.
    ///
    /// @param pages how many at most, each of which takes the system about a microsecond
    /// @return how many it were; 0 when all is there
    public int getMemory(int pages) {
        if (got.get() >= region.size()) {
            return 0;
        }
        long length = (long) pages * FirstTouch.PAGE;
        long from = got.getAndAdd(length);
        long left = Math.clamp(region.size() - from, 0, length);
        return FirstTouch.touch(region.address() + from, left);
    }

    /// Claims one more connection of a client, unless that would be one too many.
    ///
    /// @param hash of the client, of which all bits are equally good
    /// @param limit 1 or more
    /// @return [#CLAIMED], [#LIMITED] or [#NO_ROOM]
    public int claim(long hash, long limit) {
        long print = print(hash);
        while (true) {
            long at = find(hash, print);
            if (at == 0) {
                if (!BriefLock.tryTake(bucket(hash, 0))) {
                    return NO_ROOM;
                }
                boolean known = find(hash, print) != 0;
                boolean put = !known && put(hash, print);
                BriefLock.giveBack(bucket(hash, 0));
                if (!known) {
                    return put ? CLAIMED : NO_ROOM;
                }
            } else {
                long word = Memory.getLongAcquire(at);
                if (word >>> COUNT_BITS == print) { // else it has left its place meanwhile
                    if ((word & COUNT) >= Math.min(limit, COUNT)) { // one more would carry
                        return LIMITED;
                    }
                    if (Memory.compareAndSetLong(at, word, word + 1)) {
                        return CLAIMED;
                    }
                }
            }
        }
    }

    /// A claimed connection has ended, or was not opened after all.
    ///
    /// @param hash of the client
    public void release(long hash) {
        long at = find(hash, print(hash));
        assert at != 0 && (Memory.getLongAcquire(at) & COUNT) != 0 : "nobody has claimed it";
        Memory.addLongAtomically(at, -1);
    }

    /// How many connections a client has.
    ///
    /// @param hash of the client
    /// @return 0 if it is not known
    public int count(long hash) {
        long at = find(hash, print(hash));
        return at == 0 ? 0 : (int) (Memory.getLongAcquire(at) & COUNT);
    }

    private static long print(long hash) {
        return Math.max(1, hash >>> COUNT_BITS);
    }

    private long bucket(long hash, int step) {
        return region.address() + (hash + step & mask) * Region.CACHE_LINE;
    }

    /// Where a client lies, 0 if it does not.
    private long find(long hash, long print) {
        long home = bucket(hash, 0);
        int reach = (Memory.getLongAcquire(home) & SPILLED) == 0 ? 1 : REACH;
        for (int step = 0; step < reach; step++) {
            long bucket = bucket(hash, step);
            for (int at = Long.BYTES; at < Region.CACHE_LINE; at += Long.BYTES) {
                if (Memory.getLongAcquire(bucket + at) >>> COUNT_BITS == print) {
                    return bucket + at;
                }
            }
        }
        return 0;
    }

    /// Puts a client in with a count of 1, in the place of one that has none. Under the lock of its
    /// bucket; others may take a place first.
    private boolean put(long hash, long print) {
        long home = bucket(hash, 0);
        for (int step = 0; step < REACH; step++) {
            if (step == 1) { // a search must go there before the client lies there
                Memory.putLongRelease(home, BriefLock.HELD | SPILLED);
            }
            long bucket = bucket(hash, step);
            for (int at = Long.BYTES; at < Region.CACHE_LINE; at += Long.BYTES) {
                long word = Memory.getLongAcquire(bucket + at);
                if ((word & COUNT) == 0
                        && Memory.compareAndSetLong(bucket + at, word, print << COUNT_BITS | 1)) {
                    return true;
                }
            }
        }
        return false;
    }

    /// How many clients have connections now, without reading all of a large table: hashes spread
    /// them evenly, so some of the buckets speak for the others.
    ///
    /// @return 0 to [#places()]
    public long clients() {
        long step = Math.max(1, (mask + 1) / LOOKED_AT);
        long found = 0;
        for (long bucket = 0; bucket <= mask; bucket += step) {
            long first = region.address() + bucket * Region.CACHE_LINE;
            for (int at = Long.BYTES; at < Region.CACHE_LINE; at += Long.BYTES) {
                found += (Memory.getLongAcquire(first + at) & COUNT) == 0 ? 0 : 1;
            }
        }
        return found * step;
    }

    /// Clients that there is room for at once.
    ///
    /// @return how many places there are
    public long places() {
        return (mask + 1) * (Region.CACHE_LINE / Long.BYTES - 1);
    }

    @Override
    public void close() {
        region.close();
    }
}
