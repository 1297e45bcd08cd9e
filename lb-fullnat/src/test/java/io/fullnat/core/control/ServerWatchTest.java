// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.control;

import static io.fullnat.core.control.ControlRig.OTHER_SERVER;
import static io.fullnat.core.control.ControlRig.SERVER;
import static io.fullnat.core.control.ControlRig.WEB;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.BalancerException;
import io.fullnat.api.Endpoint;
import io.fullnat.api.ErrorCode;
import io.fullnat.api.IpAddress;
import io.fullnat.api.control.BalancerEvent;
import io.fullnat.api.control.Change;
import io.fullnat.api.control.Condition;
import io.fullnat.api.counter.Counter;
import io.fullnat.api.health.HealthCheck;
import io.fullnat.api.health.HealthPolicy;
import io.fullnat.api.health.NamedProbe;
import io.fullnat.api.health.ProbeResult;
import io.fullnat.api.health.ServerHealth;
import io.fullnat.api.health.ServerHealth.Use;
import io.fullnat.api.health.SlowStart;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.RealServerStatus;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.ServicePolicy;
import io.fullnat.api.service.VirtualService;
import io.fullnat.core.packet.PacketBuilder;
import io.fullnat.core.packet.Tcp;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What clients meet while servers die and come back, in a whole balancer.
class ServerWatchTest {
    private static final HealthCheck CHECK =
            HealthCheck.builder(NamedProbe.of("table"))
                    .interval(Duration.ofSeconds(1))
                    .jitter(0)
                    .fall(1)
                    .build();
    private static final RealServer SORRY = RealServer.of("10.0.1.19", 8080);

    private final Set<Endpoint> dead = new HashSet<>();
    private final Set<Endpoint> withoutFiles = new HashSet<>();
    private final List<BalancerEvent> events = new ArrayList<>();
    private final ControlRig rig =
            ControlRig.ofOneWorker(builder ->
                    builder.listener(events::add)
                            .probes(spec ->
                                    target ->
                                            withoutFiles.contains(target.endpoint())
                                                    ? ProbeResult.unknown("no file")
                                                    : new ProbeResult(
                                                            !dead.contains(target.endpoint()),
                                                            "no answer")));
    private int clientPort = 1024;

    @BeforeEach
    void configure() {
        rig.configured();
        rig.apply(
                ControlRig.neighbour(SORRY),
                new Change.AddRealServer(WEB, OTHER_SERVER),
                set(policy()));
        seconds(2);
        events.clear();
    }

    @AfterEach
    void close() {
        rig.close();
    }

    private static HealthPolicy.Builder with(HealthCheck... checks) {
        return HealthPolicy.builder().checks(List.of(checks));
    }

    private static HealthPolicy policy() {
        return with(CHECK).build();
    }

    private static Change set(HealthPolicy policy) {
        return new Change.SetPolicy(WEB, ServicePolicy.DEFAULT.withHealth(policy));
    }

    private void seconds(double seconds) {
        for (int step = 0; step < Math.round(seconds * 10); step++) {
            rig.pass(Duration.ofMillis(100));
        }
    }

    private void die(RealServer... servers) {
        Arrays.stream(servers).forEach(server -> dead.add(server.endpoint()));
        seconds(1);
    }

    private void comeBack(RealServer... servers) {
        Arrays.stream(servers).forEach(server -> dead.remove(server.endpoint()));
        seconds(1);
    }

    /// The last bytes of the addresses that connections go to, 0 for one that is refused.
    private List<Integer> connect(int count) {
        List<Integer> servers = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            List<byte[]> frames = rig.connect(clientPort++);
            servers.add(frames.isEmpty() ? 0 : frames.getFirst()[33] & 0xFF);
        }
        return servers;
    }

    private ServerHealth health(RealServer server) {
        return rig.service().realServers().stream()
                .filter(each -> each.server().endpoint().equals(server.endpoint()))
                .findFirst()
                .orElseThrow()
                .health();
    }

    @Test
    void aDeadServerGetsNoNewConnectionAndKeepsItsOthers() {
        List<byte[]> toFirst = rig.connect(1000);
        int first = toFirst.getFirst()[33] & 0xFF;
        RealServer server = first == 11 ? SERVER : OTHER_SERVER;
        long revision = rig.status().revision();

        die(server);

        assertThat(connect(6)).containsOnly(first == 11 ? 12 : 11);
        assertThat(rig.answer(toFirst.getFirst())).isEmpty(); // to the client
        assertThat(rig.connections()).hasSize(7);
        assertThat(health(server).up()).isFalse();
        assertThat(health(server).reason()).isEqualTo("table: no answer");
        assertThat(rig.status().revision()).isEqualTo(revision); // a flap is no transaction
        assertThat(events).hasSize(1).first().isInstanceOf(BalancerEvent.ServerHealthChanged.class);
        assertThat(rig.balancer.counters().get(0, Counter.SERVERS_DOWN)).isEqualTo(1);

        comeBack(server);
        assertThat(connect(6)).containsOnly(11, 12).contains(first);
        assertThat(rig.balancer.counters().get(0, Counter.SERVERS_DOWN)).isZero();
    }

    @Test
    void h04TheWeightsStayAsTheOperatorWroteThem() {
        rig.apply(
                new Change.EditRealServer(WEB, SERVER.withWeight(0)),
                new Change.EditRealServer(WEB, OTHER_SERVER.withWeight(10)));
        die(SERVER, OTHER_SERVER);
        comeBack(SERVER, OTHER_SERVER);
        rig.apply(new Change.EditService(WEB, "wrr", Optional.empty()));

        assertThat(rig.service().realServers())
                .extracting(each -> each.server().weight())
                .containsExactly(0, 10);
        assertThat(connect(4)).containsOnly(12);
    }

    @Test
    void h05SorryExactlyWhileTheQuorumIsLost() {
        rig.apply(set(with(CHECK).sorryServer(SORRY.endpoint()).build()));
        assertThat(connect(4)).containsOnly(11, 12);
        die(SERVER, OTHER_SERVER);
        assertThat(connect(4)).containsOnly(19);
        assertThat(rig.service().health().sorry()).isTrue();
        rig.apply(new Change.EditService(WEB, "wrr", Optional.empty())); // a reload
        assertThat(connect(4)).containsOnly(19);
        rig.apply(
                new Change.ReplaceService(
                        rig.service().service().withConnectionTimeout(Duration.ofSeconds(99))));
        assertThat(connect(4)).containsOnly(19);
        comeBack(OTHER_SERVER);
        assertThat(connect(4)).containsOnly(12);
        assertThat(rig.service().traffic().connections()).isEqualTo(20);
        rig.apply(set(policy()));
        assertThat(connect(4)).containsOnly(12);
        assertThat(conditions(BalancerEvent.ConditionBegan.class)).hasSize(1);
        assertThat(conditions(BalancerEvent.ConditionEnded.class)).hasSize(1);
    }

    /// It is told of as the others are, and serves though it is down, as nobody better is there.
    @Test
    void theSorryServerIsWatchedToo() {
        assertThat(rig.service().sorryServer()).isEmpty();
        rig.apply(set(with(CHECK).sorryServer(SORRY.endpoint()).build()));
        seconds(2);
        events.clear();
        RealServerStatus idle = rig.service().sorryServer().orElseThrow();
        assertThat(idle.server()).isEqualTo(SORRY);
        assertThat(idle.health().active()).isEqualTo(ServerHealth.State.UP);
        assertThat(idle.health().use()).isEqualTo(ServerHealth.Use.OUT);
        die(SORRY);
        assertThat(conditions(BalancerEvent.ServerHealthChanged.class))
                .singleElement()
                .satisfies(event -> {
                    assertThat(event.server()).isEqualTo(SORRY.endpoint());
                    assertThat(event.health().up()).isFalse();
                    assertThat(event.health().reason()).contains("no answer");
                });
        assertThat(rig.service().realServers()).allMatch(each -> each.health().up());

        die(SERVER, OTHER_SERVER);
        assertThat(connect(3)).containsOnly(19);
        RealServerStatus serving = rig.service().sorryServer().orElseThrow();
        assertThat(serving.traffic().connections()).isEqualTo(3);
        assertThat(serving.activeConnections() + serving.inactiveConnections()).isEqualTo(3);
        assertThat(serving.health().use()).isEqualTo(ServerHealth.Use.KEPT);
        assertThat(serving.health().reason()).endsWith("; kept, as nobody else is up");
        assertThat(rig.service().traffic().connections()).isEqualTo(3);
        comeBack(SORRY);
        assertThat(rig.service().sorryServer().orElseThrow().health().use())
                .isEqualTo(ServerHealth.Use.IN);
    }

    private <T> List<T> conditions(Class<T> kind) {
        return events.stream().filter(kind::isInstance).map(kind::cast).toList();
    }

    @Test
    void h05AnEmptyServiceIsServedByItsSorryServer() {
        rig.apply(
                set(with().sorryServer(SORRY.endpoint()).build()),
                new Change.RemoveRealServer(WEB, SERVER.endpoint(), false),
                new Change.RemoveRealServer(WEB, OTHER_SERVER.endpoint(), false));
        assertThat(connect(3)).containsOnly(19);
        rig.apply(new Change.AddRealServer(WEB, SERVER));
        assertThat(connect(3)).containsOnly(11);
    }

    @Test
    void checksThatCannotAskAreACondition() {
        rig.apply(set(with(CHECK).build()));
        withoutFiles.add(SERVER.endpoint());
        seconds(2);
        assertThat(connect(4)).contains(11, 12);
        assertThat(rig.balancer.control().health().conditions())
                .singleElement()
                .satisfies(each -> {
                    assertThat(each.condition()).isEqualTo(Condition.CHECKS_IMPOSSIBLE);
                    assertThat(each.subject()).isEqualTo("health checks");
                    assertThat(each.detail()).isEqualTo("1 of 2 probes: no file");
                });
        withoutFiles.clear();
        seconds(12);
        assertThat(rig.balancer.control().health().conditions()).isEmpty();
    }

    @Test
    void h06ASorryServerThatIsARealServerIsRefused() {
        Change sorry = set(with(CHECK).sorryServer(OTHER_SERVER.endpoint()).build());
        rig.refuses(
                ErrorCode.INVALID_ARGUMENT,
                List.of(
                        "sorry server 10.0.1.12:8080 of TCP 192.0.2.80:80 is one of its real"
                                + " servers, too; remove it there, or name another"),
                sorry);
        rig.apply(sorry, new Change.RemoveRealServer(WEB, OTHER_SERVER.endpoint(), false));
        rig.refuses(
                ErrorCode.INVALID_ARGUMENT,
                List.of("is one of its real servers, too"),
                new Change.AddRealServer(WEB, OTHER_SERVER));
        die(SERVER);
        assertThat(connect(2)).containsOnly(12);
        rig.refuses(
                ErrorCode.INVALID_ARGUMENT,
                List.of("sorry server [2001:db8::9]:80", "no local address of IPv6"),
                set(with(CHECK).sorryServer(Endpoint.of("2001:db8::9", 80)).build()));
        rig.refuses(
                ErrorCode.ADDRESS_IN_USE,
                List.of("192.0.2.80"),
                set(with(CHECK).sorryServer(Endpoint.of("192.0.2.80", 8080)).build()));
    }

    @Test
    void aCheckFromAnAddressOfTheOtherFamilyIsRefused() {
        HealthCheck foreign =
                HealthCheck.builder(NamedProbe.of("table"))
                        .source(Optional.of(IpAddress.parse("2001:db8::1")))
                        .build();

        rig.refuses(
                ErrorCode.INVALID_ARGUMENT,
                List.of("asks from 2001:db8::1", "10.0.1.11:8080 is of IPv4", "check of its own"),
                set(with(foreign).build()));
    }

    @ParameterizedTest
    @CsvSource({"REJECT,0", "KEEP,12"})
    void h14WhatHappensWhenAllHaveFailedIsSaid(HealthPolicy.LastServer last, int meets) {
        rig.apply(set(with(CHECK).lastServer(last).build()));
        die(SERVER);
        die(OTHER_SERVER);
        assertThat(connect(4)).containsOnly(meets);
        assertThat(rig.balancer.control().health().conditions())
                .anySatisfy(each -> {
                    assertThat(each.condition()).isEqualTo(Condition.QUORUM_LOST);
                    assertThat(each.subject()).isEqualTo("TCP 192.0.2.80:80");
                    assertThat(each.detail())
                            .isEqualTo("0 of its servers' weight is up, its quorum is 1");
                });
        comeBack(SERVER);
        assertThat(rig.balancer.control().health().conditions()).isEmpty();
        assertThat(connect(4)).containsOnly(11);
    }

    @ParameterizedTest
    @ValueSource(strings = {"rr", "wrr", "wlc"})
    void h12SlowStartGivesAShareThatGrows(String scheduler) {
        rig.apply(
                new Change.EditService(WEB, scheduler, Optional.empty()),
                set(with(CHECK).slowStart(SlowStart.over(Duration.ofSeconds(10))).build()));
        die(SERVER);
        connect(20);
        comeBack(SERVER);
        assertThat(health(SERVER).use()).isEqualTo(Use.SLOW_START);
        long some = connect(20).stream().filter(each -> each == 11).count();
        // a connection that idles counts for wlc as one of the others' 20, too
        assertThat(some).isBetween(1L, scheduler.equals("wlc") ? 8L : 5L);
        rig.apply(new Change.AddRealServer(WEB, SORRY)); // a rebuild does not begin it anew
        rig.apply(new Change.RemoveRealServer(WEB, SORRY.endpoint(), false));
        seconds(5);
        assertThat(health(SERVER).share()).isBetween(0.5, 0.8);
        seconds(5);
        assertThat(health(SERVER).use()).isEqualTo(Use.IN);
        if (!scheduler.equals("wlc")) {
            assertThat(connect(20).stream().filter(each -> each == 11).count()).isEqualTo(10);
        }
    }

    /// With few connections, too, it gets some: there is a floor.
    @Test
    void h12AServerThatStartsSlowlyIsNotStarved() {
        rig.apply(
                new Change.EditService(WEB, "wrr", Optional.empty()),
                set(with(CHECK).slowStart(SlowStart.over(Duration.ofSeconds(60))).build()));
        die(SERVER);
        comeBack(SERVER);
        List<Integer> met = new ArrayList<>();
        for (int second = 0; second < 20; second++) {
            met.addAll(connect(1));
            seconds(1);
        }
        assertThat(met).contains(11, 12);
    }

    @Test
    void h02NoConnectionReachesAServerBeforeItsFirstCheck() {
        HealthCheck wait = CHECK.toBuilder().initial(HealthCheck.Initial.DOWN).build();
        ServiceKey tls = ControlRig.TLS;
        dead.add(SERVER.endpoint());
        rig.apply(
                new Change.RemoveService(WEB, false),
                new Change.AddService(
                        ControlRig.service(tls)
                                .withPolicy(ServicePolicy.DEFAULT.withHealth(with(wait).build()))));
        VirtualService web =
                ControlRig.service(WEB)
                        .withRealServer(OTHER_SERVER)
                        .withPolicy(ServicePolicy.DEFAULT.withHealth(with(wait).build()));
        rig.apply(new Change.AddService(web));
        assertThat(connect(3)).containsOnly(0);
        rig.apply(new Change.ReplaceService(web.withScheduler("wlc"))); // a reload
        assertThat(connect(3)).containsOnly(0);
        seconds(1.1);
        assertThat(connect(3)).containsOnly(12);
    }

    @Test
    void connectionsOfADeadServerEndIfSoSaid() {
        rig.apply(set(with(CHECK).endConnections(true).build()));
        connect(4);
        die(SERVER);
        assertThat(rig.connections()).hasSize(2);
        assertThat(rig.connections())
                .allSatisfy(each -> assertThat(each.toString()).contains("10.0.1.12"));
    }

    @Test
    void thoseThatDieTogetherAreOneTransaction() {
        rig.apply(set(with(CHECK).endConnections(true).build()));
        connect(4);
        seconds(2);
        events.clear();
        dead.addAll(List.of(SERVER.endpoint(), OTHER_SERVER.endpoint()));
        rig.pass(Duration.ofSeconds(1)); // both are due at once
        seconds(0.2);
        assertThat(rig.connections()).isEmpty();
        assertThat(events.stream().filter(BalancerEvent.Applied.class::isInstance))
                .singleElement()
                .extracting(event -> ((BalancerEvent.Applied) event).changes())
                .asInstanceOf(InstanceOfAssertFactories.LIST)
                .hasSize(2)
                .allMatch(Change.EndConnections.class::isInstance);
    }

    @Test
    void h17ReportsFromOutsideAreASayOfTheirOwn() {
        report(SERVER, false, 5);
        assertThat(connect(4)).containsOnly(12);
        assertThat(health(SERVER).external()).isEqualTo(ServerHealth.State.DOWN);
        assertThat(health(SERVER).reason()).isEqualTo("reported: maintenance");
        CompletableFuture<Void> stale =
                rig.balancer.control().reportHealth(WEB, SERVER.endpoint(), true, "", 4);
        rig.run();
        assertThat(stale).isCompletedExceptionally();
        assertThat(((BalancerException) stale.exceptionNow()).code()).isEqualTo(ErrorCode.STALE);
        comeBack(SERVER); // its checks alone do not bring it back
        assertThat(connect(4)).containsOnly(12);
        report(SERVER, true, 6);
        assertThat(connect(4)).containsOnly(11, 12);
        rig.balancer.close();
        assertThat(rig.balancer.control().reportHealth(WEB, SERVER.endpoint(), true, "", 7))
                .isCompletedExceptionally();
    }

    private void report(RealServer server, boolean up, long version) {
        CompletableFuture<Void> done =
                rig.balancer
                        .control()
                        .reportHealth(WEB, server.endpoint(), up, "maintenance", version);
        rig.run();
        assertThat(done).isCompleted();
    }

    @Test
    void aCheckThatNobodyKnowsIsRefused() {
        try (ControlRig without = ControlRig.ofOneWorker(builder -> builder).configured()) {
            without.refuses(
                    ErrorCode.UNSUPPORTED,
                    List.of("no probe \"own\"; there are tcp, "),
                    set(with(HealthCheck.of(NamedProbe.of("own"))).build()));
        }
    }

    @Test
    void aSynThatReusesAConnectionGoesToALivingServer() {
        assertThat(rig.establish("192.0.2.7", 999)).isTrue();
        int met = rig.connections().getFirst().toString().contains("10.0.1.11:") ? 11 : 12;
        rig.pass(
                PacketBuilder.ethernet(ControlRig.CLIENT_MAC, ControlRig.WAN_MAC)
                        .ipv4("192.0.2.7", ControlRig.VIP)
                        .tcp(999, 80)
                        .sequence(1)
                        .acknowledgement(5_001)
                        .flags(Tcp.RST));
        die(met == 11 ? SERVER : OTHER_SERVER);
        List<byte[]> syn = rig.connect(999);
        assertThat(syn.getFirst()[33] & 0xFF).isEqualTo(met == 11 ? 12 : 11);
    }
}
