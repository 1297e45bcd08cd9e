// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.limit;

import static org.assertj.core.api.Assertions.assertThat;

import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What is known of a server goes up at once, down by and by, and fades.
class AnswerTimesTest {
    private static final long SECOND = 1_000_000_000;

    private final AnswerTimes times = new AnswerTimes(4);
    private long now = 5 * SECOND;

    @AfterEach
    void close() {
        times.close();
    }

    @Test
    void theFirstMeasurementIsKnownAtOnce() {
        assertThat(times.micros(2, now)).isZero();
        times.measured(2, 1_500, now);
        assertThat(times.micros(2, now)).isEqualTo(1_500);
        assertThat(times.micros(1, now)).isZero();
        assertThat(times.micros(3, now)).isZero();
    }

    @Test
    void aLongerTimeCountsAtOnceAndShorterOnesByAndBy() {
        times.measured(0, 100, now);
        times.measured(0, 9_000, now);
        assertThat(times.micros(0, now)).isEqualTo(9_000);
        int before = 9_000;
        for (int i = 0; i < 60; i++) {
            now += SECOND;
            times.measured(0, 100, now);
            assertThat(times.micros(0, now)).isBetween(100, before);
            before = times.micros(0, now);
            if (i == 9) {
                assertThat(before).isBetween(500, 3_500);
            }
        }
        assertThat(before).isCloseTo(100, Percentage.withPercentage(10));
    }

    @Test
    void whatIsNotMeasuredFadesUntilNothingIsKnown() {
        times.measured(0, 8_000, now);
        assertThat(times.micros(0, now + 10 * SECOND))
                .isCloseTo(2_943, Percentage.withPercentage(1));
        assertThat(times.micros(0, now + 60 * SECOND)).isBetween(10, 30);
        assertThat(times.micros(0, now + 300 * SECOND)).isZero();
        times.measured(0, 50, now + 300 * SECOND);
        assertThat(times.micros(0, now + 300 * SECOND)).isEqualTo(50);
    }

    /// A worker whose clock is a little behind makes nothing of it.
    @Test
    void timeThatGoesBackIsNone() {
        times.measured(0, 700, now);
        assertThat(times.micros(0, now - SECOND)).isEqualTo(700);
        times.measured(0, 600, now - SECOND);
        assertThat(times.micros(0, now - SECOND)).isEqualTo(700);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 60_000_000, Integer.MAX_VALUE})
    void anyTimeIsKept(int micros) {
        times.measured(0, micros, now);
        assertThat(times.micros(0, now)).isBetween(1, Integer.MAX_VALUE);
        assertThat(times.micros(0, now)).isEqualTo(Math.clamp(micros, 1, Integer.MAX_VALUE / 8));
    }

    @Test
    void itIsCountedWhoWaits() {
        times.asked(1);
        times.asked(1);
        times.settled(1);
        assertThat(times.waiting(1)).isEqualTo(1);
        times.measured(1, 40, now);
        times.forget(1);
        assertThat(times.waiting(1)).as("connections go on").isEqualTo(1);
        assertThat(times.micros(1, now)).isZero();
        assertThat(times.waiting(0)).isZero();
    }
}
