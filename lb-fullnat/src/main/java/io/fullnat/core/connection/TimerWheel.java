// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.connection;

import static io.fullnat.core.connection.ConnectionLayout.ARMED;
import static io.fullnat.core.connection.ConnectionLayout.TIMER_NEXT;
import static io.fullnat.core.connection.ConnectionLayout.TIMER_PREVIOUS;

import io.fullnat.api.io.Memory;
import io.fullnat.core.memory.Region;

/// A wheel of one-second slots, each the head of a list through the entries. Arming and cancelling
/// are O(1); a packet touches none of it: it stores the time in its flow, and the wheel finds out
/// when the slot comes that the deadline has moved, and arms the entry again.
///
/// Deadlines beyond the wheel's 255 seconds are armed at its far end and looked at again there: so
/// each entry is looked at every few minutes, however long its idle time.
///
/// Lists hold the numbers of entries ([ConnectionLayout#number]).
final class TimerWheel implements AutoCloseable {
    private static final int SLOTS = 256;
    private static final int HEAD_LENGTH = 4;

    /// Empty slots that one [#poll] steps over at most: after a jump of the clock the wheel catches
    /// up over several bursts.
    private static final int MAX_STEPS = 4096;

    private static final int NOT_ARMED = 0;

    private final Region heads = Region.allocate((long) SLOTS * HEAD_LENGTH, "the timer wheel");
    private final long headsAddress = heads.address();
    private final long entriesAddress;
    private int cursor;

    /// A wheel over entries.
    ///
    /// @param entriesAddress the first entry
    /// @param nowSeconds the present time
    TimerWheel(long entriesAddress, int nowSeconds) {
        this.entriesAddress = entriesAddress;
        this.cursor = nowSeconds;
    }

    /// Puts an entry, which is not armed, into the slot of its deadline, or of the next second if
    /// that has passed.
    void arm(long entry, int deadlineSeconds) {
        int ahead = Math.clamp((long) deadlineSeconds - cursor, 1, SLOTS - 1);
        int second = cursor + ahead;
        long head = head(second);
        int number = ConnectionLayout.number(entriesAddress, entry);
        int next = Memory.getInt(head);
        Memory.putInt(entry + TIMER_NEXT, next);
        Memory.putInt(entry + TIMER_PREVIOUS, 0);
        Memory.putInt(entry + ARMED, second + 1);
        if (next != 0) {
            Memory.putInt(entry(next) + TIMER_PREVIOUS, number);
        }
        Memory.putInt(head, number);
    }

    /// Takes an entry out of its slot; does nothing if it is not armed.
    void cancel(long entry) {
        int armed = Memory.getInt(entry + ARMED);
        if (armed == NOT_ARMED) {
            return;
        }
        int next = Memory.getInt(entry + TIMER_NEXT);
        int previous = Memory.getInt(entry + TIMER_PREVIOUS);
        if (next != 0) {
            Memory.putInt(entry(next) + TIMER_PREVIOUS, previous);
        }
        if (previous != 0) {
            Memory.putInt(entry(previous) + TIMER_NEXT, next);
        } else {
            Memory.putInt(head(armed - 1), next);
        }
        Memory.putInt(entry + ARMED, NOT_ARMED);
    }

    /// Arms an entry earlier if its deadline has come nearer than the slot it is in; does nothing
    /// if it is not armed.
    void advance(long entry, int deadlineSeconds) {
        int armed = Memory.getInt(entry + ARMED);
        if (armed != NOT_ARMED && deadlineSeconds - (armed - 1) < 0) {
            cancel(entry);
            arm(entry, deadlineSeconds);
        }
    }

    /// Takes entries out of slots whose second has come. They are not armed then; their deadlines
    /// may have moved on.
    ///
    /// @param nowSeconds the present time
    /// @param entries gets them, as many as there is room for
    /// @param limit how many to take at most
    /// @return how many were taken
    int take(int nowSeconds, long[] entries, int limit) {
        int taken = 0;
        for (int step = 0; step < MAX_STEPS && taken < limit; ) {
            long head = head(cursor);
            int next = Memory.getInt(head);
            if (next == 0) {
                if (cursor - nowSeconds >= 0) {
                    break;
                }
                cursor++;
                step++;
                continue;
            }
            for (; next != 0 && taken < limit; taken++) {
                long entry = entry(next);
                entries[taken] = entry;
                next = Memory.getInt(entry + TIMER_NEXT);
                Memory.putInt(entry + ARMED, NOT_ARMED);
            }
            Memory.putInt(head, next);
            if (next != 0) {
                Memory.putInt(entry(next) + TIMER_PREVIOUS, 0);
            }
        }
        return taken;
    }

    private long head(int second) {
        return headsAddress + (long) (second & SLOTS - 1) * HEAD_LENGTH;
    }

    private long entry(int number) {
        return ConnectionLayout.entry(entriesAddress, number);
    }

    long bytes() {
        return heads.size();
    }

    @Override
    public void close() {
        heads.close();
    }
}
