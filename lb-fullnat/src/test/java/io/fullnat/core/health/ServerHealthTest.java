// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.health;

import static io.fullnat.core.health.MonitorRig.CHECK;
import static io.fullnat.core.health.MonitorRig.TLS;
import static io.fullnat.core.health.MonitorRig.WEB;
import static io.fullnat.core.health.MonitorRig.policy;
import static io.fullnat.core.health.MonitorRig.server;
import static io.fullnat.core.health.MonitorRig.service;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.fullnat.api.BalancerException;
import io.fullnat.api.Endpoint;
import io.fullnat.api.ErrorCode;
import io.fullnat.api.counter.Counter;
import io.fullnat.api.health.HealthCheck;
import io.fullnat.api.health.HealthPolicy;
import io.fullnat.api.health.NamedProbe;
import io.fullnat.api.health.PassiveCheck;
import io.fullnat.api.health.ProbeResult;
import io.fullnat.api.health.ProbeTarget;
import io.fullnat.api.health.ServerHealth;
import io.fullnat.api.health.ServerHealth.State;
import io.fullnat.api.health.ServerHealth.Use;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.VirtualService;
import io.fullnat.core.service.HealthWords;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// When a server is up: what its checks, reports and its weight say, each for itself.
final class ServerHealthTest {
    private final MonitorRig rig = new MonitorRig();

    @AfterEach
    void close() {
        rig.close();
    }

    private static HealthCheck at(int port) {
        return CHECK.toBuilder().port(OptionalInt.of(port)).build();
    }

    @Test
    void isDownAfterSoManyFailuresInARowAndUpAfterSoManySuccesses() {
        rig.apply(service(policy(CHECK), server(1), server(2)));
        rig.seconds(1.1);
        assertThat(rig.health(1).active()).isEqualTo(State.UP);

        rig.dead(1);
        rig.seconds(2);
        assertThat(rig.used(1, 2)).containsExactly(1, 2);
        rig.alive(1); // begins the row anew
        rig.seconds(1);
        rig.dead(1);
        rig.seconds(2);
        assertThat(rig.used(1, 2)).containsExactly(1, 2);
        rig.seconds(1);
        assertThat(rig.used(1, 2)).containsExactly(2);
        ServerHealth down = rig.health(1);
        assertThat(down.up()).isFalse();
        assertThat(down.use()).isEqualTo(Use.OUT);
        assertThat(down.active()).isEqualTo(State.DOWN);
        assertThat(down.admin()).isEqualTo(State.UP);
        assertThat(down.reason()).isEqualTo("table: connection refused");
        assertThat(down.since()).isLessThan(Duration.ofSeconds(1));
        assertThat(down.lastCheck().orElseThrow()).isLessThan(Duration.ofSeconds(1));

        rig.alive(1);
        rig.seconds(1);
        assertThat(rig.used(1, 2)).containsExactly(2);
        rig.seconds(1);
        assertThat(rig.used(1, 2)).containsExactly(1, 2);
        assertThat(rig.health(1).reason()).isEmpty();
        assertThat(rig.events).containsExactly("10.0.1.1 down out", "10.0.1.1 up in");
        assertThat(rig.counters.get(Counter.HEALTH_PROBES_FAILED)).isEqualTo(5);
        assertThat(rig.counters.get(Counter.HEALTH_PROBES)).isBetween(16L, 19L);
    }

    /// Whatever it was before: up, down, not known, in the middle of a row.
    @Test
    void aProbeThatCouldNotAskChangesNothing() {
        rig.answers.put(server(3).endpoint(), target -> ProbeResult.unknown("no file"));
        rig.apply(service(policy(CHECK), server(1), server(2), server(3)));
        rig.dead(2);
        rig.seconds(3.1);
        assertThat(rig.used(1, 2, 3)).containsExactly(1, 3);
        assertThat(rig.health(3).active()).isEqualTo(State.UNKNOWN);
        assertThat(rig.health(3).lastCheck()).isEmpty();
        assertThat(rig.monitor.impossibleProbes()).isEqualTo("1 of 3 probes: no file");

        rig.dead(1);
        rig.seconds(2);
        for (int number = 1; number <= 2; number++) {
            rig.answers.put(server(number).endpoint(), target -> ProbeResult.unknown("no port"));
        }
        rig.events.clear();
        rig.seconds(20);
        assertThat(rig.used(1, 2, 3)).containsExactly(1, 3);
        assertThat(rig.health(2).reason()).isEqualTo("table: connection refused");
        assertThat(rig.events).isEmpty();
        assertThat(rig.monitor.impossibleProbes()).startsWith("3 of 3 probes: no ");
        assertThat(rig.counters.get(Counter.HEALTH_PROBES_IMPOSSIBLE)).isBetween(60L, 66L);

        rig.dead(1); // the third in the row
        rig.alive(3);
        rig.seconds(1.1);
        assertThat(rig.used(1, 2, 3)).containsExactly(3);
        assertThat(rig.monitor.impossibleProbes()).isEqualTo("1 of 3 probes: no port");
        rig.apply(service(policy(CHECK), server(1), server(3)));
        assertThat(rig.monitor.impossibleProbes()).isEmpty();
    }

    /// It is out by the operator's word, is asked all the while, and no part of the quorum.
    @Test
    void anInhibitedServerIsDownForTheOperatorAlone() {
        rig.apply(service(policy(CHECK), server(1), server(2).withInhibited(true)));
        rig.seconds(3);
        ServerHealth out = rig.health(2);
        assertThat(out.up()).isFalse();
        assertThat(out.use()).isEqualTo(Use.OUT);
        assertThat(out.admin()).isEqualTo(State.DOWN);
        assertThat(out.active()).isEqualTo(State.UP);
        assertThat(out.reason()).isEqualTo("inhibited");
        assertThat(rig.monitor.health(WEB).quorumUp()).isTrue();
        rig.dead(1);
        rig.seconds(3);
        assertThat(rig.monitor.health(WEB).quorumUp()).isFalse();
        rig.apply(service(policy(CHECK), server(1), server(2)));
        assertThat(rig.health(2).use()).isEqualTo(Use.IN);
        assertThat(rig.monitor.health(WEB).quorumUp()).isTrue();
    }

    /// What it counts as until something is known.
    @Test
    void aServerOfWhichNothingIsKnownCountsAsItsCheckSays() {
        rig.answers.put(server(1).endpoint(), target -> ProbeResult.unknown("no file"));
        HealthCheck wait = CHECK.toBuilder().initial(HealthCheck.Initial.DOWN).build();
        rig.apply(service(policy(wait), server(1)));
        rig.seconds(10);
        assertThat(rig.health(1).up()).isFalse();
        assertThat(rig.health(1).reason()).isEqualTo("table: no file");
    }

    /// The rule is a row, not a window: failures with a success between them do not add up.
    @Test
    void h15FailuresCountInARow() {
        rig.apply(service(policy(CHECK), server(1)));
        rig.seconds(1);
        for (int turn = 0; turn < 10; turn++) {
            rig.dead(1);
            rig.seconds(2);
            rig.alive(1);
            rig.seconds(1);
        }
        assertThat(rig.health(1).up()).isTrue();
        assertThat(rig.events).isEmpty();
    }

    @Test
    void h01AReloadWhileDownLeavesNoDeadChecker() {
        HealthCheck old = at(8081);
        rig.answers.put(
                new Endpoint(server(1).endpoint().address(), 8081),
                target -> ProbeResult.failed("connection refused"));
        rig.apply(service(policy(old), server(1), server(2)));
        rig.seconds(1.1);
        assertThat(rig.health(1).up()).isFalse();
        assertThat(rig.health(2).up()).isTrue();

        // the other port answers
        rig.apply(service(policy(at(8082)), server(1), server(2)));
        assertThat(rig.used(1, 2)).containsExactly(2); // until it is known
        rig.seconds(1.1);
        assertThat(rig.used(1, 2)).containsExactly(1, 2);
        rig.asked.clear();
        rig.seconds(3);
        assertThat(rig.asked)
                .extracting((ProbeTarget target) -> target.endpoint().port())
                .containsOnly(8082);

        // state = AND of the current checkers; those that were there keep theirs
        rig.apply(service(policy(at(8082), old), server(1), server(2)));
        assertThat(rig.used(1, 2)).containsExactly(1, 2);
        rig.seconds(1.1);
        assertThat(rig.used(1, 2)).containsExactly(2);
        rig.apply(service(policy(old.toBuilder().rise(9).build()), server(1), server(2)));
        assertThat(rig.used(1, 2)).containsExactly(2);
        assertThat(rig.health(1).active()).isEqualTo(State.DOWN);
        rig.apply(service(policy(), server(1), server(2)));
        assertThat(rig.used(1, 2)).containsExactly(1, 2);
        assertThat(rig.health(1).active()).isEqualTo(State.UNCHECKED);
    }

    @Test
    void h02TheInitialStateIsDecidedBeforeAServiceIsPublished() {
        HealthCheck wait = CHECK.toBuilder().initial(HealthCheck.Initial.DOWN).build();
        VirtualService both = service(policy(wait), server(1), server(2));
        rig.dead(1, 2);

        rig.monitor.requireProbes(both);
        rig.monitor.prepare(rig.monitored(both), rig.clock.nanoTime()); // no worker knows it yet
        assertThat(rig.used(1, 2)).isEmpty();
        rig.monitor.adopt(List.of(rig.monitored(both)), List.of(), rig.clock.nanoTime());
        assertThat(rig.used(1, 2)).isEmpty();
        assertThat(rig.health(1).active()).isEqualTo(State.UNKNOWN);
        assertThat(rig.health(1).reason()).isEqualTo("table: not probed yet");

        VirtualService three = service(policy(wait), server(1), server(2), server(3));
        rig.monitor.prepare(rig.monitored(three), rig.clock.nanoTime());
        assertThat(rig.used(1, 2, 3)).isEmpty();
        rig.monitor.adopt(List.of(rig.monitored(three)), List.of(), rig.clock.nanoTime());
        rig.seconds(1.1);
        assertThat(rig.used(1, 2, 3)).containsExactly(3); // the first result decides alone

        rig.apply(three.withRealServers(three.realServers())); // a reload changes nothing
        assertThat(rig.used(1, 2, 3)).containsExactly(3);
    }

    @Test
    void aStateThatIsGivenUpLeavesNothingBehind() {
        rig.apply(service(policy(CHECK), server(1)));
        rig.monitor.prepare(
                rig.monitored(service(policy(CHECK), server(1), server(2))), rig.clock.nanoTime());
        rig.seconds(3);

        assertThat(rig.asked).extracting(ProbeTarget::endpoint).containsOnly(server(1).endpoint());
    }

    /// What the administrator, checks, connections and reports say of a server, in all sixteen
    /// states: what one says lifts nothing that another one does.
    @Test
    void h03EachStateIsSeparateAndItIsUpOnlyIfAllAllow() {
        HealthPolicy policy =
                policy(builder -> builder.passive(Optional.of(PassiveCheck.DEFAULT)), CHECK);
        for (int states = 0; states < 16; states++) {
            boolean weight = (states & 1) == 0;
            boolean active = (states & 2) == 0;
            boolean passive = (states & 4) == 0;
            boolean external = (states & 8) == 0;
            rig.apply(service(policy, server(1)));
            if (active) {
                rig.alive(1);
            } else {
                rig.dead(1);
            }
            report(1, external, states + 1);
            rig.seconds(600); // nothing is left of what connections have met
            if (!passive) {
                rig.fail(1, 1);
            }
            if (!weight) {
                rig.apply(service(policy, server(1).withWeight(0)));
            }

            ServerHealth health = rig.health(1);
            String what = "state " + states + ": " + health;
            assertThat(health.up()).as(what).isEqualTo(weight && active && passive && external);
            assertThat(health.admin()).as(what).isEqualTo(state(weight));
            assertThat(health.active()).as(what).isEqualTo(state(active));
            assertThat(health.passive()).as(what).isEqualTo(state(passive));
            assertThat(health.external()).as(what).isEqualTo(state(external));
            assertThat(rig.word(1) != 0).as(what).isEqualTo(active && passive && external);
            assertThat(health.use() == Use.OUT).as(what).isEqualTo(!health.up());
            assertThat(health.reason()).isEqualTo(reason(weight, active, passive, external));
        }
    }

    private static State state(boolean allows) {
        return allows ? State.UP : State.DOWN;
    }

    private static String reason(
            boolean weight, boolean active, boolean passive, boolean external) {
        if (!external) {
            return "reported: by a test";
        }
        if (!active) {
            return "table: connection refused";
        }
        if (!passive) {
            return "passive: 1 connection refused or not answered";
        }
        return weight ? "" : "weight 0";
    }

    private void report(int number, boolean up, long version) {
        rig.monitor.report(
                WEB, server(number).endpoint(), up, "by a test", version, rig.clock.nanoTime());
    }

    @Test
    void h17AStaleReportIsRefused() {
        rig.apply(service(policy(), server(1).withWeight(5)));
        report(1, true, 7);
        rig.apply(service(policy(), server(1).withWeight(10)));
        report(1, false, 9);

        assertThatExceptionOfType(BalancerException.class)
                .isThrownBy(() -> report(1, true, 8)) // was on its way when 9 came
                .withMessage(
                        "version 8 of the health of 10.0.1.1:80 of TCP 192.0.2.80:80 is older than"
                                + " 9, which was reported; report what is so now, with a later"
                                + " version")
                .satisfies(refusal -> assertThat(refusal.code()).isEqualTo(ErrorCode.STALE));
        assertThat(rig.used(1)).isEmpty();
        assertThat(rig.health(1).version()).isEqualTo(9);
        report(1, false, 9);
        report(1, true, 10);
        assertThat(rig.used(1)).containsExactly(1);
        assertThat(rig.events)
                .containsExactly("10.0.1.1 down out", "no quorum", "10.0.1.1 up in", "quorum");
        assertThatExceptionOfType(BalancerException.class)
                .isThrownBy(() -> report(2, true, 1))
                .withMessage(
                        "10.0.1.2:80 is not a real server of TCP 192.0.2.80:80; it has"
                                + " [10.0.1.1:80]");
        rig.remove(WEB);
        assertThatExceptionOfType(BalancerException.class)
                .isThrownBy(() -> report(1, true, 11))
                .withMessage("no service TCP 192.0.2.80:80");
    }

    @Test
    void h09OneProbeAServerHoweverManyServicesShareIt() {
        rig.apply(
                service(WEB, policy(CHECK), server(1)),
                service(TLS, policy(CHECK.toBuilder().fall(1).build()), server(1)));
        rig.seconds(1.1);
        rig.asked.clear();
        rig.dead(1);
        rig.seconds(1);
        assertThat(rig.asked).hasSize(1);
        assertThat(rig.health(TLS, 1).up()).isFalse(); // each by its own rule
        assertThat(rig.health(WEB, 1).up()).isTrue();

        // a service that comes later knows at once what is known
        VirtualService late = service(TLS, policy(CHECK.toBuilder().rise(5).build()), server(1));
        rig.remove(TLS);
        rig.apply(late);
        assertThat(rig.health(TLS, 1).up()).isFalse();
        rig.remove(WEB);
        rig.asked.clear();
        rig.seconds(2);
        assertThat(rig.asked).hasSize(2); // still asked for the other
        rig.remove(TLS);
        rig.asked.clear();
        rig.seconds(3);
        assertThat(rig.asked).isEmpty();
    }

    @Test
    void h09NoAnswerIsAFailure() {
        rig.answers.put(
                server(1).endpoint(),
                target -> {
                    throw new SocketTimeoutException("connect timed out");
                });
        rig.apply(service(policy(CHECK), server(1)));
        rig.seconds(1.1);

        assertThat(rig.health(1).up()).isFalse();
        assertThat(rig.health(1).reason()).isEqualTo("table: connect timed out");
    }

    /// Workers take no part in it: there is one monitor for all.
    @Test
    void h16ProbesAreSpreadOverTheInterval() {
        RealServer[] servers = new RealServer[1_000];
        for (int i = 0; i < servers.length; i++) {
            servers[i] = RealServer.of("10.0." + i / 100 + "." + (1 + i % 100), 80);
        }
        MonitorRig large = new MonitorRig(servers.length);
        try (large) {
            large.apply(service(policy(CHECK), servers));
            List<Integer> eachTenth = new ArrayList<>();
            for (int tenth = 0; tenth < 20; tenth++) {
                large.asked.clear();
                large.pass(Duration.ofMillis(100));
                eachTenth.add(large.asked.size());
            }

            assertThat(eachTenth).allSatisfy(count -> assertThat(count).isBetween(60, 140));
            assertThat(eachTenth.stream().mapToInt(each -> each).sum()).isEqualTo(2_000);
        }
    }

    @Test
    void jitterMovesEachIntervalAndNoTimeIsMadeUpFor() {
        HealthCheck moved = CHECK.toBuilder().jitter(50).build();
        rig.apply(service(policy(moved), server(1)));
        Set<Long> gaps = new HashSet<>();
        long last = rig.clock.nanoTime();
        for (int step = 0; step < 3000; step++) {
            rig.asked.clear();
            rig.pass(Duration.ofMillis(10));
            if (!rig.asked.isEmpty()) {
                gaps.add((rig.clock.nanoTime() - last) / 10_000_000);
                last = rig.clock.nanoTime();
            }
        }
        gaps.remove(gaps.iterator().next());
        assertThat(gaps).hasSizeGreaterThan(10).allMatch(gap -> gap <= 151);

        rig.asked.clear();
        rig.pass(Duration.ofHours(1));
        assertThat(rig.asked).hasSize(1);
    }

    @Test
    void aServerMayHaveChecksOfItsOwn() {
        RealServer own = server(1).toBuilder().checks(Optional.of(List.of(at(99)))).build();
        RealServer none = server(2).toBuilder().checks(Optional.of(List.of())).build();
        rig.apply(service(policy(CHECK), own, none, server(3)));
        rig.seconds(1.1);

        assertThat(rig.asked.stream().map(target -> target.endpoint().toString()).distinct())
                .containsExactlyInAnyOrder("10.0.1.1:99", "10.0.1.3:80");
        assertThat(rig.health(2).active()).isEqualTo(State.UNCHECKED);
    }

    @Test
    void h04HealthEditsNoWeight() {
        VirtualService service =
                service(policy(CHECK), server(1).withWeight(0), server(2).withWeight(10));
        rig.apply(service);
        rig.dead(1, 2);
        rig.seconds(4);
        assertThat(rig.used(1, 2)).isEmpty();
        rig.alive(1, 2);
        rig.seconds(2);
        rig.apply(service.withRealServers(service.realServers()));

        assertThat(rig.word(2)).isEqualTo(HealthWords.WHOLE);
        assertThat(rig.health(1).use()).isEqualTo(Use.OUT); // its weight says so
        assertThat(service.realServers()).extracting(RealServer::weight).containsExactly(0, 10);
        assertThat(rig.health().weightUp()).isEqualTo(10);
    }

    @Test
    void connectionsOfADeadServerEndIfSoSaid() {
        HealthPolicy policy = policy(builder -> builder.endConnections(true), CHECK);
        rig.apply(service(policy, server(1), server(2)));
        rig.seconds(1.1);
        rig.dead(1);
        rig.seconds(3);

        assertThat(rig.events).containsExactly("10.0.1.1 down out", "end 10.0.1.1");
    }

    @Test
    @SuppressWarnings("NullAway") // on purpose
    void refusesAProbeThatNobodyMakes() {
        HealthMonitor without =
                new HealthMonitor(
                        spec -> null,
                        Runnable::run,
                        rig.words,
                        rig.notices,
                        rig.counters,
                        1,
                        new Announcements(null, Runnable::run, (address, announced) -> {}),
                        rig);
        HealthCheck unknown = HealthCheck.of(NamedProbe.of("unknown"));

        assertThatExceptionOfType(BalancerException.class)
                .isThrownBy(() -> without.requireProbes(service(policy(unknown), server(1))))
                .withMessage("the factory of probes returned null for \"unknown\"");
    }
}
