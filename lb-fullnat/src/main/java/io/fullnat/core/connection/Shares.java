// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.connection;

import static io.fullnat.core.connection.ConnectionLayout.FLOW_LENGTH;
import static io.fullnat.core.connection.ConnectionLayout.LAST_SEEN;
import static io.fullnat.core.connection.ConnectionLayout.OWNER;
import static io.fullnat.core.connection.ConnectionLayout.QUEUE;
import static io.fullnat.core.connection.ConnectionLayout.QUEUE_NEXT;
import static io.fullnat.core.connection.ConnectionLayout.QUEUE_PREVIOUS;

import io.fullnat.api.io.Memory;
import io.fullnat.core.memory.Region;
import java.util.Arrays;

/// How the owners of a table's connections, which are services, share it: how many each has, and
/// which of them give way when it may have no more.
///
/// **How many.** While an owner is alone it may have all. Else it may have one more if it has fewer
/// than three times as many as are free: so one that wants all gets three quarters, two get three
/// sevenths each, and there is always room for one that begins (dynamic thresholds, Choudhury and
/// Hahne 1998). An owner may be bounded besides: by the most that it may have, and by a number that
/// is kept for it, which the others leave free as far as it does not have it yet.
///
/// **Which give way**, of each owner in lists through the entries, so that finding one costs the
/// same however many there are, and a flood of one owner's finds no other's:
///
/// 1. half-open TCP and unanswered UDP, the oldest, once nothing was heard for three seconds: an
///    answer may be under way to a younger one;
/// 2. TCP that is over, the oldest;
/// 3. UDP that was answered and not continued, the oldest;
/// 4. half-open TCP and unanswered UDP, the oldest that is left.
///
/// An established connection, one that is half closed, and UDP that went on after an answer never
/// give way.
public final class Shares implements AutoCloseable {
    /// Seconds for which a connection in an owner's list counts as in use.
    private static final int GRACE = 3;

    /// How many in use one search puts to the end of a list.
    private static final int MAX_IN_USE = 8;

    /// How many owners one search looks at.
    private static final int MAX_OWNERS = 64;

    private static final int FACTOR = 3;
    private static final int PERCENT = 100;
    private static final int BOUND_LENGTH = 3;

    private static final int NONE = 0;
    private static final int UNREPLIED = 1;
    private static final int OVER = 2;
    private static final int ANSWERED = 3;

    // Of an owner: how many were refused, how many there are, how many there may be, then head and
    // tail of each list, 4 bytes each, then how many are kept for it.
    private static final int REFUSED = 0;
    private static final int COUNT = 8;
    private static final int MOST = 12; // 0 for no bound
    private static final int LISTS = 16;
    private static final int LIST_LENGTH = 8;
    private static final int RESERVED = 40;

    // Of an owner, too: how many are unreplied, how many of those gave way, how many were refused.
    private static final int UNREPLIED_COUNT = 44;
    private static final int GAVE_WAY = 48;
    private static final int HALF_OPEN_REFUSED = 56;

    /// The list of each state's connections.
    private static final byte[] QUEUES = queues();

    private final Region owners;
    private final long firstOwner;
    private final int capacity;
    private final int size;
    private final long entriesAddress;
    private int sharers = 1;
    private int used = 1;
    private int next;
    private int[] bounds = {};

    /// How many are kept for owners that do not have them yet.
    private int kept;

    /// The owner that had most when one got another connection: most likely the one that has.
    private int largest;

    /// Shares of a table.
    ///
    /// @param entriesAddress its first entry
    /// @param capacity how many entries there are
    /// @param size how many owners there can be
    Shares(long entriesAddress, int capacity, int size) {
        this.entriesAddress = entriesAddress;
        this.capacity = capacity;
        this.size = size;
        owners = Region.allocateSparse((long) size * Region.CACHE_LINE, "the shares of services");
        firstOwner = owners.address();
    }

    /// Sets among how many owners the table is shared.
    ///
    /// @param count of those that want connections
    public void sharers(int count) {
        sharers = count;
    }

    /// Bounds what some owners may have; all others are not bounded any more.
    ///
    /// @param bounded for each of them its number, the most that it may have and what is kept for
    ///   it, both in percent of the table
    public void bounds(int... bounded) {
        if (Arrays.equals(bounded, bounds)) {
            return;
        }
        for (int i = 0; i < bounds.length; i += BOUND_LENGTH) {
            bound(bounds[i], 0, 0);
        }
        bounds = bounded;
        kept = 0;
        for (int i = 0; i < bounded.length; i += BOUND_LENGTH) {
            int owner = bounded[i];
            bound(owner, Math.max(1, part(bounded[i + 1])), part(bounded[i + 2]));
            kept += Math.max(0, reserved(owner) - count(owner));
        }
    }

    private int part(int percent) {
        return (int) ((long) capacity * percent / PERCENT);
    }

    private void bound(int owner, int most, int reserved) {
        Memory.putInt(ownerAt(owner) + MOST, most);
        Memory.putInt(ownerAt(owner) + RESERVED, reserved);
    }

    private int reserved(int owner) {
        return Memory.getInt(ownerAt(owner) + RESERVED);
    }

    /// How many connections of an owner are open. Any thread may ask, and gets a number that may be
    /// a moment old.
    ///
    /// @param owner which
    /// @return 0 to the capacity
    public int count(int owner) {
        return Memory.getInt(ownerAt(owner) + COUNT);
    }

    /// How many connections of an owner were refused. Any thread may ask.
    ///
    /// @param owner which
    /// @return since the start
    public long refused(int owner) {
        return Memory.getLong(ownerAt(owner) + REFUSED);
    }

    /// How many connections of an owner nobody has answered yet.
    ///
    /// @param owner which
    /// @return right on the table's thread
    public int unreplied(int owner) {
        return Memory.getInt(ownerAt(owner) + UNREPLIED_COUNT);
    }

    /// The connection of an owner that has waited longest for an answer, of those of which nothing
    /// was heard for some time; if there is none, of all.
    ///
    /// @param owner which
    /// @param nowSeconds the present second
    /// @return the entry, or 0
    public long oldestUnreplied(int owner, int nowSeconds) {
        long waiting = idle(owner, UNREPLIED, nowSeconds);
        return waiting != 0 ? waiting : head(owner, UNREPLIED);
    }

    /// Notes that an unreplied connection of an owner gives way to a newer one of it.
    ///
    /// @param owner which
    public void gaveWay(int owner) {
        Memory.addLong(ownerAt(owner) + GAVE_WAY, 1);
    }

    /// How many did. Any thread may ask.
    ///
    /// @param owner which
    /// @return since the start
    public long gaveWayOf(int owner) {
        return Memory.getLong(ownerAt(owner) + GAVE_WAY);
    }

    /// Notes that a connection of an owner was refused, as none could give way.
    ///
    /// @param owner which
    public void refusedHalfOpen(int owner) {
        Memory.addLong(ownerAt(owner) + HALF_OPEN_REFUSED, 1);
    }

    /// How many were. Any thread may ask.
    ///
    /// @param owner which
    /// @return since the start
    public long refusedHalfOpenOf(int owner) {
        return Memory.getLong(ownerAt(owner) + HALF_OPEN_REFUSED);
    }

    void refuse(int owner) {
        Memory.addLong(ownerAt(owner) + REFUSED, 1);
    }

    /// Whether an owner may have one more of those that are free.
    boolean mayTake(int owner, int free) {
        int count = count(owner);
        if (count < reserved(owner)) {
            return free > 0;
        }
        int most = Memory.getInt(ownerAt(owner) + MOST);
        int left = free - kept;
        return left > 0
                && (most == 0 || count < most)
                && (sharers < 2 || count < (long) FACTOR * left);
    }

    /// A connection that gives way to another one of an owner: one of its own, or, if it has less
    /// than its part while nothing is free, one of an owner that has more.
    ///
    /// @param owner which asks
    /// @param free how many are free
    /// @param now the present second
    /// @return the entry, or 0
    long victim(int owner, int free, int now) {
        int count = count(owner);
        if (free == 0 && (count < reserved(owner) || (long) count * sharers < capacity)) {
            long other = othersVictim(owner, now);
            if (other != 0) {
                return other;
            }
        }
        return ownVictim(owner, now);
    }

    private long othersVictim(int owner, int now) {
        int fair = count(owner) < reserved(owner) ? 0 : capacity / Math.max(1, sharers);
        long first = largest != owner && hasMore(largest, fair) ? ownVictim(largest, now) : 0;
        if (first != 0) {
            return first;
        }
        for (int step = Math.min(MAX_OWNERS, used); step > 0; step--) {
            next = next + 1 >= used ? 0 : next + 1;
            if (next != owner && hasMore(next, fair)) {
                long victim = ownVictim(next, now);
                if (victim != 0) {
                    return victim;
                }
            }
        }
        return 0;
    }

    /// Whether an owner has more than its part, and than is kept for it.
    private boolean hasMore(int owner, int fair) {
        int count = count(owner);
        return count > fair && count > reserved(owner);
    }

    private long ownVictim(int owner, int now) {
        long waiting = idle(owner, UNREPLIED, now);
        if (waiting != 0) {
            return waiting;
        }
        for (int step = 0; step < MAX_IN_USE; step++) {
            long over = head(owner, OVER);
            if (over == 0) {
                break;
            }
            if (TcpMoves.isOver(over)) {
                return over;
            }
            unlist(over); // it lives, as has turned out: its timer will find that too
        }
        long answered = idle(owner, ANSWERED, now);
        if (answered == 0) {
            answered = head(owner, ANSWERED);
        }
        return answered != 0 ? answered : head(owner, UNREPLIED);
    }

    /// The oldest in a list that was not heard of for some time; those that were go to its end.
    private long idle(int owner, int queue, int now) {
        for (int step = 0; step < MAX_IN_USE; step++) {
            long entry = head(owner, queue);
            if (entry == 0) {
                return 0;
            }
            int in = Memory.getInt(entry + LAST_SEEN);
            int out = Memory.getInt(entry + FLOW_LENGTH + LAST_SEEN);
            if (now - Math.max(in, out) >= GRACE) {
                return entry;
            }
            if (in == out) {
                return 0; // it has passed no packet since it began,
            }
            unlist(entry);
            append(entry, owner, queue);
        }
        return 0;
    }

    /// Counts a connection just opened.
    void join(long entry, int owner) {
        Memory.putInt(entry + OWNER, owner);
        long count = ownerAt(owner) + COUNT;
        int before = Memory.getInt(count);
        Memory.putInt(count, before + 1);
        kept -= before < reserved(owner) ? 1 : 0;
        used = Math.max(used, owner + 1);
        if (owner != largest && Memory.getInt(count) > count(largest)) {
            largest = owner;
        }
    }

    /// Takes note of a connection's state. Costs a look if it stays in its list; else the links of
    /// its neighbours there, which began and were answered shortly before and after it.
    void file(long entry, ConnectionState state) {
        int queue = QUEUES[state.ordinal()];
        int before = Memory.getByte(entry + QUEUE);
        if (queue != before) {
            long lists = ownerAt(Memory.getInt(entry + OWNER)) + LISTS;
            if (before != NONE) {
                unlink(entry, lists, before);
            }
            if (queue != NONE) {
                link(entry, lists, queue);
            }
            Memory.putByte(entry + QUEUE, queue);
        }
    }

    private static byte[] queues() {
        ConnectionState[] states = ConnectionState.values();
        byte[] queues = new byte[states.length];
        for (ConnectionState state : states) {
            queues[state.ordinal()] =
                    (byte)
                            switch (state) {
                                case TIME_WAIT, LAST_ACK, CLOSE -> OVER;
                                case UDP_NORMAL -> ANSWERED;
                                default -> state.isUnreplied() ? UNREPLIED : NONE;
                            };
        }
        return queues;
    }

    /// Counts a connection no more.
    void end(long entry) {
        unlist(entry);
        int owner = Memory.getInt(entry + OWNER);
        int left = count(owner) - 1;
        Memory.putInt(ownerAt(owner) + COUNT, left);
        kept += left < reserved(owner) ? 1 : 0;
    }

    private void append(long entry, int owner, int queue) {
        link(entry, ownerAt(owner) + LISTS, queue);
        Memory.putByte(entry + QUEUE, queue);
    }

    private void unlist(long entry) {
        int queue = Memory.getByte(entry + QUEUE);
        if (queue != NONE) {
            unlink(entry, ownerAt(Memory.getInt(entry + OWNER)) + LISTS, queue);
            Memory.putByte(entry + QUEUE, NONE);
        }
    }

    private void link(long entry, long lists, int queue) {
        long list = lists + (long) (queue - 1) * LIST_LENGTH;
        int number = number(entry);
        int tail = Memory.getInt(list + Integer.BYTES);
        Memory.putInt(entry + QUEUE_NEXT, 0);
        Memory.putInt(entry + QUEUE_PREVIOUS, tail);
        Memory.putInt(list + Integer.BYTES, number);
        Memory.putInt(tail == 0 ? list : entry(tail) + QUEUE_NEXT, number);
        countUnreplied(lists, queue, 1);
    }

    private void unlink(long entry, long lists, int queue) {
        long list = lists + (long) (queue - 1) * LIST_LENGTH;
        int after = Memory.getInt(entry + QUEUE_NEXT);
        int before = Memory.getInt(entry + QUEUE_PREVIOUS);
        Memory.putInt(before == 0 ? list : entry(before) + QUEUE_NEXT, after);
        Memory.putInt(after == 0 ? list + Integer.BYTES : entry(after) + QUEUE_PREVIOUS, before);
        countUnreplied(lists, queue, -1);
    }

    private static void countUnreplied(long lists, int queue, int more) {
        if (queue == UNREPLIED) {
            long at = lists - LISTS + UNREPLIED_COUNT;
            Memory.putInt(at, Memory.getInt(at) + more);
        }
    }

    private long head(int owner, int queue) {
        int number = Memory.getInt(list(owner, queue));
        return number == 0 ? 0 : entry(number);
    }

    private long list(int owner, int queue) {
        return ownerAt(owner) + LISTS + (long) (queue - 1) * LIST_LENGTH;
    }

    private long ownerAt(int owner) {
        assert owner >= 0 && owner < size;
        return firstOwner + (long) owner * Region.CACHE_LINE;
    }

    private long entry(int number) {
        return ConnectionLayout.entry(entriesAddress, number);
    }

    private int number(long entry) {
        return ConnectionLayout.number(entriesAddress, entry);
    }

    long bytes() {
        return owners.size();
    }

    @Override
    public void close() {
        owners.close();
    }
}
