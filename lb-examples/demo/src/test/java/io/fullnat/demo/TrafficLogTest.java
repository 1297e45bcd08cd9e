// SPDX-License-Identifier: Apache-2.0
package io.fullnat.demo;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/// Which requests may fail when a server dies.
final class TrafficLogTest {
    private static final long MINUTE_NS = 60_000_000_000L;

    private final TrafficLog log = new TrafficLog("HTTP");
    private final long earlierNs = System.nanoTime() - MINUTE_NS;

    @Test
    void noRequestMayFailBeforeAServerDies() {
        log.unanswered(earlierNs, "reset");
        log.beginOutage();

        assertThat(log.errors()).isOne();
        assertThat(log.firstError()).isEqualTo("reset");
        assertThat(log.inFlightCount()).isZero();
    }

    @Test
    void requestsMayFailThatBeganBeforeTheServerWasOut() {
        log.beginOutage();
        log.unanswered(System.nanoTime(), "refused");
        log.endOutage();
        log.unanswered(earlierNs, "reset");

        assertThat(log.errors()).isZero();
        assertThat(log.inFlightCount()).isEqualTo(2);
        assertThat(log.requests()).isEqualTo(2);
    }

    @Test
    void noRequestMayFailThatBeganWhenTheServerWasOut() {
        log.beginOutage();
        log.endOutage();
        log.unanswered(System.nanoTime() + MINUTE_NS, "refused");

        assertThat(log.errors()).isOne();
        assertThat(log.inFlightCount()).isZero();
    }

    @Test
    void eachOutageHasAnEndOfItsOwn() {
        log.beginOutage();
        log.endOutage();
        log.beginOutage();
        log.unanswered(System.nanoTime(), "refused");
        log.endOutage();
        log.unanswered(System.nanoTime() + MINUTE_NS, "refused");

        assertThat(log.inFlightCount()).isOne();
        assertThat(log.errors()).isOne();
    }

    @Test
    void wrongAnswersAreErrorsAlways() {
        log.beginOutage();
        log.failed("status 500");

        assertThat(log.errors()).isOne();
        assertThat(log.inFlightCount()).isZero();
    }
}
