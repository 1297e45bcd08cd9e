// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.health;

import static io.fullnat.core.health.MonitorRig.CHECK;
import static io.fullnat.core.health.MonitorRig.policy;
import static io.fullnat.core.health.MonitorRig.server;
import static io.fullnat.core.health.MonitorRig.service;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.health.HealthCheck;
import io.fullnat.api.health.PassiveCheck;
import io.fullnat.api.health.ProbeResult;
import io.fullnat.api.health.ServerHealth.State;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What a check that wants two successes or three failures in a row says, result by result: `+` one
/// that passed, `-` one that failed, `?` one that could not ask.
class CheckStateTest {
    private static final ProbeResult PASSED = ProbeResult.passed("");

    private final OneService one = new OneService();

    @AfterEach
    void close() {
        one.close();
    }

    private CheckState check(HealthCheck.Initial initial) {
        one.become(service(policy(CHECK.toBuilder().initial(initial).build()), server(1)));
        return one.check(1);
    }

    private void hear(CheckState check, String results) {
        for (int i = 0; i < results.length(); i++) {
            check.hear(
                    switch (results.charAt(i)) {
                        case '+' -> PASSED;
                        case '-' -> ProbeResult.failed("refused");
                        default -> ProbeResult.unknown("no socket");
                    },
                    0,
                    1);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "'', UNKNOWN",
        "?, UNKNOWN",
        "+, UP",
        "-, DOWN",
        "?-, DOWN",
        "+--, UP",
        "+---, DOWN",
        "+--+--, UP",
        "+-?-?-, DOWN",
        "-+, DOWN",
        "-++, UP",
        "-+-+, DOWN",
        "-+?+, UP",
        "+---++, UP",
        "+---++--, UP",
        "-++---, DOWN",
    })
    void theFirstResultDecidesThenSoManyInARow(String results, State state) {
        CheckState check = check(HealthCheck.Initial.DOWN);
        hear(check, results);
        assertThat(check.state()).isEqualTo(state);
        assertThat(check.says()).isEqualTo(state == State.UP);
    }

    @Test
    void beforeTheFirstResultItSaysWhatItIsToldToBeginWith() {
        CheckState check = check(HealthCheck.Initial.UP);
        assertThat(check.says()).isTrue();
        assertThat(check.reason()).isEqualTo("table: not probed yet");
        hear(check, "?");
        assertThat(check.says()).isTrue();
        assertThat(check.reason()).isEqualTo("table: no socket");
        hear(check, "-");
        assertThat(check.says()).isFalse();
        assertThat(check.reason()).isEqualTo("table: refused");
    }

    @Test
    void theReasonIsThatOfTheLastFailure() {
        CheckState check = check(HealthCheck.Initial.UP);
        hear(check, "-");
        check.hear(ProbeResult.failed("timed out"), 0, 1);
        assertThat(check.reason()).isEqualTo("table: timed out");
        hear(check, "+");
        assertThat(check.reason()).as("still down").isEqualTo("table: timed out");
        check.hear(ProbeResult.failed(""), 0, 1);
        assertThat(check.reason()).isEqualTo("table: failed");
    }

    @Test
    void itsServerIsLookedAtAnewOnlyWhenTheStateChanges() {
        CheckState check = check(HealthCheck.Initial.UP);
        hear(check, "+");
        assertThat(one.touched).hasSize(1);
        one.evaluate(0);
        hear(check, "++--");
        assertThat(one.touched).hasSize(1);
        hear(check, "-");
        assertThat(one.touched).hasSize(2);
    }

    @Test
    void whyNothingIsKnownIsToldOnce() {
        CheckState check = check(HealthCheck.Initial.UP);
        hear(check, "?");
        one.evaluate(0);
        hear(check, "??");
        assertThat(one.touched).hasSize(1);
        hear(check, "+");
        one.evaluate(0);
        hear(check, "?");
        assertThat(one.touched).as("it is known").hasSize(2);
    }

    @Test
    void anotherCheckOfTheSameProbeJudgesByItsOwnCounts() {
        CheckState check = check(HealthCheck.Initial.UP);
        hear(check, "+--");
        check.check(CHECK.toBuilder().fall(2).build());
        assertThat(check.state()).isEqualTo(State.UP);
        hear(check, "-");
        assertThat(check.state()).isEqualTo(State.DOWN);
    }

    /// A server that connections have found dead, and that does not recover by itself, has to pass
    /// runs that began afterwards.
    @Test
    void whoIsHeldDownHasToPassAnew() {
        PassiveCheck held = PassiveCheck.DEFAULT.withRecovers(false);
        one.become(
                service(policy(builder -> builder.passive(Optional.of(held)), CHECK), server(1)));
        CheckState check = one.check(1);
        hear(check, "++");
        assertThat(check.saysAnew()).as("nothing has happened").isFalse();
        one.service.watchPassively(0);
        one.notices.failures.put(1, 1L);
        one.service.lookPassively(10);
        one.evaluate(10);
        check.hear(PASSED, 10, 11);
        check.hear(PASSED, 11, 12);
        assertThat(check.saysAnew()).as("the first began before").isFalse();
        check.hear(ProbeResult.failed(""), 13, 14);
        check.hear(PASSED, 15, 16);
        assertThat(check.saysAnew()).as("in a row").isFalse();
        one.touched.clear();
        check.hear(PASSED, 17, 18);
        assertThat(check.saysAnew()).isTrue();
        assertThat(one.touched).hasSize(1);
        assertThat(check.state()).isEqualTo(State.UP);
    }
}
