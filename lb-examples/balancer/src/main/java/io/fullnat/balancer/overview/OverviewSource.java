// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.overview;

import io.fullnat.api.Clock;
import io.fullnat.api.control.Control;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Reads a balancer for those who look at it, once for all who ask within half a second: with tens
/// of thousands of services a reading takes tens of milliseconds, and as many may look as like.
/// What a transaction has changed is seen at once. Workers are asked nothing. Thread-safe.
public final class OverviewSource {
    static final Duration FRESH = Duration.ofMillis(500);

    private final Control control;
    private final InstantSource time;
    private final Clock clock;
    private final Instant started;
    private final long startNanos;
    private final ServerOrder servers = new ServerOrder();
    private @Nullable Overview last;

    /// @param control of the balancer
    /// @param time of day
    /// @param clock that nobody sets
    OverviewSource(Control control, InstantSource time, Clock clock) {
        this.control = control;
        this.time = time;
        this.clock = clock;
        started = time.instant();
        startNanos = clock.nanoTime();
    }

    /// A source for one balancer.
    ///
    /// @param control of the balancer
    /// @return for any number of readers
    public static OverviewSource of(Control control) {
        return new OverviewSource(control, InstantSource.system(), Clock.system());
    }

    /// Since when it is there: another one says that counters began again.
    ///
    /// @return when the source was made, as the balancer started
    public Instant started() {
        return started;
    }

    /// How long it is there, by a clock that nobody sets.
    ///
    /// @return nanoseconds
    public long nanos() {
        return clock.nanoTime() - startNanos;
    }

    /// The servers of all services.
    ///
    /// @param overview read from here
    /// @return in the order of their names
    public List<ServerRow> servers(Overview overview) {
        return servers.of(overview);
    }

    /// Reads.
    ///
    /// @return of now, or of half a second ago if nothing was changed since
    public synchronized Overview read() {
        long now = nanos();
        Overview known = last;
        if (known == null
                || now - known.nanos() >= FRESH.toNanos()
                || known.revision() != control.desired().revision()) {
            known = Overview.of(time.instant(), now, control.status(), control.health());
            last = known;
        }
        return known;
    }
}
