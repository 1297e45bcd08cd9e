// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.connection;

import io.fullnat.core.memory.FirstTouch;
import org.jspecify.annotations.Nullable;

/// Gets the memory of a table, which the system gives when it is first written, ahead of need: the
/// index of IPv6 once that is expected, the narrow entries, then the wide ones if they are. On a
/// virtual machine a page of two megabytes may take ten milliseconds, which no packet should wait.
///
/// Used by the table's thread, but for [#wideEntryBytes()].
public final class TablePages {
    /// Between two looks at the clock: each page takes the system about a microsecond.
    private static final int STEP = 16;

    /// A packet that comes meanwhile waits as long. Of huge pages all but the first touch of each
    /// take some nanoseconds only.
    private static final long SOME_NS = 20_000;

    private final FirstTouch narrow;
    private final EntryZone narrowZone;
    private final @Nullable WideConnections wide;
    private final FirstTouch wideIndex;
    private final FirstTouch wideEntries;

    /// @param narrow the narrow entries
    /// @param narrowZone which of them were in use
    /// @param wide null if there are no others
    /// @param wideEntries those
    TablePages(
            FirstTouch narrow,
            EntryZone narrowZone,
            @Nullable WideConnections wide,
            FirstTouch wideEntries) {
        this.narrow = narrow;
        this.narrowZone = narrowZone;
        this.wide = wide;
        this.wideEntries = wideEntries;
        wideIndex = wide == null ? wideEntries : wide.index().firstTouch();
    }

    /// Gets some more: to be called again and again while there is nothing else to do.
    public void getSome() {
        long start = System.nanoTime();
        int got;
        do {
            got = get(STEP);
        } while (got > 0 && System.nanoTime() - start < SOME_NS);
    }

    /// Gets some more.
    ///
    /// @param pages at most
    /// @return how many it were; 0 when all are there that are expected to be used
    int get(int pages) {
        boolean both = wide != null && wide.isExpected();
        int got = both ? wideIndex.step(pages) : 0;
        got += narrow.step(pages - got, narrowZone.unused());
        narrowZone.cleared(narrow.zeros(), narrow.end());
        return both ? got + wideEntries.step(pages - got) : got;
    }

    /// How many bytes of wide entries have their memory so. Any thread may ask.
    long wideEntryBytes() {
        return wideEntries.done();
    }
}
