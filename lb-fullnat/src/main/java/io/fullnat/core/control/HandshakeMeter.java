// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.control;

import io.fullnat.api.service.HandshakeTimes;
import io.fullnat.api.service.Handshakes;
import io.fullnat.core.worker.WorkerSet;
import java.util.Arrays;
import java.util.BitSet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/// Adds up how long handshakes have taken, over all workers: since the start, and in the last
/// minute, of which six parts of ten seconds are kept. Looks once a second, but not at servers
/// without traffic.
///
/// Read by any thread; the rest is the control thread's.
final class HandshakeMeter {
    static final long PART_NS = TimeUnit.SECONDS.toNanos(10);
    static final int PARTS = 6;

    private final WorkerSet workers;
    private final AtomicReferenceArray<Handshakes> known =
            new AtomicReferenceArray<>(WorkerSet.MAX_SERVERS);
    private final int[] now = new int[HandshakeTimes.BUCKETS];
    private final long[] added = new long[HandshakeTimes.BUCKETS];

    /// Servers that had traffic when they were looked at last: what a worker counts behind that may
    /// not have been seen.
    private final BitSet busy = new BitSet();

    private @Nullable Window[] windows = {};
    private long lastNs;

    /// Of one server.
    private static final class Window {
        final int[] last = new int[HandshakeTimes.BUCKETS];
        final HandshakeTimes[] parts = new HandshakeTimes[PARTS];
        HandshakeTimes minute = HandshakeTimes.NONE;
        HandshakeTimes total = HandshakeTimes.NONE;
        long part;

        Window(long part) {
            this.part = part;
            Arrays.fill(parts, HandshakeTimes.NONE);
        }

        /// Lets go of what is too old.
        ///
        /// @return whether that is any
        @SuppressWarnings("ReferenceEquality") // nothing taken away leaves the same
        boolean turn(long to) {
            HandshakeTimes before = minute;
            for (long steps = Math.min(to - part, PARTS); steps > 0; steps--) {
                int oldest = (int) Math.floorMod(to - steps + 1, (long) PARTS);
                minute = minute.minus(parts[oldest]);
                parts[oldest] = HandshakeTimes.NONE;
            }
            part = to;
            return minute != before;
        }

        void add(HandshakeTimes more) {
            int newest = (int) Math.floorMod(part, (long) PARTS);
            parts[newest] = parts[newest].plus(more);
            minute = minute.plus(more);
            total = total.plus(more);
        }

        void zero() {
            Arrays.fill(parts, HandshakeTimes.NONE);
            minute = HandshakeTimes.NONE;
            total = HandshakeTimes.NONE;
        }
    }

    HandshakeMeter(WorkerSet workers) {
        this.workers = workers;
    }

    /// What is known of a server.
    Handshakes of(int slot) {
        Handshakes found = known.get(slot);
        return found == null ? Handshakes.NONE : found;
    }

    /// Looks at a server.
    ///
    /// @param quiet whether it had no traffic since it was looked at last
    void measure(int slot, boolean quiet, long nowNs) {
        lastNs = nowNs;
        Window window = slot < windows.length ? windows[slot] : null;
        boolean changed = window != null && window.turn(nowNs / PART_NS);
        if (!quiet || busy.get(slot)) {
            busy.set(slot, !quiet);
            HandshakeTimes more = added(slot, window);
            if (more.count() != 0) {
                Window counting = window == null ? begin(slot, nowNs) : window;
                System.arraycopy(now, 0, counting.last, 0, now.length);
                counting.add(more);
                window = counting;
                changed = true;
            }
        }
        if (changed && window != null) {
            known.set(slot, new Handshakes(window.minute, window.total));
        }
    }

    /// Leaves the sums in [#now].
    private HandshakeTimes added(int slot, @Nullable Window window) {
        Arrays.fill(now, 0);
        for (int worker = 0; worker < workers.size(); worker++) {
            workers.traffic(worker).handshakes().addTo(slot, now);
        }
        boolean any = false;
        for (int bucket = 0; bucket < now.length; bucket++) {
            added[bucket] =
                    Integer.toUnsignedLong(
                            now[bucket] - (window == null ? 0 : window.last[bucket]));
            any |= added[bucket] != 0;
        }
        return any ? HandshakeTimes.of(added) : HandshakeTimes.NONE;
    }

    private Window begin(int slot, long nowNs) {
        if (slot >= windows.length) {
            windows = Arrays.copyOf(windows, Math.max(slot + 1, 2 * windows.length));
        }
        Window window = new Window(nowNs / PART_NS);
        windows[slot] = window;
        return window;
    }

    /// Begins to count from zero.
    void zero(int slot) {
        measure(slot, false, lastNs);
        Window window = slot < windows.length ? windows[slot] : null;
        if (window != null) {
            window.zero();
            known.set(slot, null);
        }
    }

    /// A slot is nobody's any more; no worker counts for it.
    void forget(int slot) {
        for (int worker = 0; worker < workers.size(); worker++) {
            workers.traffic(worker).handshakes().clear(slot);
        }
        if (slot < windows.length) {
            windows[slot] = null;
        }
        busy.clear(slot);
        known.set(slot, null);
    }
}
