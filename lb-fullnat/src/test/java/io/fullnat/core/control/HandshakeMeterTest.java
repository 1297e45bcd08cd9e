// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.control;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.service.HandshakeTimes;
import io.fullnat.api.service.Handshakes;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Handshakes of two workers, looked at once a second: in all, and in the last minute, which has
/// six parts of ten seconds.
class HandshakeMeterTest {
    private static final int SLOT = 5;

    private final IdleWorkers idle = new IdleWorkers(2);
    private final HandshakeMeter meter = new HandshakeMeter(idle.workers);

    @AfterEach
    void close() {
        idle.close();
    }

    private void count(int worker, int micros, int times) {
        for (int i = 0; i < times; i++) {
            idle.workers.traffic(worker).handshakes().count(SLOT, micros);
        }
    }

    private void look(long seconds, boolean quiet) {
        meter.measure(SLOT, quiet, TimeUnit.SECONDS.toNanos(seconds));
    }

    private long minute() {
        return meter.of(SLOT).lastMinute().count();
    }

    private long total() {
        return meter.of(SLOT).total().count();
    }

    @Test
    void timesOfAllWorkersAreOne() {
        count(0, 100, 3);
        count(1, 100, 2);
        count(1, 50_000, 1);
        assertThat(meter.of(SLOT)).isSameAs(Handshakes.NONE);
        look(1, false);
        HandshakeTimes total = meter.of(SLOT).total();
        assertThat(total.count()).isEqualTo(6);
        assertThat(total.count(HandshakeTimes.bucket(100))).isEqualTo(5);
        assertThat(total.count(HandshakeTimes.bucket(50_000))).isOne();
        assertThat(meter.of(SLOT).lastMinute()).isEqualTo(total);
        look(2, false);
        assertThat(total()).as("looked at again").isEqualTo(6);
        assertThat(meter.of(SLOT + 1)).isSameAs(Handshakes.NONE);
    }

    @Test
    void theLastMinuteLetsGoOfAPartAfterTheOther() {
        for (int second = 0; second < 60; second++) {
            count(0, 100, 1);
            look(second, false);
        }
        assertThat(minute()).isEqualTo(60);
        look(60, true);
        assertThat(minute()).as("those of the first ten seconds are gone").isEqualTo(50);
        look(69, true);
        assertThat(minute()).isEqualTo(50);
        look(70, true);
        assertThat(minute()).isEqualTo(40);
        look(109, true);
        assertThat(minute()).isEqualTo(10);
        look(110, true);
        assertThat(minute()).isZero();
        assertThat(total()).isEqualTo(60);
    }

    @Test
    void whoWasSilentForLongBeginsAnEmptyMinute() {
        count(0, 100, 7);
        look(5, false);
        count(1, 100, 2);
        look(1_000_000, false);
        assertThat(minute()).isEqualTo(2);
        assertThat(total()).isEqualTo(9);
    }

    /// What a worker counts behind the look of a server with traffic is seen at the next one; then
    /// no more looks are needed.
    @Test
    void aServerWithoutTrafficIsLookedAtOnceMore() {
        count(0, 100, 1);
        look(1, false);
        count(0, 100, 1);
        look(2, true);
        assertThat(total()).isEqualTo(2);
        count(0, 100, 1);
        look(3, true);
        assertThat(total()).as("nobody looks").isEqualTo(2);
        look(4, false);
        assertThat(total()).isEqualTo(3);
    }

    @Test
    void countsMayBeginAtZeroAnew() {
        count(0, 100, 4);
        look(1, false);
        count(0, 100, 1);
        meter.zero(SLOT);
        assertThat(meter.of(SLOT)).isSameAs(Handshakes.NONE);
        count(1, 100, 2);
        look(2, false);
        assertThat(total()).as("what was counted before is over").isEqualTo(2);
        assertThat(minute()).isEqualTo(2);
        meter.zero(SLOT + 1);
        assertThat(total()).isEqualTo(2);
    }

    @Test
    void aSlotThatIsNobodysIsForgottenByTheWorkersToo() {
        count(0, 100, 4);
        look(1, false);
        meter.forget(SLOT);
        assertThat(meter.of(SLOT)).isSameAs(Handshakes.NONE);
        look(2, false);
        assertThat(meter.of(SLOT)).isSameAs(Handshakes.NONE);
        count(1, 100, 1);
        look(3, false);
        assertThat(total()).isOne();
    }
}
