// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.limit;

import io.fullnat.api.io.Memory;
import io.fullnat.core.memory.BriefLock;
import io.fullnat.core.memory.Region;

/// The buckets of tokens of clients' networks over all workers, in a table of fixed size: of those
/// that are not full, since a full one is as one that nobody has taken from.
///
/// ```
/// bucket of the table   +0 lock  +8 .. +56 seven hashes  +64 .. +112 when each is full
/// ```
///
/// When seven networks of one place have all taken tokens, an eighth takes the place of the one
/// that has taken least. So sources without number make the table forget the quiet ones first and a
/// network that floods last; what they get by being many is the business of the service's own rate.
///
/// A token is taken under the lock of its place, for some tens of nanoseconds; a worker that does
/// not get it in time refuses, so that none waits for another that was interrupted.
///
/// **Thread-safety:** all methods, by any thread.
public final class ClientRates implements AutoCloseable {
    /// A token was taken.
    public static final int TAKEN = 0;

    /// There is none.
    public static final int NONE = 1;

    /// Another worker holds the place for too long.
    public static final int BUSY = 2;

    /// Networks with the same place.
    private static final int WAYS = 7;

    private static final int LENGTH = 2 * Region.CACHE_LINE;

    /// Places that are read to tell how full all are.
    private static final int LOOKED_AT = 1 << 14;

    private final Region region;
    private final long mask;

    /// A table where no network has taken anything.
    ///
    /// @param places a power of two; each has room for seven networks in 128 bytes
    public ClientRates(int places) {
        mask = places - 1L;
        region = Region.allocateSparse((long) places * LENGTH, "rates of clients");
    }

    /// Takes a token of a network, if there is one.
    ///
    /// @param hash of the network, of which all bits are equally good
    /// @param tokens its rate
    /// @param now the present time, as [Tokens#time] has it
    /// @return [#TAKEN], [#NONE] or [#BUSY]
    public int take(long hash, Tokens tokens, long now) {
        long place = region.address() + (hash & mask) * LENGTH;
        if (!BriefLock.tryTake(place)) {
            return BUSY;
        }
        int answer = takeLocked(place, hash, tokens, now);
        BriefLock.giveBack(place);
        return answer;
    }

    /// Whether a network has a token now. Others may take it meanwhile.
    ///
    /// @param hash of the network
    /// @param tokens its rate
    /// @param now the present time, as [Tokens#time] has it
    /// @return true if it has, or is not known
    public boolean has(long hash, Tokens tokens, long now) {
        long place = region.address() + (hash & mask) * LENGTH;
        for (int way = 1; way <= WAYS; way++) {
            long at = place + (long) way * Long.BYTES;
            if (Memory.getLongAcquire(at) == hash) {
                long full = Memory.getLongAcquire(at + Region.CACHE_LINE);
                return tokens.has(tokens.settled(full, now), now);
            }
        }
        return true;
    }

    /// How many networks have taken tokens that have not come back yet, from some of the places of
    /// a large table.
    ///
    /// @param now the present time, as [Tokens#time] has it
    /// @return 0 to [#capacity()]
    public long networks(long now) {
        long step = Math.max(1, (mask + 1) / LOOKED_AT);
        long found = 0;
        for (long number = 0; number <= mask; number += step) {
            long place = region.address() + number * LENGTH;
            for (int way = 1; way <= WAYS; way++) {
                long full =
                        Memory.getLongAcquire(place + Region.CACHE_LINE + (long) way * Long.BYTES);
                found += full > now ? 1 : 0;
            }
        }
        return found * step;
    }

    /// Networks that there is room for.
    ///
    /// @return how many places there are
    public long capacity() {
        return (mask + 1) * WAYS;
    }

    private static int takeLocked(long place, long hash, Tokens tokens, long now) {
        long chosen = 0;
        long least = Long.MAX_VALUE;
        for (int way = 1; way <= WAYS; way++) {
            long at = place + (long) way * Long.BYTES;
            long full = Memory.getLong(at + Region.CACHE_LINE);
            if (Memory.getLong(at) == hash) {
                long settled = tokens.settled(full, now);
                boolean has = tokens.has(settled, now);
                long next = has ? tokens.after(settled, now) : settled;
                Memory.putLong(at + Region.CACHE_LINE, next);
                return has ? TAKEN : NONE;
            }
            if (full < least) {
                least = full;
                chosen = at;
            }
        }
        Memory.putLong(chosen, hash);
        Memory.putLong(chosen + Region.CACHE_LINE, tokens.after(0, now));
        return TAKEN;
    }

    /// Gives back a token that was taken. One of a network that was forgotten, or whose place
    /// another worker holds, is lost.
    ///
    /// @param hash of the network
    /// @param tokens its rate
    public void giveBack(long hash, Tokens tokens) {
        long place = region.address() + (hash & mask) * LENGTH;
        if (!BriefLock.tryTake(place)) {
            return;
        }
        for (int way = 1; way <= WAYS; way++) {
            long at = place + (long) way * Long.BYTES;
            if (Memory.getLong(at) == hash) {
                long full = Memory.getLong(at + Region.CACHE_LINE);
                Memory.putLong(at + Region.CACHE_LINE, full - tokens.cost());
            }
        }
        BriefLock.giveBack(place);
    }

    @Override
    public void close() {
        region.close();
    }
}
