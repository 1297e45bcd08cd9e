// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.control.ActiveCondition;
import io.fullnat.api.control.Change;
import io.fullnat.api.control.Condition;
import io.fullnat.api.counter.Counter;
import io.fullnat.api.counter.Outcome;
import io.fullnat.api.service.ServiceLimits;
import io.fullnat.api.service.ServicePolicy;
import io.fullnat.api.service.SynProxy;
import io.fullnat.api.service.TcpPolicy;
import io.fullnat.core.packet.Tcp;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// SYN proxies that go on because of half-open connections, and off again.
class SynProxyActivationTest {
    private static final int FROM = 20;

    private static Rig rig(FamilyPair families, int workers) {
        Rig rig = Rig.of(families, workers, 1024).configured().withStaticNeighbours();
        rig.apply(CookieClient.with(rig, SynProxy.from(FROM)));
        return rig;
    }

    private static void flood(Rig rig, int from, int count) {
        for (int i = from; i < from + count; i++) {
            rig.client.send(
                    rig.requestFrom(rig.families.clients.stranger(i))
                            .tcp(1024 + i % 60_000, 80)
                            .flags(Tcp.SYN)
                            .sequence(i));
            if (i % 200 == 199) {
                rig.run();
                rig.out();
            }
        }
        rig.run();
        rig.out();
    }

    private static List<Condition> conditions(Rig rig) {
        return rig.balancer.control().health().conditions().stream()
                .map(ActiveCondition::condition)
                .toList();
    }

    /// As many half-open connections as were said, of all workers together, and no more; what is
    /// answered then takes none.
    @ParameterizedTest
    @ValueSource(ints = {1, 3})
    void isOnFromSoManyHalfOpenConnections(int workers) {
        try (Rig rig = rig(FamilyPair.V4_TO_V4, workers)) {
            flood(rig, 0, FROM);
            assertThat(rig.count(Outcome.SYN_ANSWERED)).isZero();
            assertThat(rig.count(Counter.CONNECTIONS)).isEqualTo(FROM);
            flood(rig, FROM, 1000);
            assertThat(rig.count(Outcome.SYN_ANSWERED)).isEqualTo(1000);
            assertThat(rig.count(Counter.CONNECTIONS)).isEqualTo(FROM);
            rig.pass(Duration.ofSeconds(2));
            assertThat(conditions(rig)).containsExactly(Condition.SYN_PROXY_ACTIVE);
        }
    }

    @ParameterizedTest
    @EnumSource
    void whoAnswersIsNotHalfOpen(FamilyPair families) {
        try (Rig rig = rig(families, 1)) {
            for (int i = 0; i < 3 * FROM; i++) {
                TcpFlow.established(rig, 30_000 + i);
            }
            assertThat(rig.count(Outcome.SYN_ANSWERED)).isZero();
        }
    }

    /// It stays on as long as the flood would fill the places again, though there are none half
    /// open any more; and goes off when that has ceased.
    @Test
    void isOffWhenTheFloodHasCeased() {
        try (Rig rig = rig(FamilyPair.V4_TO_V4, 1)) {
            flood(rig, 0, 2 * FROM);
            for (int second = 0; second < 60; second++) {
                flood(rig, 1000 + second, 1);
                rig.pass(Duration.ofSeconds(1));
            }
            assertThat(rig.count(Counter.CONNECTIONS)).as("they have timed out").isZero();
            assertThat(conditions(rig)).contains(Condition.SYN_PROXY_ACTIVE);
            assertThat(rig.count(Outcome.SYN_ANSWERED)).isEqualTo(FROM + 60);

            for (int second = 0; second < 15; second++) {
                rig.pass(Duration.ofSeconds(1));
            }
            assertThat(conditions(rig)).isEmpty();
            long answered = rig.count(Outcome.SYN_ANSWERED);
            flood(rig, 5000, 1);
            assertThat(rig.count(Outcome.SYN_ANSWERED)).isEqualTo(answered);
            assertThat(rig.count(Counter.CONNECTIONS)).isEqualTo(1);
        }
    }

    /// Less than a third of a SYN in vain each second is half of twenty in thirty seconds.
    @Test
    void aTrickleDoesNotKeepItOn() {
        try (Rig rig = rig(FamilyPair.V4_TO_V4, 1)) {
            flood(rig, 0, 2 * FROM);
            for (int second = 0; second < 60; second++) {
                if (second % 4 == 0) {
                    flood(rig, 1000 + second, 1);
                }
                rig.pass(Duration.ofSeconds(1));
            }
            assertThat(conditions(rig)).isEmpty();
        }
    }

    /// Acknowledged cookies are no flood: a service that is only busy goes off again.
    @Test
    void clientsThatAcknowledgeDoNotKeepItOn() {
        try (Rig rig = rig(FamilyPair.V4_TO_V4, 1)) {
            flood(rig, 0, FROM);
            for (int second = 0; second < 45; second++) {
                CookieClient client = new CookieClient(rig, 20_000 + second);
                List<byte[]> out = rig.clientSends(client.syn());
                if (IpFrame.tcpFlags(out.getFirst()) == (Tcp.SYN | Tcp.ACK)) {
                    client.cookie = CookieClient.number(out.getFirst(), 4);
                    rig.clientSends(client.acknowledgement());
                    rig.clientSends(client.segment().flags(Tcp.RST).sequence(client.sequence + 1));
                }
                rig.pass(Duration.ofSeconds(1));
                rig.out();
            }
            assertThat(rig.count(Counter.COOKIES_ACCEPTED)).isPositive();
            assertThat(conditions(rig)).isEmpty();
        }
    }

    /// With a limit that is lower the number said would never be reached.
    @Test
    void aLowerLimitOfHalfOpenConnectionsSwitchesItOn() {
        try (Rig rig = Rig.of(FamilyPair.V4_TO_V4).configured().withStaticNeighbours()) {
            rig.apply(
                    new Change.SetPolicy(
                            rig.tcp,
                            ServicePolicy.DEFAULT
                                    .withLimits(ServiceLimits.NONE.withHalfOpen(5))
                                    .withTcp(TcpPolicy.KEEP.withSynProxy(SynProxy.from(FROM)))));
            flood(rig, 0, 100);
            assertThat(rig.count(Counter.CONNECTIONS)).isEqualTo(5);
            assertThat(rig.count(Outcome.SYN_ANSWERED)).isEqualTo(95);
            assertThat(rig.count(Counter.HALF_OPEN_GAVE_WAY)).isZero();
        }
    }

    /// Not after ten seconds, as when a flood has ceased.
    @ParameterizedTest
    @ValueSource(strings = {"off", "always"})
    void theConditionIsOverWhenThePolicyChanges(String policy) {
        try (Rig rig = rig(FamilyPair.V4_TO_V4, 1)) {
            flood(rig, 0, 2 * FROM);
            rig.pass(Duration.ofSeconds(2));
            assertThat(conditions(rig)).containsExactly(Condition.SYN_PROXY_ACTIVE);
            rig.apply(CookieClient.with(rig, SynProxy.parse(policy)));
            rig.pass(Duration.ofSeconds(1));
            assertThat(conditions(rig)).isEmpty();
            long answered = rig.count(Outcome.SYN_ANSWERED);
            flood(rig, 9000, 1);
            assertThat(rig.count(Outcome.SYN_ANSWERED) - answered)
                    .isEqualTo(policy.equals("always") ? 1 : 0);

            rig.apply(CookieClient.with(rig, SynProxy.from(FROM)));
            rig.pass(Duration.ofSeconds(1));
            assertThat(conditions(rig)).as("it begins switched off").isEmpty();
            flood(rig, 10_000, FROM);
            rig.pass(Duration.ofSeconds(1));
            assertThat(conditions(rig)).containsExactly(Condition.SYN_PROXY_ACTIVE);
        }
    }

    /// What was switched on for one service is nothing to the next one.
    @Test
    void aNewServiceBeginsSwitchedOff() {
        try (Rig rig = rig(FamilyPair.V4_TO_V4, 1)) {
            flood(rig, 0, 2 * FROM);
            rig.pass(Duration.ofSeconds(1));
            rig.apply(new Change.RemoveService(rig.tcp, true));
            rig.pass(Duration.ofSeconds(2));
            rig.apply(
                    new Change.AddService(Rig.service(rig.tcp, 8080)),
                    CookieClient.with(rig, SynProxy.from(FROM)));
            long answered = rig.count(Outcome.SYN_ANSWERED);
            flood(rig, 9000, 1);
            assertThat(rig.count(Outcome.SYN_ANSWERED)).isEqualTo(answered);
        }
    }
}
