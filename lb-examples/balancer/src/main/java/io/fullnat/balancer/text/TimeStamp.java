// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.text;

import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;

/// The time with which lines of logs begin.
public final class TimeStamp {
    private static final DateTimeFormatter FORMAT =
            new DateTimeFormatterBuilder().appendInstant(3).toFormatter();

    private TimeStamp() {}

    /// A moment as it stands in logs: ISO 8601, UTC, to the millisecond.
    ///
    /// @param moment to be shown
    /// @return for example `2026-05-01T12:00:00.000Z`
    public static String of(Instant moment) {
        return FORMAT.format(moment);
    }
}
