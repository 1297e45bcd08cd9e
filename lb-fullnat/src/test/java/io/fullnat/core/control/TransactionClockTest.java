// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import io.fullnat.api.ManualClock;
import io.fullnat.api.control.Change;
import io.fullnat.api.control.TransactionTimes;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class TransactionClockTest {
    private final ManualClock time = new ManualClock();
    private final TransactionClock clock = new TransactionClock(time);

    private void takes(Duration duration) {
        CompletableFuture<Void> answer = new CompletableFuture<>();
        clock.time(answer);
        time.advance(duration);
        answer.complete(null);
    }

    private void fails(Throwable failure) {
        CompletableFuture<Void> answer = new CompletableFuture<>();
        clock.time(answer);
        time.advance(Duration.ofSeconds(1));
        answer.completeExceptionally(failure);
    }

    @Test
    void appliedOnesAreSortedByTheLimitThatTheyKept() {
        takes(Duration.ZERO);
        takes(Duration.ofMillis(1));
        takes(Duration.ofNanos(1_000_001));
        takes(Duration.ofSeconds(10));
        takes(Duration.ofNanos(10_000_000_001L));

        TransactionTimes times = clock.times();
        assertThat(times.counts())
                .containsExactly(2L, 1L, 0L, 0L, 0L, 0L, 0L, 0L, 0L, 0L, 0L, 0L, 1L, 1L);
        assertThat(times.applied()).isEqualTo(5);
        assertThat(times.total()).isEqualTo(Duration.ofNanos(20_002_000_002L));
        assertThat(times.refused()).isEmpty();
    }

    @Test
    void refusedOnesAreCountedByReason() {
        fails(new BalancerException(ErrorCode.NO_SERVICE, "one"));
        fails(new BalancerException(ErrorCode.NO_SERVICE, "two"));
        fails(new IllegalStateException("three"));

        TransactionTimes times = clock.times();
        assertThat(times.refused())
                .containsExactlyInAnyOrderEntriesOf(
                        Map.of(ErrorCode.NO_SERVICE, 2L, ErrorCode.INTERNAL, 1L));
        assertThat(times.applied()).isZero();
        assertThat(times.total()).isEqualTo(Duration.ZERO);
    }

    /// One that its caller gave up is neither.
    @Test
    void cancelledOnesAreNotCounted() {
        CompletableFuture<Void> answer = new CompletableFuture<>();
        clock.time(answer);
        assertThat(answer.cancel(false)).isTrue();

        assertThat(clock.times().applied()).isZero();
        assertThat(clock.times().refused()).isEmpty();
    }

    @Test
    void aBalancerTellsThem() {
        try (ControlRig rig = new ControlRig().configured()) {
            long before = rig.balancer.control().transactions().applied();

            rig.apply(new Change.ZeroCounters(Optional.empty()));

            assertThat(rig.balancer.control().transactions().applied()).isEqualTo(before + 1);
        }
    }

    @Test
    void asManyCountsAsLimitsAndOneMore() {
        assertThatThrownBy(() -> new TransactionTimes(List.of(1L), Duration.ZERO, Map.of()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("14");
    }
}
