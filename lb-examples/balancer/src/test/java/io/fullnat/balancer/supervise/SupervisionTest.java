// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.supervise;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/// When a service manager is told what.
final class SupervisionTest {
    private final List<String> sent = new ArrayList<>();
    private final long[] cycles = new long[2];
    private Optional<String> missing = Optional.empty();
    private boolean taken = true;

    private final Vitals vitals =
            new Vitals() {
                @Override
                public int workers() {
                    return cycles.length;
                }

                @Override
                public long cycles(int worker) {
                    return cycles[worker];
                }

                @Override
                public Optional<String> missing() {
                    return missing;
                }

                @Override
                public String describe() {
                    return "workers 2";
                }
            };

    private final Supervision supervision =
            new Supervision(Optional.of(this::take), vitals, Optional.empty(), () -> 7_000_000);

    private boolean take(String message) {
        if (taken) {
            sent.add(message);
        }
        return taken;
    }

    private void move() {
        cycles[0]++;
        cycles[1]++;
    }

    @Test
    void readyWhenEachWorkerHasMovedAndNothingIsMissing() {
        cycles[0]++;
        assertThat(supervision.isReady(true)).isFalse();
        missing = Optional.of("the link of outside");
        cycles[1]++;
        assertThat(supervision.isReady(false)).isFalse();
        assertThat(supervision.isReady(false)).isFalse();
        missing = Optional.empty();
        assertThat(supervision.isReady(false)).isTrue();
        assertThat(supervision.isReady(false)).isTrue();

        assertThat(sent)
                .containsExactly(
                        "STATUS=waiting for worker 1",
                        "STATUS=waiting for the link of outside",
                        "READY=1\nSTATUS=workers 2");
    }

    @Test
    void aLinkThatNeverComesUpDoesNotKeepTheOthersFromWork() {
        move();
        missing = Optional.of("the link of outside");

        assertThat(supervision.isReady(true)).isTrue();
    }

    @Test
    void whatIsNotTakenIsSaidAgain() {
        move();
        taken = false;
        assertThat(supervision.isReady(false)).isFalse();
        taken = true;
        assertThat(supervision.isReady(false)).isTrue();
        assertThat(sent).containsExactly("READY=1\nSTATUS=workers 2");
    }

    @Test
    void noSignOfLifeWhileAWorkerStandsStill() {
        move();
        assertThat(supervision.isReady(false)).isTrue();
        sent.clear();
        move();
        assertThat(supervision.sign()).isTrue();
        cycles[0]++;
        assertThat(supervision.sign()).isFalse();
        assertThat(supervision.sign()).isFalse();
        move();
        assertThat(supervision.sign()).isTrue();

        assertThat(sent)
                .containsExactly(
                        "WATCHDOG=1",
                        "STATUS=worker 1 stands still",
                        "STATUS=worker 0 stands still",
                        "STATUS=workers 2",
                        "WATCHDOG=1");
    }

    /// A reload excuses nothing: a worker that stands still is found while one is under way.
    @Test
    void aWorkerThatStandsStillDuringAReloadIsFound() {
        move();
        assertThat(supervision.isReady(false)).isTrue();
        supervision.reloadBegins();
        sent.clear();
        move();
        assertThat(supervision.sign()).isTrue();
        cycles[1]++;
        assertThat(supervision.sign()).isFalse();
        supervision.reloadEnds();
        assertThat(supervision.sign()).isFalse();

        assertThat(sent)
                .containsExactly(
                        "WATCHDOG=1", "STATUS=worker 0 stands still", "READY=1\nSTATUS=workers 2");
    }

    @Test
    void aReloadIsTold() {
        supervision.reloadBegins();
        supervision.reloadEnds();
        assertThat(sent).as("not ready yet").isEmpty();
        move();
        assertThat(supervision.isReady(false)).isTrue();
        sent.clear();
        supervision.reloadBegins();
        supervision.reloadEnds();
        supervision.close();

        assertThat(sent)
                .containsExactly(
                        "RELOADING=1\nMONOTONIC_USEC=7000",
                        "READY=1\nSTATUS=workers 2",
                        "STOPPING=1\nSTATUS=stopping");
    }

    @Test
    void signsComeFourTimesAsOftenAsTheyMust() {
        assertThat(Watchdog.of(Map.of("WATCHDOG_USEC", "5000000"), 1))
                .contains(new Watchdog(Duration.ofMillis(1250)));
        assertThat(Watchdog.of(Map.of("WATCHDOG_USEC", "5000000", "WATCHDOG_PID", "17"), 17))
                .contains(new Watchdog(Duration.ofMillis(1250)));
        for (long micros = 4_000; micros < Long.MAX_VALUE / 4_000; micros = 3 * micros + 1) {
            Map<String, String> environment = Map.of("WATCHDOG_USEC", String.valueOf(micros));
            assertThat(Watchdog.of(environment, 1).orElseThrow().period().multipliedBy(2))
                    .as("sd_watchdog_enabled(3): half of it, or less")
                    .isLessThan(Duration.ofNanos(1000 * micros));
        }
    }

    @Test
    void nobodyWatchesThisProcess() {
        assertThat(Watchdog.of(Map.of(), 1)).isEmpty();
        assertThat(Watchdog.of(Map.of("WATCHDOG_USEC", "5000000", "WATCHDOG_PID", "17"), 1))
                .isEmpty();
        assertThat(Watchdog.of(Map.of("WATCHDOG_USEC", "soon"), 1)).isEmpty();
        assertThat(Watchdog.of(Map.of("WATCHDOG_USEC", "0"), 1)).isEmpty();
        assertThat(Watchdog.of(Map.of("WATCHDOG_USEC", "-5"), 1)).isEmpty();
        assertThat(Watchdog.of(Map.of("WATCHDOG_USEC", "9223372036854775807"), 1)).isEmpty();
    }
}
