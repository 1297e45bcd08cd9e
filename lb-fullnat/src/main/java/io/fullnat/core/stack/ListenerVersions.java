// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.stack;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.AtomicReferenceArray;

/// Which version of MLD is spoken on the link of each device (RFC 3810 §8.2.1): 2, but 1 while a
/// router is there that has asked in version 1.
///
/// **Thread-safety:** shared by all workers, of which one hears the router and another joins
/// groups. Nobody waits for another.
public final class ListenerVersions {
    /// For how long a query of version 1 holds, less the time for an answer that it grants: Older
    /// Version Querier Present Timeout (§9.12), with the Robustness Variable and the Query Interval
    /// that routers have if nobody changes them, as such a query names neither.
    static final long OLD_NS = 2 * TimeUnit.SECONDS.toNanos(125);

    private static final int BITS = 10;
    private static final int PART = 1 << BITS;

    /// By device: until when version 1 is spoken there; 0 if it never was. In parts, made when they
    /// are needed and never replaced, so that nothing that one worker writes is lost to another.
    private final AtomicReferenceArray<AtomicLongArray> parts = new AtomicReferenceArray<>(PART);

    /// Version 2 everywhere.
    public ListenerVersions() {}

    /// A router of version 1 has asked.
    ///
    /// @param device the device's number
    /// @param untilNs to when that holds
    void heardOld(int device, long untilNs) {
        int place = device >>> BITS;
        if (place >= PART) {
            return;
        }
        AtomicLongArray part = parts.get(place);
        if (part == null) {
            parts.compareAndSet(place, null, new AtomicLongArray(PART));
            part = parts.get(place);
        }
        part.set(device & (PART - 1), untilNs);
    }

    /// Whether version 1 is spoken.
    boolean isOld(int device, long nowNs) {
        int place = device >>> BITS;
        AtomicLongArray part = place >= PART ? null : parts.get(place);
        return part != null && part.get(device & (PART - 1)) - nowNs > 0;
    }
}
