// SPDX-License-Identifier: Apache-2.0
package io.fullnat.demo;

import java.util.Locale;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;
import org.HdrHistogram.ConcurrentHistogram;

/// What the clients of one kind of traffic met. Thread-safe.
final class TrafficLog {
    private static final long HIGHEST_US = 60_000_000;
    private static final int DIGITS = 3;

    private final String name;
    private final ConcurrentHistogram latencyUs = new ConcurrentHistogram(HIGHEST_US, DIGITS);
    private final LongAdder requests = new LongAdder();
    private final LongAdder lost = new LongAdder();
    private final LongAdder errors = new LongAdder();
    private final LongAdder inFlight = new LongAdder();
    private final AtomicReference<String> firstError = new AtomicReference<>("");
    private volatile boolean outage;
    private volatile OptionalLong outageEndNs = OptionalLong.empty();

    /// @param name of the kind, for the summary
    TrafficLog(String name) {
        this.name = name;
    }

    /// A request was answered, and rightly.
    void answered(long elapsedNs) {
        requests.increment();
        latencyUs.recordValue(Math.min(elapsedNs / 1_000, HIGHEST_US));
    }

    /// A datagram or its answer did not arrive, which UDP does not promise.
    void lost() {
        requests.increment();
        lost.increment();
    }

    /// A request failed or got a wrong answer.
    ///
    /// @param reason what was wrong; the first one is shown
    void failed(String reason) {
        requests.increment();
        errors.increment();
        firstError.compareAndSet("", reason);
    }

    /// A request was not answered, or with an error of the server's. It counts as failed, but for
    /// those in flight while something had befallen a server and was not yet known.
    ///
    /// @param beganNs when the request began
    /// @param reason what was wrong
    void unanswered(long beganNs, String reason) {
        OptionalLong end = outageEndNs;
        if (outage && (end.isEmpty() || beganNs - end.getAsLong() < 0)) {
            requests.increment();
            inFlight.increment();
        } else {
            failed(reason);
        }
    }

    /// Something has befallen a server from now on.
    void beginOutage() {
        outageEndNs = OptionalLong.empty();
        outage = true;
    }

    /// Requests that begin from now on are not given to it.
    void endOutage() {
        outageEndNs = OptionalLong.of(System.nanoTime());
    }

    /// Requests that failed as they were in flight when that was not yet known.
    long inFlightCount() {
        return inFlight.sum();
    }

    String name() {
        return name;
    }

    long requests() {
        return requests.sum();
    }

    long lostCount() {
        return lost.sum();
    }

    long errors() {
        return errors.sum();
    }

    /// The first thing that went wrong.
    ///
    /// @return empty if nothing did
    String firstError() {
        return firstError.get();
    }

    /// How long answers took.
    ///
    /// @param percentile 0 to 100
    /// @return in milliseconds, for example `0.412`
    String latencyMs(double percentile) {
        return String.format(
                Locale.ROOT, "%.3f", latencyUs.getValueAtPercentile(percentile) / 1_000.0);
    }
}
