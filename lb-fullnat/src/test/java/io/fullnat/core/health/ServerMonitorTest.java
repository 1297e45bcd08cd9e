// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.health;

import static io.fullnat.core.health.MonitorRig.CHECK;
import static io.fullnat.core.health.MonitorRig.policy;
import static io.fullnat.core.health.MonitorRig.server;
import static io.fullnat.core.health.MonitorRig.service;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.health.HealthCheck;
import io.fullnat.api.health.HealthPolicy;
import io.fullnat.api.health.NamedProbe;
import io.fullnat.api.health.ProbeResult;
import io.fullnat.api.health.ServerHealth;
import io.fullnat.api.health.ServerHealth.State;
import io.fullnat.api.health.ServerHealth.Use;
import io.fullnat.api.health.SlowStart;
import io.fullnat.api.service.RealServer;
import io.fullnat.core.service.HealthWords;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// How one server is, and with which share it gets connections; its checks fall after three
/// failures and rise after two successes.
class ServerMonitorTest {
    private static final long SECOND = 1_000_000_000L;
    private static final HealthPolicy CHECKED = policy(CHECK);
    private static final HealthCheck OTHER =
            HealthCheck.builder(NamedProbe.of("other")).rise(2).fall(3).build();

    private final OneService one = new OneService();

    @AfterEach
    void close() {
        one.close();
    }

    private ServerMonitor become(HealthPolicy policy, RealServer... servers) {
        one.become(service(policy, servers));
        one.evaluate(0);
        return one.monitor(1);
    }

    private ServerHealth health(long nowNs) {
        return one.monitor(1).health(nowNs);
    }

    private void fall(long nowNs) {
        for (int i = 0; i < 3; i++) {
            one.hear(1, false, nowNs);
        }
        one.evaluate(nowNs);
    }

    private void rise(long nowNs) {
        one.hear(1, true, nowNs);
        one.hear(1, true, nowNs);
        one.evaluate(nowNs);
    }

    @Test
    void aServerThatNobodyAsksIsUpAndSaysSo() {
        become(HealthPolicy.NONE, server(1));
        ServerHealth health = health(3 * SECOND);
        assertThat(health.up()).isTrue();
        assertThat(health.use()).isEqualTo(Use.IN);
        assertThat(health.active()).isEqualTo(State.UNCHECKED);
        assertThat(health.external()).isEqualTo(State.UNCHECKED);
        assertThat(health.reason()).isEmpty();
        assertThat(health.since()).isEqualTo(Duration.ofSeconds(3));
        assertThat(health.lastCheck()).isEmpty();
        assertThat(health.share()).isEqualTo(1);
    }

    @Test
    void itIsUpAgainSinceItsChecksSaySo() {
        become(CHECKED, server(1), server(2));
        rise(SECOND);
        fall(5 * SECOND);
        assertThat(health(7 * SECOND).up()).isFalse();
        assertThat(health(7 * SECOND).use()).isEqualTo(Use.OUT);
        assertThat(health(7 * SECOND).reason()).isEqualTo("table: refused");
        assertThat(health(7 * SECOND).since()).isEqualTo(Duration.ofSeconds(2));
        assertThat(health(7 * SECOND).lastCheck()).contains(Duration.ofSeconds(2));
        assertThat(one.word(1)).isZero();
        rise(9 * SECOND);
        assertThat(health(9 * SECOND).up()).isTrue();
        assertThat(health(9 * SECOND).reason()).isEmpty();
        assertThat(one.word(1)).isEqualTo(HealthWords.WHOLE);
    }

    /// Of several checks all must say so; the first that does not gives the reason.
    @Test
    void allChecksMustSaySo() {
        HealthCheck up = CHECK.toBuilder().initial(HealthCheck.Initial.UP).build();
        HealthCheck down = OTHER.toBuilder().initial(HealthCheck.Initial.DOWN).build();
        become(policy(up, down), server(1), server(2));
        assertThat(health(0).up()).isFalse();
        assertThat(health(0).active()).isEqualTo(State.UNKNOWN);
        assertThat(health(0).reason()).isEqualTo("other: not probed yet");
        one.monitor(1).checks().getLast().hear(passed(), 0, 1);
        one.evaluate(1);
        assertThat(health(1).up()).isTrue();
        assertThat(health(1).active()).as("one has not been asked").isEqualTo(State.UNKNOWN);
        one.hear(1, false, 2);
        one.evaluate(2);
        assertThat(health(2).active()).isEqualTo(State.DOWN);
        assertThat(health(2).up()).isFalse();
    }

    private static ProbeResult passed() {
        return ProbeResult.passed("");
    }

    @Test
    void whatIsReportedFromOutsideCountsAsMuch() {
        ServerMonitor monitor = become(CHECKED, server(1), server(2));
        rise(1);
        monitor.external().report("it", false, "maintenance", 7);
        one.evaluate(2);
        assertThat(health(2).up()).isFalse();
        assertThat(health(2).external()).isEqualTo(State.DOWN);
        assertThat(health(2).active()).isEqualTo(State.UP);
        assertThat(health(2).reason()).isEqualTo("reported: maintenance");
        assertThat(health(2).version()).isEqualTo(7);
        monitor.external().report("it", true, "", 8);
        one.evaluate(3);
        assertThat(health(3).up()).isTrue();
    }

    @Test
    void aServerWithoutAWeightIsOutForTheOperatorAlone() {
        become(HealthPolicy.NONE, server(1).toBuilder().weight(0).build(), server(2));
        assertThat(health(0).up()).isFalse();
        assertThat(health(0).admin()).isEqualTo(State.DOWN);
        assertThat(health(0).use()).isEqualTo(Use.OUT);
        assertThat(health(0).reason()).isEqualTo("weight 0");
        assertThat(one.word(1)).as("known connections").isEqualTo(HealthWords.WHOLE);
        become(HealthPolicy.NONE, server(1).toBuilder().inhibited(true).build(), server(2));
        assertThat(health(0).reason()).isEqualTo("inhibited");
        assertThat(one.monitor(1).weight()).isZero();
    }

    /// From the floor to the whole, in proportion to the time.
    @ParameterizedTest
    @CsvSource({"0, 0.20", "25, 0.40", "50, 0.60", "99, 0.992", "100, 1", "1000, 1"})
    void aServerThatComesUpStartsSlowly(int tenths, double share) {
        HealthPolicy slow =
                policy(
                        builder -> builder.slowStart(new SlowStart(Duration.ofSeconds(10), 20)),
                        CHECK);
        become(slow, server(1), server(2));
        rise(0);
        assertThat(health(0).use()).as("it is up from the start").isEqualTo(Use.IN);
        fall(SECOND);
        rise(2 * SECOND);
        long now = 2 * SECOND + tenths * (SECOND / 10);
        one.evaluate(now);
        assertThat(one.word(1)).isEqualTo((int) (share * HealthWords.WHOLE));
        assertThat(health(now).use()).isEqualTo(share < 1 ? Use.SLOW_START : Use.IN);
        assertThat(one.monitor(1).isStarting()).isEqualTo(share < 1);
    }

    @Test
    void whoFallsAgainBeginsItsSlowStartAnew() {
        HealthPolicy slow =
                policy(
                        builder -> builder.slowStart(new SlowStart(Duration.ofSeconds(10), 20)),
                        CHECK);
        become(slow, server(1), server(2));
        fall(0);
        rise(SECOND);
        one.evaluate(9 * SECOND);
        fall(10 * SECOND);
        assertThat(one.monitor(1).isStarting()).isFalse();
        rise(20 * SECOND);
        assertThat(one.word(1)).isEqualTo(HealthWords.WHOLE / 5);
    }

    @Test
    void aCheckThatAsksTheSameKeepsWhatItFoundOut() {
        become(CHECKED, server(1), server(2));
        fall(1);
        CheckState before = one.check(1);
        HealthPolicy milder = policy(CHECK.toBuilder().fall(9).build());
        assertThat(one.become(service(milder, server(1), server(2)))).isEmpty();
        assertThat(one.check(1)).isSameAs(before);
        assertThat(one.check(1).check().fall()).isEqualTo(9);
        assertThat(one.check(1).state()).isEqualTo(State.DOWN);
    }

    /// Until it has found out itself, it says what the others said.
    @Test
    void aCheckThatIsNewBeginsWithWhatTheOthersSaid() {
        become(CHECKED, server(1), server(2));
        fall(1);
        HealthCheck eager = OTHER.toBuilder().initial(HealthCheck.Initial.UP).build();
        become(policy(eager), server(1), server(2));
        assertThat(one.check(1).says()).isFalse();
        assertThat(one.check(2).says()).as("nobody has said").isTrue();
    }

    @Test
    void aServerMayHaveChecksOfItsOwn() {
        become(CHECKED, server(1).toBuilder().checks(Optional.of(List.of(OTHER))).build());
        assertThat(one.check(1).check()).isEqualTo(OTHER);
        become(CHECKED, server(1).toBuilder().checks(Optional.of(List.of())).build());
        assertThat(one.monitor(1).checks()).isEmpty();
    }
}
