// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.health;

import static io.fullnat.core.health.MonitorRig.CHECK;
import static io.fullnat.core.health.MonitorRig.policy;
import static io.fullnat.core.health.MonitorRig.server;
import static io.fullnat.core.health.MonitorRig.service;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.health.HealthCheck;
import io.fullnat.api.health.ProbeResult;
import io.fullnat.api.health.ServerHealth.State;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// One probe of two checks, which hear the same.
class SharedProbeTest {
    private final OneService one = new OneService();
    private final SharedProbe probe = shared();

    private SharedProbe shared() {
        HealthCheck eager = CHECK.toBuilder().fall(1).jitter(20).build();
        HealthCheck patient = CHECK.toBuilder().fall(2).jitter(10).build();
        one.become(service(policy(eager), server(1), server(2)));
        SharedProbe shared = new SharedProbe(one.check(1).key(), target -> ProbeResult.passed(""));
        shared.checks().add(one.check(1));
        shared.checks().add(one.check(2));
        one.check(2).check(patient);
        return shared;
    }

    @AfterEach
    void close() {
        one.close();
    }

    @Test
    void eachCheckHearsAndJudgesByItself() {
        probe.hear(ProbeResult.passed(""), 1);
        probe.hear(ProbeResult.failed(""), 2);
        assertThat(one.check(1).state()).isEqualTo(State.DOWN);
        assertThat(one.check(2).state()).isEqualTo(State.UP);
        probe.hear(ProbeResult.failed(""), 3);
        assertThat(one.check(2).state()).isEqualTo(State.DOWN);
    }

    /// What a run that could not ask would say is known already.
    @Test
    void whatIsKnownIsTheLastResultOfARunThatCouldAsk() {
        assertThat(probe.last()).isNull();
        probe.hear(ProbeResult.unknown("no socket"), 1);
        assertThat(probe.isImpossible()).isTrue();
        assertThat(probe.last()).isNull();
        ProbeResult failed = ProbeResult.failed("refused");
        probe.hear(failed, 2);
        assertThat(probe.isImpossible()).isFalse();
        probe.hear(ProbeResult.unknown("no socket"), 3);
        assertThat(probe.isImpossible()).isTrue();
        assertThat(probe.last()).isEqualTo(failed);
    }

    @Test
    void theLargestJitterIsThatOfAll() {
        assertThat(probe.jitter()).isEqualTo(20);
        probe.checks().removeFirst();
        assertThat(probe.jitter()).isEqualTo(10);
        probe.checks().clear();
        assertThat(probe.jitter()).isZero();
    }

    @Test
    void aRunThatBeginsIsNotLate() {
        ProbeRun run = new ProbeRun(probe, one.faults, ended -> {});
        probe.tooLate();
        probe.begin(run, 100, 200);
        assertThat(probe.run()).isSameAs(run);
        assertThat(probe.isLate()).isFalse();
        assertThat(probe.startNs()).isEqualTo(100);
        assertThat(probe.dueNs()).isEqualTo(200);
        probe.beginAnew(150);
        assertThat(probe.startNs()).isEqualTo(150);
        assertThat(probe.dueNs()).as("the next one is due as before").isEqualTo(200);
        probe.tooLate();
        assertThat(probe.isLate()).isTrue();
        probe.end();
        assertThat(probe.run()).isNull();
    }

    @Test
    void eventsOfAnotherTurnAreNotMeant() {
        int before = probe.turn();
        assertThat(probe.nextTurn()).isEqualTo(before + 1);
        assertThat(probe.turn()).isEqualTo(before + 1);
    }
}
