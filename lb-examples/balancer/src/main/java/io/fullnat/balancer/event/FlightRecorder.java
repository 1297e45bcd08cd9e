// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.event;

import io.fullnat.api.control.BalancerEvent;
import io.fullnat.api.control.BalancerListener;
import io.fullnat.balancer.config.EventKind;
import java.time.Clock;
import java.time.Instant;
import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/// Writes what happens into the recordings of JDK Flight Recorder, beside what the JVM did at the
/// time: `jfr print --events fullnat.Event FILE`. Costs nothing while nothing is recorded.
/// Thread-safe.
public final class FlightRecorder implements BalancerListener {
    /// One to write.
    public FlightRecorder() {}

    @Override
    public void onEvent(BalancerEvent event) {
        Happened happened = new Happened();
        if (happened.isEnabled()) {
            happened.kind = EventKind.of(event);
            happened.detail = new Told("", 0, Instant.now(Clock.systemUTC()), event).json();
            happened.commit();
        }
    }

    /// What the recorder shows.
    @Name("fullnat.Event")
    @Label("Balancer Event")
    @Category("fullnat")
    @Description("What happened in the balancer: transactions, conditions, servers up and down")
    @StackTrace(false)
    static final class Happened extends Event {
        @Label("Kind")
        String kind = "";

        @Label("Detail")
        @Description("The event as JSON")
        String detail = "";
    }
}
