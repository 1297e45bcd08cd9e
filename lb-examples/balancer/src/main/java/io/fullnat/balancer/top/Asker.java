// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.top;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import io.fullnat.balancer.text.Reason;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;

/// Asks in a thread of its own, so that keys are obeyed while a balancer takes its time: one query
/// after the other, and of those that have to wait only the last. All methods are for one thread.
final class Asker implements AutoCloseable {
    /// A balancer that takes longer does not answer.
    static final Duration LIMIT = Duration.ofSeconds(5);

    private final AnswerSource source;
    private final Consumer<Result> results;
    private final ExecutorService thread;
    private Optional<Future<?>> asked = Optional.empty();
    private Optional<Query> next = Optional.empty();
    private long since;

    /// What came of a query.
    ///
    /// @param answer empty if there was none
    /// @param trouble why there was none, empty if there was one
    record Result(Optional<Answer> answer, Optional<BalancerException> trouble) {}

    /// @param results gets each, in the other thread
    Asker(AnswerSource source, Consumer<Result> results) {
        this.source = source;
        this.results = results;
        thread =
                Executors.newSingleThreadExecutor(
                        Thread.ofPlatform().daemon().name("asking").factory());
    }

    /// Asks now, or when what was asked before is done.
    ///
    /// @param now of a clock that nobody sets
    void ask(Query query, long now) {
        if (asked.isPresent()) {
            next = Optional.of(query);
            return;
        }
        since = now;
        asked = Optional.of(thread.submit(() -> results.accept(result(query))));
    }

    private Result result(Query query) {
        try {
            return new Result(Optional.of(source.ask(query)), Optional.empty());
        } catch (BalancerException trouble) {
            return new Result(Optional.empty(), Optional.of(trouble));
        } catch (RuntimeException fault) {
            // Without a result nothing would ever be asked again.
            return new Result(
                    Optional.empty(),
                    Optional.of(
                            new BalancerException(ErrorCode.INTERNAL, Reason.of(fault), fault)));
        }
    }

    /// Tells that a result has been taken: what waits is asked.
    void taken(long now) {
        asked = Optional.empty();
        Optional<Query> waiting = next;
        next = Optional.empty();
        waiting.ifPresent(query -> ask(query, now));
    }

    /// Breaks off what takes too long; its result says so.
    void watch(long now) {
        if (now - since >= LIMIT.toNanos()) {
            asked.ifPresent(running -> running.cancel(true));
        }
    }

    @Override
    public void close() {
        thread.shutdownNow();
    }
}
