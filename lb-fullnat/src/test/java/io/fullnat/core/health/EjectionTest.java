// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.health;

import static io.fullnat.core.health.MonitorRig.CHECK;
import static io.fullnat.core.health.MonitorRig.policy;
import static io.fullnat.core.health.MonitorRig.server;
import static io.fullnat.core.health.MonitorRig.service;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.Endpoint;
import io.fullnat.api.IpAddress;
import io.fullnat.api.health.HealthCheck;
import io.fullnat.api.health.HealthPolicy;
import io.fullnat.api.health.HealthPolicy.LastServer;
import io.fullnat.api.health.ProbeResult;
import io.fullnat.api.health.Quorum;
import io.fullnat.api.health.ServerHealth;
import io.fullnat.api.health.ServerHealth.State;
import io.fullnat.api.health.ServerHealth.Use;
import io.fullnat.api.health.SlowStart;
import io.fullnat.api.service.VirtualService;
import io.fullnat.core.service.HealthWords;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What a service makes of servers that are down: how many it lets go, who is left, and how those
/// come back.
final class EjectionTest {
    private static final Endpoint SORRY = Endpoint.of("10.0.1.99", 80);
    private static final HealthCheck QUICK = CHECK.toBuilder().rise(1).fall(1).build();

    private final MonitorRig rig = new MonitorRig();

    @AfterEach
    void close() {
        rig.close();
    }

    /// Servers of a policy whose checks have all passed once.
    private VirtualService running(HealthPolicy policy, int servers) {
        VirtualService service = service(policy);
        for (int number = 1; number <= servers; number++) {
            service = service.withRealServer(server(number));
        }
        rig.apply(service);
        rig.seconds(1.1);
        return service;
    }

    @Test
    void h05TheSorryServerServesExactlyWhileTheQuorumIsLost() {
        HealthPolicy policy = policy(builder -> builder.sorryServer(SORRY), QUICK);
        VirtualService service = running(policy, 2);
        assertThat(rig.sorryWord(SORRY)).isZero();

        rig.dead(1);
        rig.seconds(1);
        assertThat(rig.sorryWord(SORRY)).isZero();
        rig.dead(2);
        rig.seconds(1);
        assertThat(rig.sorryWord(SORRY)).isEqualTo(HealthWords.WHOLE);
        assertThat(rig.health().sorry()).isTrue();
        rig.apply(service.withScheduler("rr")); // a reload
        assertThat(rig.sorryWord(SORRY)).isEqualTo(HealthWords.WHOLE);
        rig.alive(1);
        rig.seconds(1);
        assertThat(rig.sorryWord(SORRY)).isZero();
        assertThat(rig.used(1, 2)).containsExactly(1);
        assertThat(rig.events)
                .containsExactly(
                        "10.0.1.1 down out",
                        "10.0.1.2 down out",
                        "no quorum",
                        "10.0.1.1 up in",
                        "quorum");
    }

    private ServerHealth sorry() {
        return rig.monitor.of(MonitorRig.WEB).ofSorry(rig.clock.nanoTime());
    }

    @Test
    void theSorryServerIsAskedAsLongAsItIsOne() {
        HealthPolicy policy = policy(builder -> builder.sorryServer(SORRY), QUICK);
        VirtualService service = running(policy, 1);
        assertThat(sorry().active()).isEqualTo(State.UP);
        rig.answers.put(SORRY, target -> ProbeResult.failed("connection refused"));
        rig.seconds(1);
        rig.apply(service.withScheduler("rr")); // a reload keeps what is known
        assertThat(sorry().active()).isEqualTo(State.DOWN);
        rig.dead(1);
        rig.seconds(1);
        assertThat(rig.sorryWord(SORRY)).isEqualTo(HealthWords.WHOLE);
        assertThat(sorry().use()).isEqualTo(Use.KEPT);
        rig.answers.remove(SORRY);
        rig.seconds(1);
        assertThat(sorry().use()).isEqualTo(Use.IN);
        assertThat(rig.events)
                .containsExactly(
                        "10.0.1.99 down out", "10.0.1.1 down out", "no quorum", "10.0.1.99 up in");

        rig.apply(service(policy(QUICK), server(1)));
        rig.asked.clear();
        rig.seconds(3);
        assertThat(sorry()).isEqualTo(ServerHealth.UNCHECKED);
        rig.apply(service);
        rig.seconds(3);
        rig.remove(MonitorRig.WEB);
        rig.asked.clear();
        rig.seconds(3);
        assertThat(rig.asked).isEmpty();
    }

    /// A check that asks from an address of another family cannot ask it.
    @Test
    void theSorryServerIsAskedWhatItCanBeAsked() {
        HealthCheck from =
                QUICK.toBuilder().source(Optional.of(IpAddress.parse("10.0.1.2"))).build();
        Endpoint other = Endpoint.of("2001:db8::99", 80);
        running(policy(builder -> builder.sorryServer(other), from), 1);
        assertThat(sorry().active()).isEqualTo(State.UNCHECKED);
        assertThat(rig.asked).noneMatch(target -> target.endpoint().equals(other));
    }

    @Test
    void h05TheSorryServerServesAloneWhileFewerThanTheQuorumAreUp() {
        running(policy(builder -> builder.sorryServer(SORRY).quorum(new Quorum(2, 0)), QUICK), 3);
        rig.dead(1, 2);
        rig.seconds(1);
        assertThat(rig.used(3)).containsExactly(3);
        assertThat(rig.sorryWord(SORRY)).isNotZero(); // workers ask this word first
        rig.alive(1);
        rig.seconds(1);
        assertThat(rig.sorryWord(SORRY)).isZero();
    }

    @Test
    void h07TheQuorumHasHysteresisAndTellsEachCrossingOnce() {
        running(policy(builder -> builder.quorum(new Quorum(3, 1)), QUICK), 5);
        rig.dead(1, 2, 3);
        rig.seconds(1); // 2 = 3 - 1 are up
        assertThat(rig.health().quorumUp()).isTrue();
        rig.dead(4);
        rig.seconds(1);
        assertThat(rig.health().quorumUp()).isFalse();
        rig.alive(1, 2);
        rig.seconds(1); // 3
        assertThat(rig.health().quorumUp()).isFalse();
        rig.alive(3);
        rig.seconds(1); // 4 = 3 + 1
        assertThat(rig.health().quorumUp()).isTrue();
        rig.seconds(3);
        assertThat(rig.events.stream().filter(event -> event.contains("quorum")))
                .containsExactly("no quorum", "quorum");
    }

    /// Else a service with fewer servers than quorum and hysteresis could never have it again.
    @Test
    void h07AllThatThereIsIsEnoughIfItReachesTheQuorum() {
        running(policy(builder -> builder.quorum(new Quorum(3, 2)), QUICK), 3);
        rig.dead(1, 2, 3);
        rig.seconds(1);
        rig.alive(1, 2);
        rig.seconds(1);
        assertThat(rig.health().quorumUp()).isFalse();
        rig.alive(3);
        rig.seconds(1);
        assertThat(rig.health().quorumUp()).isTrue();
    }

    @ParameterizedTest
    @CsvSource({"3,67,2", "3,66,1", "2,10,0", "2,50,1", "10,0,0", "1,100,1", "4,99,3", "4,100,4"})
    void h11TheCapIsAskedOfThoseThatWouldBeEjected(int servers, int cap, int ejected) {
        running(policy(builder -> builder.maxEjected(cap), QUICK), servers);
        for (int number = 1; number <= servers; number++) {
            rig.dead(number); // one after the other
            rig.seconds(1);
        }
        int out = 0;
        for (int number = 1; number <= servers; number++) {
            boolean isOut = rig.word(number) == 0;
            assertThat(isOut).as("server %s", number).isEqualTo(number <= ejected);
            assertThat(rig.health(number).use()).isEqualTo(isOut ? Use.OUT : Use.KEPT);
            assertThat(rig.health(number).up()).isFalse();
            out += isOut ? 1 : 0;
        }
        assertThat(out).isEqualTo(ejected);
        if (ejected > 0 && ejected < servers) {
            rig.alive(1); // makes room for the next
            rig.seconds(1);
            assertThat(rig.word(1)).isNotZero();
            assertThat(rig.word(ejected + 1)).isZero();
            assertThat(rig.health(servers).reason()).startsWith("table: connection refused");
        }
    }

    @Test
    void h11AServerOfWeightZeroCountsNeitherWay() {
        HealthPolicy policy = policy(builder -> builder.maxEjected(50), QUICK);
        rig.apply(service(policy, server(1), server(2), server(3).withWeight(0)));
        rig.dead(1, 3);
        rig.seconds(1.1);
        assertThat(rig.used(1, 2)).containsExactly(2);
        rig.dead(2);
        rig.seconds(1);
        assertThat(rig.used(1, 2)).hasSize(1);
    }

    private void allFail(LastServer last) {
        running(policy(builder -> builder.lastServer(last), QUICK), 1);
        VirtualService four =
                service(
                        policy(builder -> builder.lastServer(last), QUICK),
                        server(1),
                        server(2),
                        server(3),
                        server(4));
        rig.apply(four); // by one edit
        assertThat(rig.used(1, 2, 3, 4)).containsExactly(1, 2, 3, 4); // unknown is not failed
        assertThat(rig.health().weightUp()).isEqualTo(4);
        for (int number : new int[] {2, 4, 1, 3}) {
            rig.dead(number);
            rig.seconds(1);
        }
    }

    @Test
    void h14NobodyIsUsedWhenAllHaveFailed() {
        allFail(LastServer.REJECT);
        assertThat(rig.used(1, 2, 3, 4)).isEmpty();
        assertThat(rig.health().quorumUp()).isFalse();
    }

    @Test
    void h14TheLastOneIsKeptWhenAllHaveFailedIfSoSaid() {
        allFail(LastServer.KEEP);
        assertThat(rig.used(1, 2, 3, 4)).containsExactly(3);
        assertThat(rig.health(3).use()).isEqualTo(Use.KEPT);
        assertThat(rig.health(3).reason())
                .isEqualTo("table: connection refused; kept, as nobody else is up");
        assertThat(rig.health().quorumUp()).isFalse(); // it is not up, for all that
        rig.alive(1);
        rig.seconds(1);
        assertThat(rig.used(1, 2, 3, 4)).containsExactly(1);
        assertThat(rig.events).endsWith("10.0.1.1 up in", "10.0.1.3 down out", "quorum");
    }

    @Test
    void h14OneThatWasNeverUpIsNotKept() {
        HealthCheck wait = QUICK.toBuilder().initial(HealthCheck.Initial.DOWN).build();
        rig.dead(1, 2);
        running(policy(builder -> builder.lastServer(LastServer.KEEP), wait), 2);
        assertThat(rig.used(1, 2)).isEmpty();
    }

    private static HealthPolicy slow(int seconds) {
        return policy(
                builder -> builder.slowStart(SlowStart.over(Duration.ofSeconds(seconds))), QUICK);
    }

    private int percent(int number) {
        assertThat(rig.health(number).share())
                .isEqualTo((double) rig.word(number) / HealthWords.WHOLE);
        return (int) Math.round(rig.health(number).share() * 100);
    }

    @Test
    void h12TheShareGrowsFromTheFloorToTheWhole() {
        running(slow(60), 2);
        assertThat(percent(1)).isEqualTo(100); // a new service starts at once
        rig.dead(1);
        rig.seconds(1);
        rig.alive(1);
        rig.seconds(1.1);
        assertThat(percent(1)).isBetween(10, 12);
        assertThat(rig.health(1).use()).isEqualTo(Use.SLOW_START);
        assertThat(rig.words.sharesDiffer(0)).isTrue();
        rig.seconds(30);
        assertThat(percent(1)).isBetween(54, 57);
        rig.seconds(30);
        assertThat(percent(1)).isEqualTo(100);
        assertThat(rig.health(1).use()).isEqualTo(Use.IN);
        assertThat(rig.words.sharesDiffer(0)).isFalse();
    }

    @Test
    void h13EachServerHasAStartOfItsOwnThatSurvivesRebuilds() {
        VirtualService one = running(slow(100), 1);
        VirtualService two = one.withRealServer(server(2));
        rig.apply(two);
        assertThat(percent(2)).isEqualTo(10);
        rig.seconds(75);
        rig.apply(two.withRealServer(server(3)));
        assertThat(percent(2)).isBetween(75, 80);
        assertThat(percent(3)).isEqualTo(10);
        rig.apply(two.withRealServer(server(3)).withScheduler("rr"));
        rig.seconds(26);
        assertThat(percent(2)).isEqualTo(100);
        assertThat(percent(3)).isBetween(32, 35);

        rig.dead(3);
        rig.seconds(1);
        rig.alive(3);
        rig.seconds(1.1);
        assertThat(percent(3)).isBetween(10, 12); // entered again
        assertThat(percent(1)).isEqualTo(100);
    }

    @Test
    void aServerThatWasKeptDoesNotStartSlowly() {
        running(slow(60).toBuilder().maxEjected(0).build(), 2);
        rig.dead(1);
        rig.seconds(1);
        assertThat(rig.health(1).use()).isEqualTo(Use.KEPT);
        rig.alive(1);
        rig.seconds(1);
        assertThat(percent(1)).isEqualTo(100);
    }
}
