// SPDX-License-Identifier: Apache-2.0
package io.fullnat.api.health;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.fullnat.api.BalancerException;
import io.fullnat.api.Endpoint;
import io.fullnat.api.ErrorCode;
import io.fullnat.api.IpAddress;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.ServicePolicy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

/// Values about the health of servers: what they are without a word, what they refuse, and that
/// they are values.
final class HealthValuesTest {
    private static final HealthCheck CHECK = HealthCheck.of(new TcpProbe());
    private static final Endpoint SORRY = Endpoint.of("10.0.1.99", 80);
    private static final HealthPolicy POLICY =
            HealthPolicy.builder()
                    .checks(List.of(CHECK))
                    .passive(Optional.of(PassiveCheck.DEFAULT))
                    .slowStart(SlowStart.over(Duration.ofSeconds(30)))
                    .maxEjected(67)
                    .sorryServer(SORRY)
                    .quorum(new Quorum(3, 1))
                    .endConnections(true)
                    .build();

    private static void refused(String message, ThrowingCallable what) {
        assertThatExceptionOfType(BalancerException.class)
                .isThrownBy(what)
                .withMessage(message)
                .satisfies(refusal ->
                        assertThat(refusal.code()).isEqualTo(ErrorCode.INVALID_ARGUMENT));
    }

    /// The service's form, unless the check asks elsewhere, says otherwise, or has none.
    @Test
    void checksBeginAsClientsDo() {
        HealthCheck.Proxy v1 = HealthCheck.Proxy.V1;
        HealthCheck.Proxy none = HealthCheck.Proxy.NONE;
        HealthCheck.Builder check = HealthCheck.builder(new TcpProbe());
        assertThat(check.build().proxyFor(v1)).isEqualTo(v1);
        assertThat(check.build().proxyFor(none)).isEqualTo(none);
        assertThat(HealthCheck.of(new PingProbe()).proxyFor(v1)).isEqualTo(none);
        assertThat(HealthCheck.of(ProbeSpec.of("udp", Map.of("send", "x"))).proxyFor(v1))
                .isEqualTo(none);
        assertThat(check.proxy(none).build().proxyFor(v1)).isEqualTo(none);
        check.proxy(HealthCheck.Proxy.SERVICE).port(OptionalInt.of(8080));
        assertThat(check.build().proxyFor(v1)).isEqualTo(none);
        assertThat(check.proxy(HealthCheck.Proxy.V2).build().proxyFor(v1))
                .isEqualTo(HealthCheck.Proxy.V2);
    }

    @Test
    void begunWithDefaults() {
        assertThat(CHECK)
                .hasToString("tcp interval 3 s jitter 10 % timeout 2 s rise 1 fall 2 initial up");
        assertThat(PassiveCheck.DEFAULT)
                .hasToString("down-notice 1 up-notice 1 down-wait 3 s inhibit 5 s-3600 s");
        assertThat(HealthPolicy.NONE).hasToString("");
        assertThat(ServicePolicy.DEFAULT.health()).isEqualTo(HealthPolicy.NONE);
        assertThat(RealServer.of("10.0.1.1", 80).checks()).isEmpty();
    }

    @Test
    void sayAllThatTheyAre() {
        HealthCheck check =
                CHECK.toBuilder()
                        .interval(Duration.ofMillis(1500))
                        .source(Optional.of(IpAddress.parse("10.0.1.1")))
                        .port(OptionalInt.of(8080))
                        .initial(HealthCheck.Initial.DOWN)
                        .build();
        assertThat(check)
                .hasToString(
                        "tcp interval 1.5 s jitter 10 % timeout 2 s rise 1 fall 2 source 10.0.1.1"
                                + " port 8080 initial down");
        assertThat(ServicePolicy.DEFAULT.withHealth(POLICY))
                .hasToString(
                        "refusal reject, removal drain, health [checks ["
                                + CHECK
                                + "], passive ["
                                + PassiveCheck.DEFAULT
                                + "], slow start 30 s floor 10 %, max-ejected 67 %, last server"
                                + " sorry, sorry server 10.0.1.99:80, quorum 3 hysteresis 1, end"
                                + " connections]");
        assertThat(new NamedProbe("own", Map.of("b", "2", "a", "1"))).hasToString("own {a=1, b=2}");
        assertThat(RealServer.builder(SORRY).checks(Optional.of(List.of(CHECK))).build())
                .hasToString("10.0.1.99:80 weight 1 checks [" + CHECK + "]");
    }

    @Test
    void areEqualIfAllThatTheySayIs() {
        assertThat(CHECK.toBuilder().build()).isEqualTo(CHECK).hasSameHashCodeAs(CHECK);
        assertThat(POLICY.toBuilder().build()).isEqualTo(POLICY).hasSameHashCodeAs(POLICY);
        Stream.of(
                        POLICY.toBuilder().checks(List.of()),
                        POLICY.toBuilder().passive(Optional.empty()),
                        POLICY.toBuilder().slowStart(SlowStart.NONE),
                        POLICY.toBuilder().maxEjected(100),
                        POLICY.toBuilder().lastServer(HealthPolicy.LastServer.KEEP),
                        POLICY.toBuilder().sorryServer(Endpoint.of("10.0.1.98", 80)),
                        POLICY.toBuilder().quorum(Quorum.ONE),
                        POLICY.toBuilder().endConnections(false))
                .map(HealthPolicy.Builder::build)
                .forEach(other -> {
                    assertThat(other).isNotEqualTo(POLICY);
                    assertThat(other.toString()).isNotEqualTo(POLICY.toString());
                    ServicePolicy service = ServicePolicy.DEFAULT.withHealth(POLICY);
                    assertThat(service.withHealth(other)).isNotEqualTo(service);
                    assertThat(service.withHealth(other).withDescription("a").health())
                            .isEqualTo(other);
                });
        RealServer server = RealServer.of("10.0.1.1", 80);
        RealServer unchecked = server.toBuilder().checks(Optional.of(List.of())).build();
        assertThat(unchecked).isNotEqualTo(server).isEqualTo(unchecked.withWeight(1));
        assertThat(unchecked.toString()).isNotEqualTo(server.toString());
    }

    @Test
    void keepWhatTheyWereGiven() {
        List<HealthCheck> checks = new ArrayList<>(List.of(CHECK));
        HealthPolicy.Builder builder = HealthPolicy.builder().checks(checks);
        checks.clear();

        assertThat(builder.build().checks()).containsExactly(CHECK);
    }

    @Test
    void refuseAQuorumThatCouldNeverBeLost() {
        refused(
                "hysteresis 2 is not less than the quorum 1, which could never be lost; lower the"
                        + " hysteresis to 0 or less",
                () -> new Quorum(1, 2));
        refused(
                "hysteresis 3 is not less than the quorum 3, which could never be lost; lower the"
                        + " hysteresis to 2 or less",
                () -> new Quorum(3, 3));
        refused("quorum 0 is not 1-1073741824", () -> new Quorum(0, 0));
        refused("hysteresis of a quorum -1 is not 0-1073741824", () -> new Quorum(1, -1));
        assertThat(new Quorum(3, 2)).hasToString("3 hysteresis 2");
    }

    @Test
    void refuseWhatIsOutOfRange() {
        HealthCheck.Builder check = HealthCheck.builder(new TcpProbe());
        refused(
                "interval of a health check 0.05 s is not 0.1 s to 86400 s in whole milliseconds",
                () -> HealthCheck.builder(new TcpProbe()).interval(Duration.ofMillis(50)).build());
        refused(
                "timeout of a health check 0.0100005 s is not 0.01 s to 60 s in whole milliseconds",
                () ->
                        HealthCheck.builder(new TcpProbe())
                                .timeout(Duration.ofNanos(10_000_500))
                                .build());
        refused("rise of a health check 0 is not 1-255", () -> check.rise(0).build());
        refused("fall of a health check 256 is not 1-255", () -> check.rise(1).fall(256).build());
        refused("jitter of a health check 51 is not 0-50", () -> check.fall(1).jitter(51).build());
        refused(
                "port of a health check 0 is not 1-65535",
                () -> check.jitter(0).port(OptionalInt.of(0)).build());
        refused(
                "proxy v1 of check udp: datagrams have no text form; say v2",
                () ->
                        HealthCheck.builder(ProbeSpec.of("udp", Map.of("send", "x")))
                                .proxy(HealthCheck.Proxy.V1)
                                .build());
        refused(
                "proxy v2 of check ping: it has no header; leave it out",
                () -> HealthCheck.builder(new PingProbe()).proxy(HealthCheck.Proxy.V2).build());
        refused(
                "inhibit-min 9 s of a passive check is longer than its inhibit-max 8 s; raise"
                        + " inhibit-max",
                () ->
                        PassiveCheck.DEFAULT.withInhibit(
                                Duration.ofSeconds(9), Duration.ofSeconds(8)));
        refused(
                "down-notice of a passive check 0 is not 1-255",
                () -> PassiveCheck.DEFAULT.withNotices(0, 1));
        refused("floor of slow start 0 is not 1-100", () -> new SlowStart(Duration.ZERO, 0));
        refused(
                "slow start -1 s is not 0 s to 3600 s in whole milliseconds",
                () -> SlowStart.over(Duration.ofSeconds(-1)));
        refused("max-ejected 101 is not 0-100", () -> POLICY.toBuilder().maxEjected(101).build());
        refused(
                "\"Own\" is no name of a probe: 1-32 lower-case letters, digits, '_', '-'",
                () -> NamedProbe.of("Own"));
        refused(
                "health check \"" + CHECK + "\" is given twice; leave one out",
                () -> POLICY.toBuilder().checks(List.of(CHECK, CHECK)).build());
    }

    @Test
    void refuseASorryServerThatIsNotNamedOrNotUsed() {
        refused(
                "last server \"sorry\" names no sorry server; add one",
                () -> HealthPolicy.builder().lastServer(HealthPolicy.LastServer.SORRY).build());
        refused(
                "sorry server 10.0.1.99:80 is never used, as the last server is \"keep\"; say"
                        + " \"sorry\"",
                () ->
                        new HealthPolicy(
                                List.of(),
                                Optional.empty(),
                                SlowStart.NONE,
                                100,
                                HealthPolicy.LastServer.KEEP,
                                Optional.of(SORRY),
                                Quorum.ONE,
                                false,
                                Announce.NEVER));
    }

    @Test
    void haveWords() {
        for (HealthCheck.Initial initial : HealthCheck.Initial.values()) {
            assertThat(HealthCheck.Initial.of(initial.word())).contains(initial);
        }
        for (HealthPolicy.LastServer last : HealthPolicy.LastServer.values()) {
            assertThat(HealthPolicy.LastServer.of(last.word())).contains(last);
        }
        assertThat(HealthPolicy.LastServer.of("KEEP")).isEmpty();
        for (Announce announce : Announce.values()) {
            assertThat(Announce.of(announce.word())).contains(announce);
        }
        assertThat(Announce.WHEN_HEALTHY.word()).isEqualTo("when-healthy");
        assertThat(Announce.of("WHEN_HEALTHY")).isEmpty();
        assertThat(Announcement.WITHDRAWN.word()).isEqualTo("withdrawn");
        assertThat(ServerHealth.Use.SLOW_START.word()).isEqualTo("slow-start");
        assertThat(ServerHealth.State.UNKNOWN.word()).isEqualTo("unknown");
        assertThat(ProbeResult.failed("refused").passed()).isFalse();
        assertThat(ProbeResult.passed("").passed()).isTrue();
    }
}
