// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.health;

import static io.fullnat.core.health.MonitorRig.CHECK;
import static io.fullnat.core.health.MonitorRig.policy;
import static io.fullnat.core.health.MonitorRig.server;
import static io.fullnat.core.health.MonitorRig.service;
import static io.fullnat.core.health.OneService.SLOT;
import static io.fullnat.core.health.OneService.SORRY_SLOT;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.Endpoint;
import io.fullnat.api.IpAddress;
import io.fullnat.api.health.Announce;
import io.fullnat.api.health.HealthCheck;
import io.fullnat.api.health.HealthPolicy;
import io.fullnat.api.health.ProbeResult;
import io.fullnat.api.health.Quorum;
import io.fullnat.api.health.ServerHealth.State;
import io.fullnat.api.health.ServerHealth.Use;
import io.fullnat.api.health.SlowStart;
import io.fullnat.api.service.RealServer;
import io.fullnat.core.service.HealthWords;
import java.time.Duration;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// What a [ServiceMonitor] makes of how its servers are: words for the workers, its quorum, its
/// sorry server, what others are told.
class ServiceMonitorTest {
    private static final Endpoint SORRY = Endpoint.of("10.0.1.9", 80);

    private final OneService one = new OneService();
    private long nowNs;

    @AfterEach
    void close() {
        one.close();
    }

    private void become(UnaryOperator<HealthPolicy.Builder> more, RealServer... servers) {
        one.become(service(policy(more, CHECK), servers));
        one.evaluate(nowNs);
    }

    private void become(RealServer... servers) {
        become(builder -> builder, servers);
    }

    private void hear(int number, boolean passed, int times) {
        nowNs++;
        for (int i = 0; i < times; i++) {
            one.hear(number, passed, nowNs);
        }
        one.evaluate(nowNs);
    }

    private void fall(int number) {
        hear(number, false, 3);
    }

    private void rise(int number) {
        hear(number, true, 2);
    }

    @Test
    void othersAreToldOfChangesAndOfNothingElse() {
        become(server(1), server(2));
        assertThat(one.events).as("how it begins is no change").isEmpty();
        rise(1);
        rise(2);
        assertThat(one.events).isEmpty();
        fall(1);
        fall(1);
        assertThat(one.events).containsExactly("1 down out");
        rise(1);
        assertThat(one.events).containsExactly("1 down out", "1 up in");
    }

    @Test
    void somethingHasChangedIsSaidOnceUntilItIsLookedAt() {
        become(server(1));
        one.service.touch();
        one.service.touch();
        assertThat(one.touched).hasSize(1);
        one.evaluate(1);
        one.service.touch();
        assertThat(one.touched).hasSize(2);
    }

    @Test
    void connectionsOfAServerThatIsOutEndIfSoSaid() {
        become(builder -> builder.endConnections(true), server(1), server(2));
        fall(1);
        assertThat(one.events).containsExactly("1 down out", "end 1");
        rise(1);
        assertThat(one.events).last().isEqualTo("1 up in");
    }

    /// Weights count, and a hysteresis keeps it from going to and fro: lost below 3, found at 5.
    @Test
    void aQuorumIsLostBelowAndFoundAboveItsHysteresis() {
        RealServer heavy = server(1).toBuilder().weight(3).build();
        become(builder -> builder.quorum(new Quorum(4, 1)), heavy, server(2), server(3));
        assertThat(one.service.health().quorumUp()).isTrue();
        assertThat(one.service.health().weightUp()).isEqualTo(5);
        fall(2);
        fall(3);
        assertThat(one.service.health().weightUp()).isEqualTo(3);
        assertThat(one.service.health().quorumUp()).isTrue();
        rise(2);
        fall(1);
        assertThat(one.service.health().quorumUp()).isFalse();
        assertThat(one.events).contains("no quorum: " + one.service.quorum());
        rise(1);
        assertThat(one.service.health().weightUp()).as("not yet").isEqualTo(4);
        assertThat(one.service.health().quorumUp()).isFalse();
        rise(3);
        assertThat(one.service.health().quorumUp()).isTrue();
        assertThat(one.events).contains("quorum: " + one.service.quorum());
    }

    /// One that nobody could reach needs all that there is.
    @Test
    void aQuorumOfAllNeedsNoMoreThanAll() {
        become(builder -> builder.quorum(new Quorum(2, 1)), server(1), server(2));
        fall(1);
        fall(2);
        assertThat(one.service.health().quorumUp()).isFalse();
        rise(1);
        assertThat(one.service.health().quorumUp()).isFalse();
        rise(2);
        assertThat(one.service.health().quorumUp()).isTrue();
    }

    @Test
    void theSorryServerServesWhileTheQuorumIsLost() {
        become(builder -> builder.sorryServer(SORRY), server(1));
        assertThat(one.word(SORRY_SLOT)).isZero();
        fall(1);
        assertThat(one.word(SORRY_SLOT)).isEqualTo(HealthWords.WHOLE);
        assertThat(one.service.health().sorry()).isTrue();
        assertThat(one.service.sorryHealth(0).orElseThrow().use()).isEqualTo(Use.IN);
        rise(1);
        assertThat(one.word(SORRY_SLOT)).isZero();
        assertThat(one.service.sorryHealth(0).orElseThrow().use()).isEqualTo(Use.OUT);
        become(server(1));
        assertThat(one.service.sorryHealth(0)).isEmpty();
    }

    /// Its checks tell how it is, and nothing of whether it serves: nobody is better.
    @Test
    void aSorryServerThatIsDownServesNevertheless() {
        become(builder -> builder.sorryServer(SORRY), server(1));
        fall(1);
        one.events.clear();
        CheckState check =
                one.become(
                                service(
                                        policy(
                                                builder ->
                                                        builder.sorryServer(
                                                                Endpoint.of("10.0.1.8", 80)),
                                                CHECK),
                                        server(1)))
                        .getFirst();
        for (int i = 0; i < 3; i++) {
            check.hear(ProbeResult.failed(""), 0, 1);
        }
        one.evaluate(++nowNs);
        assertThat(one.word(SORRY_SLOT)).isEqualTo(HealthWords.WHOLE);
        assertThat(one.service.sorryHealth(0).orElseThrow().use()).isEqualTo(Use.KEPT);
        assertThat(one.service.sorryHealth(0).orElseThrow().up()).isFalse();
    }

    /// A check that asks from an address of IPv6 cannot ask a server of IPv4.
    @Test
    void onlyChecksOfItsFamilyAskTheSorryServer() {
        HealthCheck wide =
                CHECK.toBuilder().source(Optional.of(IpAddress.parse("2001:db8::1"))).build();
        one.become(service(policy(builder -> builder.sorryServer(SORRY), wide)));
        one.evaluate(0);
        assertThat(one.service.sorryHealth(0).orElseThrow().active()).isEqualTo(State.UNCHECKED);
        one.become(service(policy(builder -> builder.sorryServer(SORRY), wide, CHECK)));
        one.evaluate(0);
        assertThat(one.service.sorryHealth(0).orElseThrow().active()).isEqualTo(State.UNKNOWN);
    }

    @Test
    void schedulersAreToldThatSharesDiffer() {
        become(
                builder -> builder.slowStart(new SlowStart(Duration.ofMillis(1), 10)),
                server(1),
                server(2));
        assertThat(one.words.sharesDiffer(SLOT)).isFalse();
        fall(1);
        assertThat(one.words.sharesDiffer(SLOT)).as("nothing is no share").isFalse();
        rise(1);
        assertThat(one.words.sharesDiffer(SLOT)).isTrue();
        assertThat(one.service.isStarting()).isTrue();
        one.evaluate(nowNs + 1_000_000);
        assertThat(one.words.sharesDiffer(SLOT)).isFalse();
        assertThat(one.service.isStarting()).isFalse();
    }

    @Test
    void aServerThatIsGoneIsForgottenWithItsChecks() {
        become(server(1), server(2));
        assertThat(one.probes.made()).isNotEmpty();
        become(server(2));
        assertThat(one.service.servers()).containsOnlyKeys(server(2).endpoint());
        one.service.end(one.probes);
        one.probes.forgetUnused();
        assertThat(one.probes.made()).isEmpty();
    }

    @ParameterizedTest
    @EnumSource
    void itsAddressIsAnnouncedWhenItsPolicySaysSo(Announce when) {
        become(builder -> builder.announce(when), server(1));
        assertThat(one.service.isToBeAnnounced()).isEqualTo(when != Announce.NEVER);
        fall(1);
        assertThat(one.service.isToBeAnnounced()).isEqualTo(when == Announce.ALWAYS);
        assertThat(one.service.addresses()).containsExactly(IpAddress.parse("192.0.2.80"));
    }

    @Test
    void aServiceIsWatchedIfAnythingIsAskedOrToldOfItsServers() {
        one.become(service(HealthPolicy.NONE, server(1)));
        assertThat(one.service.isWatched()).isFalse();
        one.monitor(1).external().report("it", true, "", 1);
        assertThat(one.service.isWatched()).isTrue();
        become(server(1));
        assertThat(one.service.isWatched()).isTrue();
    }
}
