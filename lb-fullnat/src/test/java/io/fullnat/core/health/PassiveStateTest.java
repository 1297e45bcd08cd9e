// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.health;

import static io.fullnat.core.health.MonitorRig.CHECK;
import static io.fullnat.core.health.MonitorRig.WEB;
import static io.fullnat.core.health.MonitorRig.policy;
import static io.fullnat.core.health.MonitorRig.server;
import static io.fullnat.core.health.MonitorRig.service;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.health.HealthPolicy;
import io.fullnat.api.health.PassiveCheck;
import io.fullnat.api.health.ServerHealth.State;
import io.fullnat.api.service.VirtualService;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// How long servers are inhibited that connections have found dead ([PassiveState]).
final class PassiveStateTest {
    private final MonitorRig rig = new MonitorRig();

    @AfterEach
    void close() {
        rig.close();
    }

    private static HealthPolicy passive(PassiveCheck check) {
        return policy(builder -> builder.passive(Optional.of(check)));
    }

    private VirtualService apply(PassiveCheck check) {
        VirtualService service = service(passive(check), server(1), server(2));
        rig.apply(service);
        return service;
    }

    /// How long the first server is out from now on, in tenths of a second.
    private int outFor() {
        int tenths = 0;
        while (rig.word(1) == 0) {
            rig.pass(Duration.ofMillis(100));
            tenths++;
        }
        return tenths;
    }

    @Test
    void oneFailureInhibitsForFiveSecondsAsInDpvs() {
        apply(PassiveCheck.DEFAULT);
        assertThat(rig.health(1).passive()).isEqualTo(State.UP);
        rig.fail(1, 1);
        assertThat(rig.used(1, 2)).containsExactly(2);
        assertThat(rig.health(1).passive()).isEqualTo(State.DOWN);
        assertThat(rig.health(1).reason())
                .isEqualTo("passive: 1 connection refused or not answered");
        assertThat(outFor()).isBetween(45, 56);
        assertThat(rig.events).containsExactly("10.0.1.1 down out", "10.0.1.1 up in");
    }

    @Test
    void eachFailureInARowDoublesTheTimeAndASuccessHalvesIt() {
        apply(PassiveCheck.DEFAULT.withInhibit(Duration.ofSeconds(5), Duration.ofSeconds(30)));
        int[] expected = {50, 100, 200, 300, 300};
        for (int tenths : expected) {
            rig.fail(1, 1);
            assertThat(outFor()).isBetween(tenths - 6, tenths + 6);
        }
        rig.answer(1, 7); // of which one counts
        rig.fail(1, 1);
        assertThat(outFor()).isBetween(144, 156);
    }

    @Test
    void theTimeHalvesAsOftenAsItStaysAliveForSoLong() {
        apply(PassiveCheck.DEFAULT);
        for (int turn = 0; turn < 4; turn++) { // 5, 10, 20, 40
            rig.fail(1, 1);
            outFor();
        }
        rig.answer(1, 1); // 80 becomes 40
        rig.seconds(41);
        rig.seconds(21);
        rig.fail(1, 1);
        assertThat(outFor()).isBetween(94, 106);
    }

    @Test
    void failuresFurtherApartThanTheWindowDoNotAddUp() {
        apply(PassiveCheck.DEFAULT.withNotices(3, 1));
        for (int turn = 0; turn < 5; turn++) {
            rig.fail(1, 2);
            rig.seconds(4);
        }
        assertThat(rig.used(1, 2)).containsExactly(1, 2);
        rig.fail(1, 2);
        rig.fail(1, 1);
        assertThat(rig.used(1, 2)).containsExactly(2);
    }

    /// The window slides: it does not begin with the first failure of some.
    @ParameterizedTest
    @CsvSource({
        "0 9 18, false",
        "0 9 11 12, true",
        "0 9 9, true",
        "0 5 11 16 22, false",
        "0 5 11 15 15, true"
    })
    void h15TheThirdFailureWithinAnyTenSecondsTakesItOut(String times, boolean out) {
        apply(PassiveCheck.DEFAULT.withNotices(3, 1).withDownWait(Duration.ofSeconds(10)));
        int now = 0;
        for (String time : times.split(" ", -1)) {
            assertThat(rig.used(1, 2)).containsExactly(1, 2);
            int next = Integer.parseInt(time);
            rig.seconds(Math.max(0, next - now));
            now = Math.max(now, next);
            rig.fail(1, 1);
        }
        assertThat(rig.used(1, 2).contains(1)).isEqualTo(!out);
    }

    @Test
    void oneThatIsInhibitedIsNotWatched() {
        apply(PassiveCheck.DEFAULT);
        rig.fail(1, 1);
        int slot = rig.slot(WEB + " " + server(1).endpoint());
        assertThat(rig.notices.watched).doesNotContainKey(slot);
        outFor();
        assertThat(rig.notices.watched).containsKey(slot);
    }

    /// Its inhibit time ends while its weight is 0, which is no reason to watch it.
    @Test
    void aServerWhoseWeightBecomesZeroWhileItIsInhibitedIsNotWatched() {
        apply(PassiveCheck.DEFAULT);
        rig.fail(1, 1);
        rig.apply(service(passive(PassiveCheck.DEFAULT), server(1).withWeight(0), server(2)));
        outFor();
        int slot = rig.slot(WEB + " " + server(1).endpoint());
        assertThat(rig.notices.watched).doesNotContainKey(slot);
        rig.fail(1, 5);
        assertThat(rig.health(1).passive()).isEqualTo(State.UP);
        rig.apply(service(passive(PassiveCheck.DEFAULT), server(1), server(2)));
        assertThat(rig.notices.watched).containsKey(slot);
    }

    /// Nor is one that its checks bring up.
    @Test
    void aServerOfWeightZeroThatOthersBringUpIsNotWatched() {
        PassiveCheck check = PassiveCheck.DEFAULT.withRecovers(false);
        apply(check);
        rig.fail(1, 1);
        rig.apply(service(passive(check), server(1).withWeight(0), server(2)));
        rig.monitor.report(WEB, server(1).endpoint(), true, "", 1, rig.clock.nanoTime());
        assertThat(rig.health(1).passive()).isEqualTo(State.UP);
        int slot = rig.slot(WEB + " " + server(1).endpoint());
        assertThat(rig.notices.watched).doesNotContainKey(slot);
    }

    @Test
    void aServerOfWeightZeroIsNotWatched() {
        rig.apply(service(passive(PassiveCheck.DEFAULT), server(1).withWeight(0), server(2)));
        rig.fail(1, 5);
        rig.apply(service(passive(PassiveCheck.DEFAULT), server(1).withWeight(9), server(2)));
        assertThat(rig.used(1, 2)).containsExactly(1, 2);
        rig.fail(1, 1);
        assertThat(rig.used(1, 2)).containsExactly(2);
        // the weight may be edited meanwhile, and is what the operator wrote
        rig.apply(service(passive(PassiveCheck.DEFAULT), server(1).withWeight(7), server(2)));
        outFor();
        assertThat(rig.health().weightUp()).isEqualTo(8);
    }

    @Test
    void oneThatDoesNotRecoverWaitsForACheckThatSaysSo() {
        PassiveCheck downOnly = PassiveCheck.DEFAULT.withRecovers(false);
        rig.apply(
                service(
                        policy(builder -> builder.passive(Optional.of(downOnly)), CHECK),
                        server(1),
                        server(2)));
        rig.seconds(1.1);
        rig.fail(1, 1);
        rig.seconds(1); // once is not twice
        assertThat(rig.used(1, 2)).containsExactly(2);
        rig.dead(1); // begins the row anew
        rig.seconds(1);
        rig.alive(1);
        rig.seconds(1);
        assertThat(rig.used(1, 2)).containsExactly(2);
        assertThat(rig.health(1).active()).isEqualTo(State.UP); // all the time
        rig.seconds(1);
        assertThat(rig.used(1, 2)).containsExactly(1, 2);

        rig.fail(1, 1); // what passed before has no say
        assertThat(rig.used(1, 2)).containsExactly(2);
        rig.seconds(1);
        assertThat(rig.used(1, 2)).containsExactly(2);
        rig.dead(1);
        rig.seconds(5);
        assertThat(rig.used(1, 2)).containsExactly(2);
        rig.alive(1);
        rig.seconds(2);
        assertThat(rig.used(1, 2)).containsExactly(1, 2);
    }

    @Test
    void aProbeThatBeganBeforeTheFailureDoesNotSayThatAServerHasComeUp() {
        ArrayDeque<Runnable> waiting = new ArrayDeque<>();
        try (MonitorRig slow = new MonitorRig(waiting::add)) {
            PassiveCheck downOnly = PassiveCheck.DEFAULT.withRecovers(false);
            slow.apply(
                    service(
                            policy(
                                    builder -> builder.passive(Optional.of(downOnly)),
                                    CHECK.toBuilder().rise(1).build()),
                            server(1)));
            while (waiting.isEmpty()) {
                slow.pass(Duration.ofMillis(100));
            }
            slow.fail(1, 1);
            waiting.remove().run();
            slow.poll();
            assertThat(slow.used(1)).isEmpty();
            while (waiting.isEmpty()) {
                slow.pass(Duration.ofMillis(100));
            }
            waiting.remove().run();
            slow.poll();
            assertThat(slow.used(1)).containsExactly(1);
        }
    }

    @Test
    void oneThatDoesNotRecoverComesUpByEachReportThatSaysSo() {
        apply(PassiveCheck.DEFAULT.withRecovers(false));
        for (int version = 1; version < 4; version++) {
            rig.fail(1, 1);
            rig.seconds(60);
            assertThat(rig.used(1, 2)).containsExactly(2);
            rig.monitor.report(WEB, server(1).endpoint(), true, "", version, rig.clock.nanoTime());
            assertThat(rig.used(1, 2)).containsExactly(1, 2);
        }
    }

    /// More answers than a long has bits halve the time, as all others do.
    @Test
    void manyAnswersLeaveTheShortestTime() {
        PassiveCheck check =
                PassiveCheck.DEFAULT
                        .withNotices(1, 255)
                        .withInhibit(Duration.ofSeconds(5), Duration.ofSeconds(600));
        apply(check);
        for (int turn = 0; turn < 5; turn++) {
            rig.fail(1, 1);
            outFor();
        }
        rig.answer(1, 64);
        rig.fail(1, 1);
        assertThat(outFor()).isBetween(44, 56);
    }

    @Test
    void anotherPolicyForgetsWhatIsKnownAndTheSameDoesNot() {
        VirtualService service = apply(PassiveCheck.DEFAULT);
        rig.fail(1, 1);
        rig.apply(service.withScheduler("rr"));
        assertThat(rig.used(1, 2)).containsExactly(2);
        apply(PassiveCheck.DEFAULT.withNotices(2, 1));
        assertThat(rig.used(1, 2)).containsExactly(1, 2);
        rig.fail(1, 2);
        assertThat(rig.used(1, 2)).containsExactly(2);
        rig.apply(service(policy(), server(1), server(2)));
        assertThat(rig.used(1, 2)).containsExactly(1, 2);
        assertThat(rig.notices.watched).isEmpty();
        assertThat(rig.health(1).passive()).isEqualTo(State.UNCHECKED);
    }

    @Test
    void removedServersAndServicesAreNotWatched() {
        apply(PassiveCheck.DEFAULT);
        rig.apply(service(passive(PassiveCheck.DEFAULT), server(2)));
        assertThat(rig.notices.watched).hasSize(1);
        rig.remove(WEB);
        assertThat(rig.notices.watched).isEmpty();
    }
}
