// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.top;

import java.io.PrintWriter;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.OptionalLong;
import java.util.function.Predicate;

/// The same as plain text, for files, pipes and terminals that obey nothing: one look after the
/// other, an empty line between two. The first one is an interval after the start, so that each has
/// rates. Used by one thread.
final class Batch {
    /// Wide enough for all columns.
    static final int COLUMNS = 160;

    private final Query query;
    private final Duration interval;
    private final OptionalLong iterations;
    private final Predicate<Duration> pause;
    private final InstantSource clock;

    /// @param iterations how many, empty for without end
    /// @param pause waits; true if the process is to end
    Batch(
            Query query,
            Duration interval,
            OptionalLong iterations,
            Predicate<Duration> pause,
            InstantSource clock) {
        this.query = query;
        this.interval = interval;
        this.iterations = iterations;
        this.pause = pause;
        this.clock = clock;
    }

    /// Goes on until the end, or until nobody reads.
    ///
    /// @throws io.fullnat.api.BalancerException if the balancer does not answer
    void run(AnswerSource source, PrintWriter out) {
        History history = new History();
        history.accept(source.ask(query), interval);
        for (long done = 0; iterations.isEmpty() || done < iterations.getAsLong(); done++) {
            if (pause.test(interval)) {
                return;
            }
            History.Compared compared = history.accept(source.ask(query), interval);
            Instant time = clock.instant();
            out.print(done == 0 ? "" : "\n");
            Frame.plain(query, VisibleRows.of(compared), time, compared.restarted())
                    .forEach(line -> out.print(line + "\n"));
            if (out.checkError()) {
                return; // who made the writer knows why
            }
        }
    }
}
