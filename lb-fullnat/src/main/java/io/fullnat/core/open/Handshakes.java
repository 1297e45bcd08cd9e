// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.open;

import io.fullnat.api.counter.Counter;
import io.fullnat.api.counter.Outcome;
import io.fullnat.api.io.Memory;
import io.fullnat.core.connection.ConnectionLayout;
import io.fullnat.core.connection.ConnectionState;
import io.fullnat.core.connection.ConnectionTable;
import io.fullnat.core.connection.TcpMoves;
import io.fullnat.core.memory.Region;
import io.fullnat.core.stack.HeldFrames;
import io.fullnat.core.stack.StackContext;

/// Handshakes with real servers that the balancer makes itself, for clients that have answered a
/// SYN cookie and believe to be connected: a [HandshakeRecord] for each, beside the connection's
/// entry, from the SYN to the real server until that has answered. A bit of the entry says that
/// there is one ([ConnectionLayout#isPending]).
///
/// A connection that ends while its record is here was promised to its client, who is told by a
/// reset.
///
/// There is room for as many as there can be connections, and memory is taken as it is used.
/// **Thread-safety:** none; each worker has its own.
public final class Handshakes implements AutoCloseable {
    /// How often a SYN is sent to the real server: at once, and after 1, 3 and 7 seconds. After 15
    /// seconds there is no answer.
    public static final int TRIES = 4;

    /// In place of a number of tries: the first is still to be made, as too many waited for the
    /// neighbour. Once more, and then as if it had been made; a neighbour that is there answers
    /// sooner.
    private static final int SOON = TRIES;

    private static final long SOON_NS = 100_000_000L;

    /// Segments of one worker that may be held at once, where there are buffers enough: of all, an
    /// eighth may be held.
    private static final int MOST_HELD = 2048;

    private static final int PART_HELD = 8;

    private static final long SECOND_NS = 1_000_000_000L;
    private static final int NONE = 0;

    private final FlowContext context;
    private final StackContext stack;
    private final long firstEntry;
    private final Region places;
    private final Region records;
    private final HeldFrames held;
    private final SpentCookies spent = new SpentCookies();
    private final HeldFrames.Receiver dropping = this::drop;
    private final int[] first = new int[TRIES + 1];
    private final int[] last = new int[TRIES + 1];
    private int free = NONE;
    private int used;
    private int size;

    Handshakes(FlowContext context, ConnectionTable table) {
        this.context = context;
        stack = context.stack();
        held = new HeldFrames(stack.keeps(MOST_HELD, PART_HELD));
        firstEntry = table.noFlow();
        long longest = ConnectionLayout.ENTRY_LENGTH + ConnectionLayout.WIDE_ENTRY_LENGTH;
        long entries = (table.capacity() + 1L) * longest / ConnectionLayout.ENTRY_LENGTH + 1;
        places = Region.reserve(entries * Integer.BYTES, "the places of handshakes");
        records = Region.reserve((long) table.capacity() * HandshakeRecord.LENGTH, "handshakes");
    }

    /// How many handshakes are under way.
    ///
    /// @return as many as there are connections, at most
    public int size() {
        return size;
    }

    /// How many segments wait for real servers.
    ///
    /// @return 0 or more
    public int held() {
        return held.size();
    }

    /// How many segments may wait for real servers at once.
    ///
    /// @return 1 or more
    public int holdCapacity() {
        return held.capacity();
    }

    /// Begins a handshake of a connection that has just been opened.
    ///
    /// @param entry of the connection
    /// @param from a record that is filled, which is copied
    /// @return its record
    public long begin(long entry, long from) {
        int place = free;
        if (place != NONE) {
            free = HandshakeRecord.next(record(place));
        } else {
            place = ++used;
        }
        size++;
        long record = record(place);
        Memory.zero(record, HandshakeRecord.LENGTH);
        HandshakeRecord.fill(record, from);
        HandshakeRecord.entry(record, entry);
        Memory.putInt(placeOf(entry), place);
        mark(entry, true);
        append(place, record, 0);
        return record;
    }

    /// Whether a cookie has had its handshake: what acknowledges it comes again.
    ///
    /// @param cookie the number of its SYN-ACK
    /// @param client the number of the client's SYN
    /// @return true for one of the last thousands
    public boolean isSpent(int cookie, int client) {
        return spent.has(cookie, client, stack.nowNs());
    }

    /// The record of a connection.
    ///
    /// @param entry of a connection that is pending
    /// @return its record
    public long of(long entry) {
        return record(Memory.getInt(placeOf(entry)));
    }

    private static void mark(long entry, boolean pending) {
        ConnectionLayout.pending(entry, pending);
        byte state = Memory.getByte(entry + ConnectionLayout.STATE);
        TcpMoves.watch(entry, ConnectionState.of(state));
    }

    /// A handshake whose real server has not answered in time. The caller is to try again
    /// ([#tryAgain]) or to end it.
    ///
    /// @return its record; 0 if there is none
    public long due() {
        for (int tries = 0; tries <= SOON; tries++) {
            if (first[tries] != NONE) {
                long record = record(first[tries]);
                if (stack.nowNs() - HandshakeRecord.deadline(record) >= 0) {
                    return record;
                }
            }
        }
        return 0;
    }

    /// Whether a handshake that is due may be tried once more.
    ///
    /// @param record of it
    /// @return false if it has failed
    public static boolean mayTryAgain(long record) {
        return HandshakeRecord.tries(record) != TRIES - 1;
    }

    /// Whether a handshake has been tried for so long that a neighbour would have answered.
    ///
    /// @param record of it
    /// @return true after three seconds
    public static boolean hasWaitedLong(long record) {
        int tries = HandshakeRecord.tries(record);
        return tries >= 2 && tries != SOON;
    }

    /// Waits for the real server once more, for twice as long.
    ///
    /// @param record of a handshake that may be tried again
    public void tryAgain(long record) {
        int place = place(record);
        unlink(record);
        int tries = HandshakeRecord.tries(record);
        append(place, record, tries == SOON ? 0 : tries + 1);
    }

    /// Has the real server asked soon: that could not be done now.
    ///
    /// @param record of a handshake whose first SYN has not been sent
    public void trySoon(long record) {
        int place = place(record);
        unlink(record);
        append(place, record, SOON);
    }

    /// Holds a segment of the client until the real server has answered.
    ///
    /// @param record of the handshake
    /// @param buffer of the segment, which is not the caller's any more if it is taken
    /// @param data its first byte
    /// @param length of its frame
    /// @param port where it came in
    /// @return false if there is no room for it
    public boolean hold(long record, long buffer, long data, int length, int port) {
        if (HandshakeRecord.heldCount(record) == HandshakeRecord.MOST_HELD) {
            return false;
        }
        int place = held.add(HandshakeRecord.lastHeld(record), buffer, data, length, port);
        if (place == HeldFrames.NONE) {
            return false;
        }
        HandshakeRecord.held(record, place);
        stack.counters().count(Counter.SYN_PROXY_HELD);
        return true;
    }

    /// Ends a handshake, whether the real server has answered or not: the connection is no longer
    /// pending.
    ///
    /// @param record of it
    /// @return the list of segments that were held, for [#release]
    public int end(long record) {
        int place = place(record);
        long entry = HandshakeRecord.entry(record);
        int segments = HandshakeRecord.firstHeld(record);
        spent.add(
                HandshakeRecord.cookie(record),
                HandshakeRecord.clientSequence(record),
                stack.nowNs());
        unlink(record);
        HandshakeRecord.next(record, free);
        free = place;
        size--;
        mark(entry, false);
        return segments;
    }

    /// Gives segments away that were held.
    ///
    /// @param segments from [#end]
    /// @param receiver gets them, in the order in which they came
    public void release(int segments, HeldFrames.Receiver receiver) {
        held.release(segments, receiver);
    }

    /// Gives up a handshake: its client is told, and what was held of it is dropped. Its connection
    /// is the caller's to end.
    ///
    /// @param record of it
    public void fail(long record) {
        context.resets().refuse(record);
        stack.counters().count(Counter.SYN_PROXY_UNSERVED);
        release(end(record), dropping);
    }

    /// Gives up a handshake whose client is not there any more. Its connection is the caller's to
    /// end.
    ///
    /// @param record of it
    public void abandon(long record) {
        release(end(record), dropping);
    }

    /// A connection ends whose handshake is under way.
    void ended(long entry) {
        fail(of(entry));
    }

    /// Drops all that is held: the worker ends.
    public void discard() {
        for (int tries = 0; tries <= SOON; tries++) {
            while (first[tries] != NONE) {
                release(end(record(first[tries])), dropping);
            }
        }
    }

    private void drop(long buffer, long data, int length, int port) {
        stack.counters().end(Outcome.SYN_PROXY_FAILED, buffer);
        stack.pool().free(buffer);
    }

    private void append(int place, long record, int tries) {
        int before = last[tries];
        long waitNs = tries == SOON ? SOON_NS : SECOND_NS << tries;
        HandshakeRecord.queued(record, tries, stack.nowNs() + waitNs);
        HandshakeRecord.previous(record, before);
        HandshakeRecord.next(record, NONE);
        if (before == NONE) {
            first[tries] = place;
        } else {
            HandshakeRecord.next(record(before), place);
        }
        last[tries] = place;
    }

    private void unlink(long record) {
        int tries = HandshakeRecord.tries(record);
        int before = HandshakeRecord.previous(record);
        int behind = HandshakeRecord.next(record);
        if (before == NONE) {
            first[tries] = behind;
        } else {
            HandshakeRecord.next(record(before), behind);
        }
        if (behind == NONE) {
            last[tries] = before;
        } else {
            HandshakeRecord.previous(record(behind), before);
        }
    }

    private long placeOf(long entry) {
        long place = (entry - firstEntry) / ConnectionLayout.ENTRY_LENGTH;
        return places.address() + place * Integer.BYTES;
    }

    private long record(int place) {
        return records.address() + (place - 1L) * HandshakeRecord.LENGTH;
    }

    private int place(long record) {
        return (int) ((record - records.address()) / HandshakeRecord.LENGTH) + 1;
    }

    @Override
    public void close() {
        places.close();
        records.close();
    }
}
