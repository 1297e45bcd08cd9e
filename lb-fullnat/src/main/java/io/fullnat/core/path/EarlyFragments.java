// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.path;

import io.fullnat.api.counter.Outcome;
import io.fullnat.core.stack.Frame;
import io.fullnat.core.stack.HeldFrames;
import io.fullnat.core.stack.StackContext;

/// Fragments that wait for the first one of their packet, which says by its ports where all of them
/// go. A network that reorders packets brings the first one soon; so they are held for
/// [FragmentTable#HELD_NS] at most, [#OF_A_PACKET] of a packet and [#MOST] in all, of a
/// sixty-fourth of the buffers at most. Where no more can be held, one of the oldest packets gives
/// way, that of the source that has most under way. For the worker's thread.
final class EarlyFragments {
    /// Fragments of one worker that may be held at once, where there are buffers enough.
    static final int MOST = 64;

    /// Fragments of one packet that may be held at once.
    static final int OF_A_PACKET = 8;

    private static final int PART_HELD = 64;

    /// Above the port by which a fragment came: how many workers have looked for its connection.
    private static final int HOPS_SHIFT = 16;

    private final StackContext stack;
    private final FragmentTable table;
    private final PacketEnd end;
    private final HeldFrames held;
    private final HeldFrames.Receiver given = this::giveUp;
    private final HeldFrames.Receiver discarded = this::discard;
    private int released = HeldFrames.NONE;
    private int lastReleased = HeldFrames.NONE;

    EarlyFragments(StackContext stack, FragmentTable table, PacketEnd end) {
        this.stack = stack;
        this.table = table;
        this.end = end;
        held = new HeldFrames(stack.keeps(MOST, PART_HELD));
    }

    /// Holds a fragment of a packet whose first one has not come.
    ///
    /// @param record of the packet that was looked for last, or [FragmentTable#NONE]
    /// @param frame with the fragment
    /// @param hopsDone how many workers have looked for its connection before
    /// @return false if there is no room, and it is not held
    boolean hold(long record, Frame frame, int hopsDone) {
        boolean known = record != FragmentTable.NONE;
        if (known && FragmentRecord.held(record) >= OF_A_PACKET) {
            return false;
        }
        if (held.isFull() && !makeRoom(record)) {
            return false;
        }
        long packet = known ? record : table.add(FragmentRecord.AWAITED);
        int last =
                FragmentRecord.held(packet) == 0
                        ? HeldFrames.NONE
                        : FragmentRecord.heldLast(packet);
        int place =
                held.add(
                        last,
                        frame.buffer(),
                        frame.l2(),
                        frame.length(),
                        frame.port() | hopsDone << HOPS_SHIFT);
        FragmentRecord.hold(packet, place);
        return true;
    }

    private boolean makeRoom(long record) {
        long victim = table.awaitedVictim();
        if (victim == record || victim == FragmentTable.NONE) {
            return false;
        }
        drop(victim, given);
        return true;
    }

    /// The first fragment has come: what is held is to go on behind it.
    ///
    /// @param record of the packet
    void release(long record) {
        if (FragmentRecord.held(record) == 0) {
            return;
        }
        int first = FragmentRecord.heldFirst(record);
        if (released == HeldFrames.NONE) {
            released = first;
        } else {
            held.join(lastReleased, first);
        }
        lastReleased = FragmentRecord.heldLast(record);
        FragmentRecord.letGo(record);
    }

    /// Whether some are to go on.
    boolean areReleased() {
        return released != HeldFrames.NONE;
    }

    /// Lets those go on.
    ///
    /// @param receiver gets them, with an origin instead of a port: [#port(int)], [#hopsDone(int)]
    void goOn(HeldFrames.Receiver receiver) {
        int first = released;
        released = HeldFrames.NONE;
        held.release(first, receiver);
    }

    /// Where a fragment came in.
    static int port(int origin) {
        return origin & (1 << HOPS_SHIFT) - 1;
    }

    /// How many workers had looked for its connection.
    static int hopsDone(int origin) {
        return origin >>> HOPS_SHIFT;
    }

    /// Drops what has waited too long.
    ///
    /// @return how many packets' fragments
    int poll() {
        int done = 0;
        for (long record = table.overdue();
                record != FragmentTable.NONE;
                record = table.overdue()) {
            drop(record, given);
            done++;
        }
        return done;
    }

    /// Drops all: the worker ends.
    void discard() {
        goOn(discarded);
        for (long record = table.awaited();
                record != FragmentTable.NONE;
                record = table.awaited()) {
            drop(record, discarded);
        }
    }

    /// How many are held.
    int size() {
        return held.size();
    }

    private void drop(long record, HeldFrames.Receiver receiver) {
        int first = FragmentRecord.heldFirst(record);
        FragmentRecord.letGo(record);
        table.remove(record);
        held.release(first, receiver);
    }

    private void giveUp(long buffer, long data, int length, int origin) {
        end.end(buffer, Outcome.FRAGMENT);
    }

    private void discard(long buffer, long data, int length, int origin) {
        stack.counters().end(Outcome.SHUTDOWN, buffer);
        stack.pool().free(buffer);
    }
}
