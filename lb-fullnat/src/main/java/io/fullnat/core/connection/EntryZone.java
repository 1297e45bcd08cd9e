// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.connection;

import static io.fullnat.core.connection.ConnectionLayout.ARMED;
import static io.fullnat.core.connection.ConnectionLayout.ENTRY_LENGTH;
import static io.fullnat.core.connection.ConnectionLayout.OBSERVABLE;
import static io.fullnat.core.connection.ConnectionLayout.TIMER_NEXT;

import io.fullnat.api.io.Memory;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/// The part of a table's memory that holds entries of one length: which of them are free.
///
/// Used by the table's thread, but for [#used()].
final class EntryZone {
    private static final VarHandle FRESH;

    static {
        try {
            FRESH = MethodHandles.lookup().findVarHandle(EntryZone.class, "fresh", int.class);
        } catch (ReflectiveOperationException impossible) {
            throw new ExceptionInInitializerError(impossible);
        }
    }

    private final long firstEntry;
    private final long zone;
    private final int entryLength;
    private final int capacity;

    /// How many entries have ever been in use.
    private int fresh;

    private int freeList;

    // What holds zeros of the memory of entries that have never been in use.
    private long clearFrom;
    private long clearTo;

    /// A zone of which nothing is in use.
    ///
    /// @param firstEntry the entry from which numbers are counted
    /// @param zone the zone's own first entry
    /// @param entryLength bytes of an entry
    /// @param capacity how many entries there are
    EntryZone(long firstEntry, long zone, int entryLength, int capacity) {
        this.firstEntry = firstEntry;
        this.zone = zone;
        this.entryLength = entryLength;
        this.capacity = capacity;
    }

    /// Takes an entry that is free: all zero, and no observer believes in it.
    ///
    /// @return the entry, or 0 if all are in use
    long take() {
        if (freeList != 0) {
            long entry = ConnectionLayout.entry(firstEntry, freeList);
            freeList = Memory.getInt(entry + TIMER_NEXT);
            Memory.putInt(entry + OBSERVABLE, 0); // before all else: see ConnectionObserver
            VarHandle.storeStoreFence();
            clear(entry);
            return entry;
        }
        return fresh < capacity ? takeFresh() : 0;
    }

    /// An entry that has never been used holds anything, unless it was cleared while there was
    /// nothing else to do; observers look at it from when `fresh` has passed it.
    private long takeFresh() {
        int place = fresh;
        long entry = entry(place);
        if (entry < clearFrom || entry + entryLength > clearTo) {
            clear(entry);
        }
        FRESH.setRelease(this, place + 1); // a volatile write would wait for all stores before it
        return entry;
    }

    /// The first loop is of a fixed length, which the compiler unrolls; a wide entry has more.
    private void clear(long entry) {
        for (int at = 0; at < ENTRY_LENGTH; at += Long.BYTES) {
            Memory.putLong(entry + at, 0);
        }
        for (int at = ENTRY_LENGTH; at < entryLength; at += Long.BYTES) {
            Memory.putLong(entry + at, 0);
        }
    }

    /// From which address on no entry has ever been in use.
    long unused() {
        return entry(fresh);
    }

    /// Memory that was not in use holds zeros.
    ///
    /// @param from its first byte
    /// @param to where it ends
    void cleared(long from, long to) {
        clearFrom = from;
        clearTo = to;
    }

    /// Gives an entry back.
    void free(long entry) {
        Memory.putInt(entry + ARMED, 0);
        Memory.putInt(entry + TIMER_NEXT, freeList);
        freeList = ConnectionLayout.number(firstEntry, entry);
    }

    /// How many entries have ever been in use: an observer need not look further. Any thread may
    /// ask.
    int used() {
        return (int) FRESH.getAcquire(this);
    }

    /// The entry at a place.
    ///
    /// @param place 0 to [#used()] - 1
    long entry(int place) {
        return zone + (long) place * entryLength;
    }
}
