// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.control;

import static io.fullnat.core.control.TransactionBench.LIMIT;
import static io.fullnat.core.control.TransactionBench.refused;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.Endpoint;
import io.fullnat.api.ErrorCode;
import io.fullnat.api.IpAddress;
import io.fullnat.api.ManualClock;
import io.fullnat.api.control.BalancerEvent;
import io.fullnat.api.control.Change;
import io.fullnat.api.control.Condition;
import io.fullnat.api.control.ConnectionFilter;
import io.fullnat.api.control.DesiredState;
import io.fullnat.api.counter.Counter;
import io.fullnat.api.health.Announce;
import io.fullnat.api.health.HealthCheck;
import io.fullnat.api.health.HealthPolicy;
import io.fullnat.api.health.NamedProbe;
import io.fullnat.api.health.ProbeResult;
import io.fullnat.api.health.ServerHealth;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.ServicePolicy;
import io.fullnat.api.service.VirtualService;
import io.fullnat.core.health.Monitored;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// [ServerWatch] without the rest of the control plane: what it hands to the monitor of health, and
/// what it makes of what that finds out.
class ServerWatchAloneTest {
    private static final ServiceKey WEB = ServiceKey.tcp("192.0.2.80", 80);
    private static final ServiceKey TLS = ServiceKey.tcp("2001:db8:80::80", 443);
    private static final IpAddress VIRTUAL = IpAddress.parse("192.0.2.80");
    private static final RealServer SERVER = RealServer.of("10.0.1.11", 8080);
    private static final RealServer OTHER = RealServer.of("10.0.1.12", 8080);
    private static final Duration SECOND = Duration.ofSeconds(1);
    private static final HealthCheck CHECK =
            HealthCheck.builder(NamedProbe.of("table")).interval(SECOND).jitter(0).fall(1).build();
    private static final String LOST = "0 of its servers' weight is up, its quorum is 1";

    private final ManualClock clock = new ManualClock(Long.MAX_VALUE - 5_000_000_000L); // it wraps
    private final IdleWorkers idle = new IdleWorkers(1);
    private final List<BalancerEvent> events = new ArrayList<>();
    private final Conditions conditions = new Conditions(events::add);
    private final Requests requests = new Requests(LIMIT);
    private final Set<Endpoint> dead = new HashSet<>();
    private final List<Set<IpAddress>> announced = new CopyOnWriteArrayList<>();
    private ProbeResult alive = ProbeResult.passed("");
    private Map<IpAddress, String> failures = Map.of();
    private int probes;

    private final ServerWatch watch =
            new ServerWatch(
                    TestSettings.of(
                            LIMIT,
                            WaitGuard.ofThreads(),
                            spec -> target -> probe(target.endpoint()),
                            this::announce),
                    idle.workers,
                    clock,
                    conditions,
                    events::add,
                    requests);

    @AfterEach
    void close() {
        watch.close();
        idle.close();
    }

    private ProbeResult probe(Endpoint server) {
        probes++;
        return dead.contains(server) ? ProbeResult.failed("no answer") : alive;
    }

    private Map<IpAddress, String> announce(Set<IpAddress> addresses) {
        announced.add(addresses);
        return failures;
    }

    private static HealthPolicy.Builder checked() {
        return HealthPolicy.builder().checks(List.of(CHECK));
    }

    private static VirtualService service(ServiceKey key, HealthPolicy policy) {
        return VirtualService.of(key)
                .withRealServers(List.of(SERVER, OTHER))
                .withPolicy(ServicePolicy.DEFAULT.withHealth(policy));
    }

    private void adopt(VirtualService... services) {
        List<Monitored> all = new ArrayList<>();
        for (VirtualService service : services) {
            int first = 2 * all.size();
            all.add(new Monitored(service, all.size(), new int[] {first, first + 1}, -1));
        }
        watch.monitor().adopt(all, List.of(), clock.nanoTime());
    }

    private int work() {
        return watch.work(clock.nanoTime());
    }

    private void look() {
        watch.poll(clock.nanoTime());
        conditions.poll(clock.nanoTime());
    }

    /// The next probe of each server is asked, and what it says is heard.
    private void pass() {
        clock.advance(SECOND);
        while (work() > 0) {
            // until nothing is left
        }
    }

    private CompletableFuture<Void> report(
            ServiceKey key, Endpoint server, boolean up, String reason, long version) {
        Answer<Void> answer = Answer.forNobody();
        watch.report(key, server, up, reason, version, answer);
        return answer;
    }

    private ServerHealth health(ServiceKey key, RealServer server) {
        return watch.monitor().health(key, server.endpoint(), clock.nanoTime());
    }

    private List<String> lasting() {
        return conditions.active(clock.nanoTime()).stream()
                .map(each -> each.condition() + " " + each.subject() + ": " + each.detail())
                .toList();
    }

    private <T> List<T> events(Class<T> kind) {
        return events.stream().filter(kind::isInstance).map(kind::cast).toList();
    }

    @Test
    void aReportIsHandedOnWithAllThatItSays() {
        adopt(service(WEB, HealthPolicy.NONE), service(TLS, HealthPolicy.NONE));
        pass();
        CompletableFuture<Void> done = report(WEB, SERVER.endpoint(), false, "maintenance", 5);
        assertThat(done).as("the control thread hands it on").isNotDone();
        assertThat(work()).isEqualTo(1);
        assertThat(done).isCompletedWithValue(null);
        ServerHealth health = health(WEB, SERVER);
        assertThat(health.external()).isEqualTo(ServerHealth.State.DOWN);
        assertThat(health.reason()).isEqualTo("reported: maintenance");
        assertThat(health.version()).isEqualTo(5);
        assertThat(health(WEB, OTHER).up()).isTrue();
        assertThat(health(TLS, SERVER).up()).isTrue();
        assertThat(work()).isZero();
        assertThat(report(WEB, SERVER.endpoint(), true, "", 6)).isNotDone();
        assertThat(work()).isEqualTo(1);
        assertThat(health(WEB, SERVER).external()).isEqualTo(ServerHealth.State.UP);
    }

    @Test
    void reportsAreTakenInTheirOrderAndOneThatIsRefusedHoldsUpNoOther() {
        adopt(service(WEB, HealthPolicy.NONE));
        pass();
        CompletableFuture<Void> first = report(WEB, SERVER.endpoint(), false, "", 5);
        CompletableFuture<Void> stale = report(WEB, SERVER.endpoint(), true, "", 4);
        CompletableFuture<Void> unknown = report(TLS, SERVER.endpoint(), false, "", 1);
        CompletableFuture<Void> last = report(WEB, OTHER.endpoint(), false, "", 1);
        assertThat(work()).isEqualTo(4);
        assertThat(first).isCompletedWithValue(null);
        assertThat(stale).isCompletedExceptionally();
        refused(unknown, ErrorCode.NO_SERVICE, "no service TCP [2001:db8:80::80]:443");
        assertThat(last).isCompletedWithValue(null);
        assertThat(health(WEB, SERVER).up()).isFalse();
        assertThat(health(WEB, OTHER).up()).isFalse();
    }

    @Test
    void aReportWakesTheControlThread() throws InterruptedException {
        Thread control = Thread.ofPlatform().daemon().start(LockSupport::park);
        requests.servedBy(control);
        var _ = report(WEB, SERVER.endpoint(), true, "", 1);
        assertThat(control.join(Duration.ofSeconds(10))).as("it goes on").isTrue();
    }

    @Test
    void whoGoesDownAndComesUpIsTold() {
        adopt(service(WEB, checked().build()));
        pass();
        events.clear();
        dead.add(SERVER.endpoint());
        pass();
        assertThat(events(BalancerEvent.ServerHealthChanged.class))
                .singleElement()
                .satisfies(event -> {
                    assertThat(event.service()).isEqualTo(WEB);
                    assertThat(event.server()).isEqualTo(SERVER.endpoint());
                    assertThat(event.health().up()).isFalse();
                    assertThat(event.health().reason()).isEqualTo("table: no answer");
                });
        dead.clear();
        pass();
        assertThat(events(BalancerEvent.ServerHealthChanged.class))
                .hasSize(2)
                .last()
                .satisfies(event -> assertThat(event.health().up()).isTrue());
    }

    /// Each transaction that ends connections costs a walk through all of them.
    @Test
    void theConnectionsOfAllThatGoDownTogetherEndByOneTransaction() throws Exception {
        adopt(
                service(WEB, checked().endConnections(true).build()),
                service(TLS, checked().endConnections(true).build()));
        pass();
        assertThat(requests.next()).isNull();
        dead.add(SERVER.endpoint());
        pass();
        Request request = requireNonNull(requests.next());
        assertThat(request).isInstanceOf(Request.Apply.class);
        assertThat(request.deadlineNs()).isEqualTo(clock.nanoTime() + LIMIT.toNanos());
        List<Change> changes = List.copyOf(request.function().changes(DesiredState.EMPTY));
        assertThat(changes)
                .containsExactlyInAnyOrder(
                        new Change.EndConnections(
                                ConnectionFilter.of(WEB).withServer(SERVER.endpoint())),
                        new Change.EndConnections(
                                ConnectionFilter.of(TLS).withServer(SERVER.endpoint())));
        assertThat(requests.next()).isNull();
        pass();
        assertThat(requests.next()).as("they are not ended twice").isNull();
    }

    @Test
    void whatIsToEndCountsAsWork() {
        adopt(service(WEB, HealthPolicy.builder().endConnections(true).build()));
        pass();
        var _ = report(WEB, SERVER.endpoint(), false, "", 1);
        assertThat(work()).isEqualTo(2);
        assertThat(requests.next()).isNotNull();
    }

    @Test
    void connectionsGoOnWhereThePolicyDoesNotEndThem() {
        adopt(service(WEB, checked().build()));
        pass();
        dead.add(SERVER.endpoint());
        pass();
        assertThat(health(WEB, SERVER).up()).isFalse();
        assertThat(requests.next()).isNull();
    }

    @Test
    void aLostQuorumIsAConditionFromThenOnUntilItIsBack() {
        adopt(service(WEB, checked().build()));
        pass();
        dead.addAll(Set.of(SERVER.endpoint(), OTHER.endpoint()));
        pass();
        assertThat(lasting()).containsExactly("QUORUM_LOST TCP 192.0.2.80:80: " + LOST);
        dead.remove(OTHER.endpoint());
        pass();
        assertThat(lasting()).isEmpty();
        assertThat(events(BalancerEvent.ConditionEnded.class))
                .containsExactly(
                        new BalancerEvent.ConditionEnded(
                                Condition.QUORUM_LOST,
                                "TCP 192.0.2.80:80",
                                SECOND,
                                "1 of its servers' weight is up, its quorum is 1"));
    }

    @Test
    void whoHasNoQuorumIsLookedAtEachTime() {
        HealthCheck wait = CHECK.toBuilder().initial(HealthCheck.Initial.DOWN).build();
        adopt(
                service(WEB, HealthPolicy.builder().checks(List.of(wait)).build()),
                service(TLS, HealthPolicy.NONE));
        assertThat(lasting()).as("it has had none yet").isEmpty();
        look();
        assertThat(lasting()).containsExactly("QUORUM_LOST TCP 192.0.2.80:80: " + LOST);
        assertThat(idle.workers.controlCounters().get(Counter.SERVERS_DOWN)).isEqualTo(2);
        for (int i = 0; i < 3; i++) {
            clock.advance(Duration.ofNanos(Conditions.CALM_NS - 1));
            look();
            assertThat(lasting()).hasSize(1);
        }
    }

    @Test
    void probesThatCannotAskAreAConditionWhileTheyCannot() {
        alive = ProbeResult.unknown("no file");
        adopt(service(WEB, checked().build()));
        look();
        assertThat(lasting()).as("they have not been asked").isEmpty();
        pass();
        look();
        assertThat(lasting())
                .containsExactly("CHECKS_IMPOSSIBLE health checks: 2 of 2 probes: no file");
        clock.advance(Duration.ofNanos(Conditions.CALM_NS - 1));
        look();
        clock.advance(Duration.ofNanos(Conditions.CALM_NS - 1));
        look();
        assertThat(lasting()).as("it is so still").hasSize(1);
        alive = ProbeResult.passed("");
        pass();
        clock.advance(Duration.ofNanos(Conditions.CALM_NS));
        look();
        assertThat(lasting()).isEmpty();
    }

    private void adoptAnnounced() {
        adopt(service(WEB, checked().announce(Announce.WHEN_HEALTHY).build()));
    }

    @Test
    void whatIsAnnouncedAndWithdrawnIsTold() {
        adoptAnnounced();
        pass();
        assertThat(events(BalancerEvent.AnnouncementChanged.class))
                .containsExactly(new BalancerEvent.AnnouncementChanged(VIRTUAL, true));
        dead.addAll(Set.of(SERVER.endpoint(), OTHER.endpoint()));
        pass();
        assertThat(announced).last().isEqualTo(Set.of());
        assertThat(events(BalancerEvent.AnnouncementChanged.class))
                .last()
                .isEqualTo(new BalancerEvent.AnnouncementChanged(VIRTUAL, false));
    }

    @Test
    void anAnnouncementThatFailsIsAConditionUntilItSucceeds() {
        failures = Map.of(VIRTUAL, "File exists");
        adoptAnnounced();
        pass();
        assertThat(lasting()).as("nobody has looked").isEmpty();
        look();
        assertThat(lasting()).containsExactly("ANNOUNCEMENT_FAILED 192.0.2.80: File exists");
        failures = Map.of();
        for (int second = 0; second < 5; second++) {
            pass();
        }
        assertThat(lasting()).as("over at once").isEmpty();
        assertThat(events(BalancerEvent.ConditionEnded.class))
                .singleElement()
                .satisfies(ended -> {
                    assertThat(ended.subject()).isEqualTo("192.0.2.80");
                    assertThat(ended.detail()).isEqualTo("announced");
                });
    }

    @Test
    void aWithdrawalThatFailsIsAConditionUntilItSucceeds() {
        adoptAnnounced();
        pass();
        failures = Map.of(VIRTUAL, "no route");
        dead.addAll(Set.of(SERVER.endpoint(), OTHER.endpoint()));
        pass();
        look();
        assertThat(lasting()).contains("ANNOUNCEMENT_FAILED 192.0.2.80: no route");
        failures = Map.of();
        for (int second = 0; second < 5; second++) {
            pass();
        }
        assertThat(events(BalancerEvent.ConditionEnded.class))
                .extracting(BalancerEvent.ConditionEnded::detail)
                .containsExactly("withdrawn");
    }

    @Test
    void atTheEndAllAddressesAreWithdrawn() {
        adoptAnnounced();
        pass();
        assertThat(announced).last().isEqualTo(Set.of(VIRTUAL));
        watch.withdraw();
        assertThat(announced).last().isEqualTo(Set.of());
    }

    @Test
    void whenItIsClosedReportsAreRefusedAndNothingIsProbedAnyMore() {
        adopt(service(WEB, checked().build()));
        pass();
        CompletableFuture<Void> waiting = report(WEB, SERVER.endpoint(), false, "", 1);
        watch.close();
        refused(waiting, ErrorCode.CLOSED, "the balancer is closed");
        refused(
                report(WEB, SERVER.endpoint(), false, "", 2),
                ErrorCode.CLOSED,
                "the balancer is closed");
        probes = 0;
        pass();
        pass();
        assertThat(probes).isZero();
        assertThat(health(WEB, SERVER).up()).isTrue();
    }

    /// Probes belong to the control thread, which is left behind.
    @Test
    void whenItIsAbandonedReportsAreRefusedTooAndTheMonitorIsLeftAlone() {
        adopt(service(WEB, checked().build()));
        pass();
        CompletableFuture<Void> waiting = report(WEB, SERVER.endpoint(), false, "", 1);
        watch.abandon();
        refused(waiting, ErrorCode.CLOSED, "the balancer is closed");
        refused(
                report(WEB, OTHER.endpoint(), false, "", 2),
                ErrorCode.CLOSED,
                "the balancer is closed");
        probes = 0;
        pass();
        assertThat(probes).isEqualTo(2);
    }

    @Test
    void connectionsOfAServerEndWhoeverTheyAreFrom() {
        watch.endConnections(TLS, OTHER.endpoint());
        assertThat(work()).isEqualTo(1);
        TransactionFunctions.Fixed ending =
                (TransactionFunctions.Fixed) requireNonNull(requests.next()).function();
        assertThat(ending.fixed())
                .extracting(change -> ((Change.EndConnections) change).filter())
                .containsExactly(
                        new ConnectionFilter(
                                Optional.of(TLS),
                                Optional.empty(),
                                Optional.of(OTHER.endpoint()),
                                Optional.empty(),
                                Optional.empty()));
    }
}
