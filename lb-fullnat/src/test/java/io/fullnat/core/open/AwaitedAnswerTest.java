// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.open;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.core.connection.ConnectionLayout;
import io.fullnat.core.limit.AnswerTimes;
import io.fullnat.core.open.OpenBench.Families;
import io.fullnat.testing.Seed;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// [AnswerTiming]: when an answer is awaited, and what of it is measured; the server of IPv4 has
/// slot 0.
class AwaitedAnswerTest {
    private final OpenBench bench = new OpenBench(Seed.value(), 64);
    private final AnswerTimes times = new AnswerTimes(2);
    private final AnswerTiming timing =
            new AnswerTiming(times, bench.context.traffic().handshakes(), bench.context.stack());
    private long entry;

    @BeforeEach
    void begin() {
        at(5_000_000);
        entry = bench.open(Families.IPV4, OpenBench.TCP, 1);
    }

    @AfterEach
    void close() {
        times.close();
        bench.close();
    }

    private void at(long micros) {
        bench.context.stack().time(micros * 1000);
    }

    private int known() {
        return times.micros(OpenBench.IPV4, bench.context.stack().nowNs());
    }

    @Test
    void fromTheQuestionToTheAnswer() {
        timing.ask(entry, true);
        assertThat(times.waiting(OpenBench.IPV4)).isEqualTo(1);
        int asked = AnswerTiming.askedMicros(entry);
        at(5_000_400);
        timing.shaken(entry, asked);
        assertThat(known()).isEqualTo(400);
        assertThat(times.waiting(OpenBench.IPV4)).isZero();
        assertThat(ConnectionLayout.isAwaited(entry)).isFalse();
    }

    @Test
    void aSecondAnswerIsNone() {
        timing.ask(entry, true);
        int asked = AnswerTiming.askedMicros(entry);
        at(5_000_400);
        timing.shaken(entry, asked);
        at(5_900_000);
        timing.shaken(entry, asked);
        timing.failed(entry);
        assertThat(known()).isLessThanOrEqualTo(400);
        assertThat(times.waiting(OpenBench.IPV4)).isZero();
    }

    @Test
    void aFailureCountsAsASecond() {
        timing.ask(entry, true);
        timing.failed(entry);
        assertThat(known()).isEqualTo(AnswerTimes.FAILED_MICROS);
        assertThat(times.waiting(OpenBench.IPV4)).isZero();
    }

    @Test
    void whatIsForgottenSaysNothing() {
        timing.ask(entry, true);
        timing.forget(entry);
        timing.forget(entry);
        assertThat(known()).isZero();
        assertThat(times.waiting(OpenBench.IPV4)).isZero();
        assertThat(times.waiting(OpenBench.IPV6)).isZero();
    }

    /// The microseconds are those of 32 bits, which come round every 71 minutes.
    @Test
    void timeThatComesRoundIsMeasuredAsWell() {
        at((1L << 32) - 100);
        timing.ask(entry, true);
        int asked = AnswerTiming.askedMicros(entry);
        at((1L << 32) + 150);
        timing.shaken(entry, asked);
        assertThat(known()).isEqualTo(250);
    }
}
