// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.top;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import io.fullnat.balancer.text.Reason;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/// Gives a balancer up that takes longer than a limit, and has whatever goes wrong be a
/// [BalancerException]. Thread-safe if the other is.
final class LimitedSource implements AnswerSource {
    private final AnswerSource source;
    private final Duration limit;

    LimitedSource(AnswerSource source, Duration limit) {
        this.source = source;
        this.limit = limit;
    }

    @Override
    public Answer ask(Query query) {
        FutureTask<Answer> task = new FutureTask<>(() -> source.ask(query));
        // An interrupt closes the channel that it waits for.
        Thread thread = Thread.ofPlatform().daemon().name("answer").start(task);
        try {
            return task.get(limit.toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            thread.interrupt();
            throw new BalancerException(
                    ErrorCode.TRANSACTION_TIMEOUT,
                    "the balancer did not answer within " + limit.toSeconds() + " s",
                    e);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof BalancerException known) {
                throw known;
            }
            throw new BalancerException(ErrorCode.INTERNAL, Reason.of(e), e);
        } catch (InterruptedException e) {
            thread.interrupt();
            Thread.currentThread().interrupt();
            throw new BalancerException(ErrorCode.CLOSED, "interrupted", e);
        }
    }
}
