// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.persistence;

import io.fullnat.api.io.Memory;
import io.fullnat.core.memory.BriefLock;
import io.fullnat.core.memory.Region;
import java.lang.invoke.VarHandle;

/// The persistence templates of all services, in one table that all workers read and write: a hash
/// table of sets, each of eight places with a line of tags in front.
///
/// ```
/// set      +0 owner (8)   +32 eight tags (4 each), then the places
/// place    +0 word        +8 client, first half   +16 last half   +24 used, until (4 each)
/// word     server 0-15, service 16-31, 32 proved, 33 there, 34-63 how often the place was written
/// ```
///
/// A reader asks nobody: it compares tags, then copies a place, and believes the copy if the word
/// is the same before and after. What only lengthens a template's life or proves it is one
/// compare-and-set. Who adds or replaces one owns the set for that moment, so two workers never
/// make two templates of one client. An owner that is held up by the system is not waited for
/// without end: [#BUSY] then.
///
/// **A full set.** A new template takes the place of one that has lapsed; else of one that was
/// never proved, first of its own service, the longest unused first; else, if another service has
/// at least two places more than its own, of that one's longest unused. Else it is refused. So
/// strangers, whose connections are never established, find no place of a client that is known; and
/// one service takes of a set what it likes only while others do not need it.
///
/// **Thread-safety:** all methods may be called by any thread.
public final class TemplateTable implements AutoCloseable {
    /// The templates that a table has room for if nothing is said.
    public static final int DEFAULT_CAPACITY = 1 << 18;

    /// There is no template.
    public static final int NONE = -1;

    /// The set is full of templates that do not give way.
    public static final int REFUSED = -2;

    /// Another thread owns the set and does not get on.
    public static final int BUSY = -3;

    /// Set in the answer of [#claim] if another client's template gave way.
    public static final int DISPLACED = 1 << 30;

    /// Set in the answer of [#claim] if the template was there: another worker has made it.
    public static final int MET = 1 << 29;

    /// The server in an answer of [#claim].
    public static final int SERVER = 0xFFFF;

    static final int WAYS = 8;

    private static final int OWNER = 0;
    private static final int TAGS = 32;
    private static final int PLACES = Region.CACHE_LINE;
    private static final int PLACE_BYTES = 32;
    private static final int SET_BYTES = PLACES + WAYS * PLACE_BYTES;

    private static final int HIGH = 8;
    private static final int LOW = 16;
    private static final int TIMES = 24;

    private static final long PROVED = 1L << 32;
    private static final long THERE = 1L << 33;
    private static final long WRITTEN = 1L << 34;

    private final Region region;
    private final long mask;
    private final long secret;

    /// An empty table.
    ///
    /// @param capacity templates for which there is room, rounded up to a power of two; memory is
    ///   taken as it is used, 40 bytes each
    /// @param secret of the hash, so that nobody can aim at a set
    public TemplateTable(int capacity, long secret) {
        int sets = Integer.highestOneBit(2 * ((capacity + WAYS - 1) / WAYS) - 1);
        mask = sets - 1L;
        this.secret = secret;
        region = Region.allocateSparse((long) sets * SET_BYTES, "persistence templates");
    }

    /// How many templates there is room for.
    ///
    /// @return a power of two
    public int capacity() {
        return (int) (mask + 1) * WAYS;
    }

    /// Finds the template of a client, which lasts anew.
    ///
    /// @param service slot of the service
    /// @param high first half of the client's address, without the bits that do not count
    /// @param low last half
    /// @param now the second
    /// @param timeout seconds that it lasts from now
    /// @return the slot of its server, or [#NONE]
    public int find(int service, long high, long low, int now, int timeout) {
        long hash = hash(service, high, low);
        long set = set(hash);
        int tag = tag(hash);
        for (int way = 0; way < WAYS; way++) {
            if (Memory.getInt(set + TAGS + (long) way * Integer.BYTES) == tag) {
                long place = place(set, way);
                long word = Memory.getLongAcquire(place);
                if (isOf(place, word, service, high, low)) {
                    long times = Memory.getLong(place + TIMES);
                    VarHandle.acquireFence();
                    if (isSame(Memory.getLong(place), word)) {
                        return lives(times, now) ? renew(place, word, times, now, timeout) : NONE;
                    }
                }
            }
        }
        return NONE;
    }

    private static int renew(long place, long word, long times, int now, int timeout) {
        long renewed = times(now, timeout);
        if (times != renewed) {
            // If it fails, another worker has just done it, or another client has the place.
            boolean _ = Memory.compareAndSetLong(place + TIMES, times, renewed);
        }
        return server(word);
    }

    /// A connection of a client has been established: its template gives way to no stranger's.
    ///
    /// @param service slot of the service
    /// @param high first half of the client's address, without the bits that do not count
    /// @param low last half
    public void prove(int service, long high, long low) {
        long hash = hash(service, high, low);
        long set = set(hash);
        int tag = tag(hash);
        for (int way = 0; way < WAYS; way++) {
            if (Memory.getInt(set + TAGS + (long) way * Integer.BYTES) == tag) {
                long place = place(set, way);
                long word = Memory.getLongAcquire(place);
                if ((word & PROVED) == 0 && isOf(place, word, service, high, low)) {
                    boolean _ = Memory.compareAndSetLong(place, word, word | PROVED);
                }
            }
        }
    }

    /// Makes the template of a client that has none, or one that no longer serves.
    ///
    /// @param service slot of the service
    /// @param high first half of the client's address, without the bits that do not count
    /// @param low last half
    /// @param server slot of the server that was chosen
    /// @param stale slot of the server that it must not lead to, or [#NONE]
    /// @param now the second
    /// @param timeout seconds that it lasts from now
    /// @return the slot of the server to which it leads now, which is another one if another worker
    ///   was faster, with [#MET] then, and with [#DISPLACED]; or [#REFUSED], or [#BUSY]
    public int claim(
            int service, long high, long low, int server, int stale, int now, int timeout) {
        long hash = hash(service, high, low);
        long set = set(hash);
        if (!BriefLock.tryTake(set + OWNER)) {
            return BUSY;
        }
        try {
            int way = find(set, tag(hash), service, high, low);
            int displaced = 0;
            long proved = 0;
            if (way >= 0) {
                long place = place(set, way);
                long word = Memory.getLong(place);
                long times = Memory.getLong(place + TIMES);
                if (lives(times, now) && server(word) != stale) {
                    renew(place, word, times, now, timeout);
                    return server(word) | MET;
                }
                proved = word & PROVED; // of the client, not of the server
            } else {
                way = victim(set, service, now);
                if (way < 0) {
                    return REFUSED;
                }
                displaced = isLive(place(set, way), now) ? DISPLACED : 0;
            }
            long word = proved | THERE | (long) service << 16 | server;
            write(place(set, way), word, high, low, times(now, timeout));
            Memory.putInt(set + TAGS + (long) way * Integer.BYTES, tag(hash));
            return server | displaced;
        } finally {
            BriefLock.giveBack(set + OWNER);
        }
    }

    private static void write(long place, long word, long high, long low, long times) {
        long written = (Memory.getLong(place) & -WRITTEN) + WRITTEN;
        Memory.putLong(place, written); // not there while it is written
        VarHandle.storeStoreFence();
        Memory.putLong(place + HIGH, high);
        Memory.putLong(place + LOW, low);
        Memory.putLong(place + TIMES, times);
        Memory.putLongRelease(place, written | word);
    }

    /// Owner: the way of a template, or -1.
    private static int find(long set, int tag, int service, long high, long low) {
        for (int way = 0; way < WAYS; way++) {
            long place = place(set, way);
            if (Memory.getInt(set + TAGS + (long) way * Integer.BYTES) == tag
                    && isOf(place, Memory.getLong(place), service, high, low)) {
                return way;
            }
        }
        return -1;
    }

    /// Owner: the way that a new template may have, or -1.
    private static int victim(long set, int service, int now) {
        int unproved = -1;
        for (int way = 0; way < WAYS; way++) {
            long place = place(set, way);
            if (!isLive(place, now)) {
                return way;
            }
            if ((Memory.getLong(place) & PROVED) == 0
                    && (unproved < 0 || isBetter(place, place(set, unproved), service))) {
                unproved = way;
            }
        }
        return unproved >= 0 ? unproved : ofRichest(set, service);
    }

    /// Whether a place is to be given away rather than another.
    private static boolean isBetter(long place, long other, int service) {
        boolean own = service(Memory.getLong(place)) == service;
        boolean otherOwn = service(Memory.getLong(other)) == service;
        return own == otherOwn ? isOlder(place, other) : own;
    }

    /// The longest unused of the service that has most of a set, if that is so much more than
    /// another one has that both are then nearer to each other.
    private static int ofRichest(long set, int service) {
        int own = count(set, service);
        int richest = -1;
        for (int way = 0; way < WAYS; way++) {
            long place = place(set, way);
            int has = count(set, service(Memory.getLong(place)));
            if (has >= own + 2
                    && (richest < 0
                            || has > count(set, service(Memory.getLong(place(set, richest))))
                            || (has == count(set, service(Memory.getLong(place(set, richest))))
                                    && isOlder(place, place(set, richest))))) {
                richest = way;
            }
        }
        return richest;
    }

    private static int count(long set, int service) {
        int count = 0;
        for (int way = 0; way < WAYS; way++) {
            if (service(Memory.getLong(place(set, way))) == service) {
                count++;
            }
        }
        return count;
    }

    private static boolean isOlder(long place, long other) {
        return Memory.getInt(place + TIMES) - Memory.getInt(other + TIMES) < 0;
    }

    /// Says what becomes of templates.
    @FunctionalInterface
    public interface Visitor {
        /// Gets a template.
        ///
        /// @param service slot of its service
        /// @param high first half of the client's address
        /// @param low last half
        /// @param server slot of its server
        /// @param secondsLeft until it lapses
        /// @param proved whether a connection of the client has been established
        /// @return whether it is to go, if the visit removes
        boolean visit(
                int service, long high, long low, int server, int secondsLeft, boolean proved);
    }

    /// How many sets there are, to be visited one by one.
    ///
    /// @return a power of two
    public int sets() {
        return (int) (mask + 1);
    }

    /// Shows the templates of a set that have not lapsed. Undisturbed and undisturbing.
    ///
    /// @param number 0 to [#sets()] - 1
    /// @param now the second
    /// @param visitor what it answers does not matter
    public void visit(int number, int now, Visitor visitor) {
        long set = region.address() + (long) number * SET_BYTES;
        for (int way = 0; way < WAYS; way++) {
            if (Memory.getInt(set + TAGS + (long) way * Integer.BYTES) != 0) {
                look(place(set, way), now, visitor);
            }
        }
    }

    private static boolean look(long place, int now, Visitor visitor) {
        long word = Memory.getLongAcquire(place);
        long high = Memory.getLong(place + HIGH);
        long low = Memory.getLong(place + LOW);
        long times = Memory.getLong(place + TIMES);
        VarHandle.acquireFence();
        return isSame(Memory.getLong(place), word)
                && (word & THERE) != 0
                && lives(times, now)
                && visitor.visit(
                        service(word), high, low, server(word), left(times, now), isProved(word));
    }

    /// Removes those templates of a set that a visitor says. Waits for workers that own the set, so
    /// it is not for workers.
    ///
    /// @param number 0 to [#sets()] - 1
    /// @param now the second
    /// @param visitor says which go
    /// @return how many have gone
    public int remove(int number, int now, Visitor visitor) {
        long set = region.address() + (long) number * SET_BYTES;
        int removed = 0;
        for (int way = 0; way < WAYS; way++) {
            if (Memory.getInt(set + TAGS + (long) way * Integer.BYTES) != 0) {
                while (!BriefLock.tryTake(set + OWNER)) {
                    Thread.onSpinWait();
                }
                try {
                    long place = place(set, way);
                    if (look(place, now, visitor)) {
                        Memory.putInt(set + TAGS + (long) way * Integer.BYTES, 0);
                        Memory.putLongRelease(place, Memory.getLong(place) & -WRITTEN);
                        removed++;
                    }
                } finally {
                    BriefLock.giveBack(set + OWNER);
                }
            }
        }
        return removed;
    }

    private static boolean isOf(long place, long word, int service, long high, long low) {
        return (word & THERE) != 0
                && service(word) == service
                && Memory.getLong(place + LOW) == low
                && Memory.getLong(place + HIGH) == high;
    }

    /// Whether two words of a place are of one template, which may have been proved meanwhile.
    private static boolean isSame(long word, long other) {
        return ((word ^ other) & ~PROVED) == 0;
    }

    private static boolean isLive(long place, int now) {
        return (Memory.getLong(place) & THERE) != 0 && lives(Memory.getLong(place + TIMES), now);
    }

    private static long times(int used, int timeout) {
        return ((long) (used + timeout) << 32) | (used & 0xFFFF_FFFFL);
    }

    private static boolean lives(long times, int now) {
        return left(times, now) > 0;
    }

    private static int left(long times, int now) {
        return (int) (times >>> 32) - now;
    }

    private static int server(long word) {
        return (int) word & 0xFFFF;
    }

    private static int service(long word) {
        return (int) (word >>> 16) & 0xFFFF;
    }

    private static boolean isProved(long word) {
        return (word & PROVED) != 0;
    }

    private static long place(long set, int way) {
        return set + PLACES + (long) way * PLACE_BYTES;
    }

    private long set(long hash) {
        return region.address() + (hash & mask) * SET_BYTES;
    }

    /// Never 0, which is a place without template.
    private static int tag(long hash) {
        return (int) (hash >>> 32) | 1;
    }

    private long hash(int service, long high, long low) {
        long mixed = (high ^ secret) * 0xC2B2_AE3D_27D4_EB4FL;
        mixed = (mixed ^ mixed >>> 29 ^ low) * 0x9E37_79B9_7F4A_7C15L;
        mixed = (mixed ^ mixed >>> 32 ^ service ^ secret) * 0xD6E8_FEB8_6659_FD93L;
        return mixed ^ mixed >>> 31;
    }

    @Override
    public void close() {
        region.close();
    }
}
