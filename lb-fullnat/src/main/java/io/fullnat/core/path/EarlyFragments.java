// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.path;

import io.fullnat.api.counter.Outcome;
import io.fullnat.core.stack.Frame;
import io.fullnat.core.stack.StackContext;

/// Fragments that wait for the first one of their packet, which says by its ports where all of them
/// go. A network that reorders packets brings the first one soon; so they are held for
/// [FragmentTable#HELD_NS] at most, [HeldFragments#OF_A_PACKET] of a packet and
/// [HeldFragments#MOST] in all, of a sixty-fourth of the buffers at most. For the worker's thread.
final class EarlyFragments {
    private static final int PART_HELD = 64;

    private final StackContext stack;
    private final FragmentTable table;
    private final PacketEnd end;
    private final HeldFragments held;
    private final HeldFragments.Receiver given = this::giveUp;
    private final HeldFragments.Receiver discarded = this::discard;
    private int released = HeldFragments.NONE;
    private int lastReleased = HeldFragments.NONE;

    EarlyFragments(StackContext stack, FragmentTable table, PacketEnd end) {
        this.stack = stack;
        this.table = table;
        this.end = end;
        held = new HeldFragments(stack.keeps(HeldFragments.MOST, PART_HELD));
    }

    /// Holds a fragment of a packet whose first one has not come.
    ///
    /// @param record of the packet that was looked for last, or [FragmentTable#NONE]
    /// @param frame with the fragment
    /// @param hopsDone how many workers have looked for its connection before
    /// @return false if there is no room, and it is not held
    boolean hold(long record, Frame frame, int hopsDone) {
        boolean known = record != FragmentTable.NONE;
        if (held.isFull() || (known && table.held(record) >= HeldFragments.OF_A_PACKET)) {
            return false;
        }
        long packet = known ? record : table.add(FragmentTable.AWAITED);
        int last = table.held(packet) == 0 ? HeldFragments.NONE : table.heldLast(packet);
        int place =
                held.add(last, frame.buffer(), frame.l2(), frame.length(), frame.port(), hopsDone);
        table.hold(packet, place);
        return true;
    }

    /// The first fragment has come: what is held is to go on behind it.
    ///
    /// @param record of the packet
    void release(long record) {
        if (table.held(record) == 0) {
            return;
        }
        int first = table.heldFirst(record);
        if (released == HeldFragments.NONE) {
            released = first;
        } else {
            held.join(lastReleased, first);
        }
        lastReleased = table.heldLast(record);
        table.letGo(record);
    }

    /// Whether some are to go on.
    boolean areReleased() {
        return released != HeldFragments.NONE;
    }

    /// Lets those go on.
    ///
    /// @param receiver gets them
    void goOn(HeldFragments.Receiver receiver) {
        int first = released;
        released = HeldFragments.NONE;
        held.release(first, receiver);
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

    private void drop(long record, HeldFragments.Receiver receiver) {
        int first = table.heldFirst(record);
        table.letGo(record);
        table.remove(record);
        held.release(first, receiver);
    }

    private void giveUp(long buffer, long data, int length, int port, int hopsDone) {
        end.end(buffer, Outcome.FRAGMENT);
    }

    private void discard(long buffer, long data, int length, int port, int hopsDone) {
        stack.counters().end(Outcome.SHUTDOWN, buffer);
        stack.pool().free(buffer);
    }
}
