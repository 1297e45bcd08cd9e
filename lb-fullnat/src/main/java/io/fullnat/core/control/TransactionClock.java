// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.control;

import io.fullnat.api.BalancerException;
import io.fullnat.api.Clock;
import io.fullnat.api.ErrorCode;
import io.fullnat.api.control.TransactionTimes;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;
import org.jspecify.annotations.Nullable;

/// Takes the time of transactions, as their callers see it.
///
/// **Thread-safety:** all methods, from any thread.
final class TransactionClock {
    private final Clock clock;
    private final AtomicLongArray counts = new AtomicLongArray(TransactionTimes.LIMITS.size() + 1);
    private final AtomicLong totalNs = new AtomicLong();
    private final AtomicLongArray refused = new AtomicLongArray(ErrorCode.values().length);

    /// @param clock the balancer's
    TransactionClock(Clock clock) {
        this.clock = clock;
    }

    /// Takes the time from now until a transaction has ended.
    ///
    /// @param answer what its caller gets
    void time(CompletableFuture<Void> answer) {
        long began = clock.nanoTime();
        var _ = answer.whenComplete((done, failure) -> ended(began, failure));
    }

    private void ended(long beganNs, @Nullable Throwable failure) {
        if (failure == null) {
            long ns = Math.max(0, clock.nanoTime() - beganNs);
            totalNs.addAndGet(ns);
            counts.incrementAndGet(limit(ns));
        } else if (failure instanceof BalancerException refusal) {
            refused.incrementAndGet(refusal.code().ordinal());
        } else if (!(failure instanceof CancellationException)) { // nobody waited for that one
            refused.incrementAndGet(ErrorCode.INTERNAL.ordinal());
        }
    }

    private static int limit(long ns) {
        int limit = 0;
        while (limit < TransactionTimes.LIMITS.size()
                && ns > TransactionTimes.LIMITS.get(limit).toNanos()) {
            limit++;
        }
        return limit;
    }

    /// What was taken until now.
    TransactionTimes times() {
        List<Long> applied = new ArrayList<>();
        for (int i = 0; i < counts.length(); i++) {
            applied.add(counts.get(i));
        }
        Map<ErrorCode, Long> reasons = new EnumMap<>(ErrorCode.class);
        for (ErrorCode code : ErrorCode.values()) {
            long count = refused.get(code.ordinal());
            if (count > 0) {
                reasons.put(code, count);
            }
        }
        return new TransactionTimes(applied, Duration.ofNanos(totalNs.get()), reasons);
    }
}
