// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.control;

import static io.fullnat.core.control.Drafting.LOCAL;
import static io.fullnat.core.control.Drafting.SERVER;
import static io.fullnat.core.control.Drafting.TLS;
import static io.fullnat.core.control.Drafting.WEB;
import static io.fullnat.core.control.Drafting.added;
import static io.fullnat.core.control.Drafting.address;
import static io.fullnat.core.control.Drafting.ip;
import static io.fullnat.core.control.Drafting.local;
import static io.fullnat.core.control.Drafting.service;
import static io.fullnat.core.control.TransactionBench.LIMIT;
import static io.fullnat.core.control.TransactionBench.refused;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import io.fullnat.api.control.BalancerEvent;
import io.fullnat.api.control.BalancerListener;
import io.fullnat.api.control.Change;
import io.fullnat.api.control.Condition;
import io.fullnat.api.control.ConnectionFilter;
import io.fullnat.api.control.ConnectionInfo;
import io.fullnat.api.control.TemplateFilter;
import io.fullnat.api.control.TransactionFunction;
import io.fullnat.api.health.ProbeResult;
import io.fullnat.api.io.Memory;
import io.fullnat.api.service.Persistence;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.ServicePolicy;
import io.fullnat.api.service.VirtualService;
import io.fullnat.core.limit.Limits;
import io.fullnat.core.service.TrafficTable;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// [ControlFace]: what becomes of a caller's request on its way to the queue, and which answers
/// there are after the end.
class ControlFaceTest {
    private static final String CLOSED = "the balancer is closed";
    private static final Change WAN = address("192.0.2.1/24", "wan");

    private final TransactionBench bench = new TransactionBench();
    private final List<BalancerEvent> events = new ArrayList<>();
    private final Conditions conditions = new Conditions(events::add);
    private final ReaderGate gate = new ReaderGate();
    private final Drains drains = new Drains();
    private final ReportedConditions reported = new ReportedConditions(conditions);
    private final WaitGuard guard = WaitGuard.ofThreads();
    private final ControlSettings settings =
            TestSettings.of(LIMIT, guard, spec -> target -> ProbeResult.passed(""), null);
    private final ServerWatch servers =
            new ServerWatch(
                    settings,
                    bench.idle.workers,
                    bench.clock,
                    conditions,
                    events::add,
                    bench.requests);
    private final ControlFace face =
            new ControlFace(
                    settings,
                    bench.clock,
                    bench.requests,
                    new SerialExecutor(Runnable::run, bench.faults, "the end of a transaction"),
                    bench.stream,
                    bench.transactions,
                    bench.idle.workers,
                    gate,
                    drains,
                    servers,
                    reported,
                    new HealthSource(
                            bench.idle.io,
                            bench.idle.workers,
                            bench.clock,
                            new WorkerWatch(bench.idle.workers, conditions, 0),
                            conditions),
                    new SetCounts(2),
                    bench.resources::service);

    @AfterEach
    void close() {
        servers.close();
        bench.close();
    }

    private static void refuses(ErrorCode code, Runnable call) {
        assertThatExceptionOfType(BalancerException.class)
                .isThrownBy(call::run)
                .extracting(BalancerException::code)
                .isEqualTo(code);
    }

    private static void misses(String name, Runnable call) {
        assertThatNullPointerException().isThrownBy(call::run).withMessage(name);
    }

    @Test
    void whatIsSubmittedIsInForceWhenItsAnswerSaysSo() {
        CompletableFuture<Void> done = face.submit(present -> List.of(added(service(WEB))));
        assertThat(done).isNotDone();
        bench.run();
        assertThat(done).isCompletedWithValue(null);
        assertThat(face.desired().services()).containsOnlyKeys(WEB);
        assertThat(face.status().services()).hasSize(1);
        assertThat(face.status(WEB)).isPresent();
        assertThat(face.status(TLS)).isEmpty();
    }

    @Test
    void whatIsRefusedIsToldToItsCaller() {
        refused(
                submitted(face.submit(List.of(new Change.RemoveService(WEB, false)))),
                ErrorCode.NO_SERVICE,
                "no service TCP 192.0.2.80:80");
    }

    private <T> CompletableFuture<T> submitted(CompletableFuture<T> answer) {
        bench.run();
        return answer;
    }

    /// From when it is asked for, however long it waits for its turn.
    @Test
    void aRequestHasTheLimitThatIsSet() {
        bench.clock.advance(Duration.ofSeconds(5));
        long deadline = bench.clock.nanoTime() + LIMIT.toNanos();
        var _ = face.submit(present -> List.of());
        assertThat(bench.requests.next())
                .isInstanceOfSatisfying(
                        Request.Apply.class,
                        apply -> assertThat(apply.deadlineNs()).isEqualTo(deadline));
        var _ = face.check(present -> List.of());
        assertThat(bench.requests.next())
                .isInstanceOfSatisfying(
                        Request.Check.class,
                        check -> assertThat(check.deadlineNs()).isEqualTo(deadline));
    }

    /// They are asked without a thread of their own.
    @Test
    void changesThatAreKnownAreAFixedFunction() {
        var _ = face.submit(List.of(WAN));
        assertThat(requireNonNull(bench.requests.next()).function())
                .isEqualTo(new TransactionFunctions.Fixed(List.of(WAN)));
    }

    @Test
    void aCheckSaysWhatWouldBeDoneAndDoesNothing() {
        assertThat(submitted(face.check(present -> List.of(WAN))))
                .isCompletedWithValue(List.of(WAN));
        assertThat(face.desired().addresses()).isEmpty();
        assertThat(face.transactions().applied()).isZero();
    }

    @Test
    void howManyHaveEndedIsCounted() {
        CompletableFuture<Long> ended =
                face.submitAndCount(
                        present -> List.of(new Change.EndConnections(ConnectionFilter.ALL)));
        for (int turn = 0; turn < 5; turn++) {
            bench.poll();
            bench.first.look();
            bench.second.look();
        }
        assertThat(ended).isNotDone();
        bench.first.purge(3);
        bench.second.purge(4);
        bench.poll();
        assertThat(ended).isCompletedWithValue(7L);
    }

    private BalancerException applied(Runnable apply) throws InterruptedException {
        AtomicReference<BalancerException> refusal = new AtomicReference<>();
        Thread caller =
                Thread.ofVirtual()
                        .start(() -> {
                            try {
                                apply.run();
                            } catch (BalancerException refused) {
                                refusal.set(refused);
                            }
                        });
        while (!caller.join(Duration.ofMillis(1))) {
            bench.run();
        }
        return refusal.get();
    }

    @Test
    void applyWaitsUntilItIsInForce() throws InterruptedException {
        assertThat(applied(() -> face.apply(WAN))).isNull();
        assertThat(face.desired().addresses()).hasSize(1);
        assertThat(face.transactions().applied()).isEqualTo(1);
        assertThat(applied(() -> face.apply(WAN)).code()).isEqualTo(ErrorCode.ADDRESS_EXISTS);
        assertThat(face.transactions().refused()).isEqualTo(Map.of(ErrorCode.ADDRESS_EXISTS, 1L));
    }

    @Test
    void whoWouldWaitForItselfIsRefusedBeforeAnythingIsAskedFor() {
        guard.enter();
        refuses(ErrorCode.WOULD_DEADLOCK, () -> face.apply(WAN));
        assertThat(bench.requests.next()).isNull();
        CompletableFuture<Void> answer = face.submit(List.of(WAN));
        refuses(ErrorCode.WOULD_DEADLOCK, answer::join);
        refuses(ErrorCode.WOULD_DEADLOCK, face.check(present -> List.of())::join);
        guard.leave();
    }

    @Test
    void whatIsAppliedIsTimed() {
        var _ = face.submit(List.of(WAN));
        bench.clock.advance(Duration.ofMillis(3));
        bench.run();
        assertThat(face.transactions().applied()).isEqualTo(1);
        assertThat(face.transactions().total()).isEqualTo(Duration.ofMillis(3));
    }

    private void drained(long connections) {
        bench.inForce(
                added(service(WEB).withRealServer(SERVER).withLocalAddress(local(LOCAL, "lan"))));
        TrafficTable traffic = bench.idle.workers.traffic(1);
        int server = bench.resources.servers().find(SERVER_NAME);
        int local = bench.resources.locals().find(LOCAL_NAME);
        Memory.addLong(traffic.server(server) + TrafficTable.ACTIVE, connections);
        Memory.addLong(traffic.local(local) + TrafficTable.LOCAL_CONNECTIONS, connections);
    }

    private static final Resources.ServerName SERVER_NAME =
            Resources.ServerName.real(WEB, SERVER.endpoint());
    private static final Resources.LocalName LOCAL_NAME = new Resources.LocalName(WEB, ip(LOCAL));

    private VirtualService web() {
        return requireNonNull(face.desired().services().get(WEB));
    }

    private void pass(Duration time) {
        bench.pass(time);
        drains.poll(bench.clock.nanoTime());
    }

    @Test
    void aLocalAddressDrainsUntilNoConnectionHasIt() {
        drained(2);
        CompletableFuture<Void> done = submitted(face.drain(WEB, ip(LOCAL), Duration.ofMinutes(1)));
        pass(Duration.ofSeconds(59));
        assertThat(web().localAddresses()).isEmpty();
        assertThat(done).isNotDone();
        long line = bench.idle.workers.traffic(1).local(bench.resources.locals().find(LOCAL_NAME));
        Memory.addLong(line + TrafficTable.LOCAL_CONNECTIONS, -2);
        pass(Duration.ofMillis(500));
        assertThat(done).isCompletedWithValue(null);
    }

    @Test
    void aServerDrainsWithoutAWeight() {
        drained(2);
        CompletableFuture<Void> done =
                submitted(face.drain(WEB, SERVER.endpoint(), Duration.ofMinutes(1)));
        pass(Duration.ofSeconds(59));
        assertThat(web().realServers()).extracting(RealServer::weight).containsExactly(0);
        assertThat(done).isNotDone();
        pass(Duration.ofSeconds(1));
        refused(
                done,
                ErrorCode.TRANSACTION_TIMEOUT,
                "10.0.1.11:8080 of TCP 192.0.2.80:80 has 2 connections at the end of the limit;"
                        + " it goes on draining");
    }

    @Test
    void whatDrainsIsNamedAtTheEndOfItsLimit() {
        drained(3);
        CompletableFuture<Void> done = face.drain(WEB, ip(LOCAL), Duration.ZERO);
        pass(Duration.ofSeconds(1));
        refused(
                done,
                ErrorCode.TRANSACTION_TIMEOUT,
                "10.0.1.100 of TCP 192.0.2.80:80 has 3 connections at the end of the limit;"
                        + " it goes on draining");
    }

    /// Longer than a clock of nanoseconds counts.
    @Test
    void aLimitMayBeAsLongAsOneLikes() {
        drained(1);
        CompletableFuture<Void> done =
                submitted(face.drain(WEB, ip(LOCAL), Duration.ofSeconds(Long.MAX_VALUE)));
        pass(Duration.ofDays(365));
        assertThat(done).isNotDone();
    }

    @Test
    @SuppressWarnings("FutureReturnValueIgnored") // there is none
    void aLimitIsNotNegativeAndARefusalIsTheDrains() {
        refuses(ErrorCode.INVALID_ARGUMENT, () -> face.drain(WEB, ip(LOCAL), Duration.ofNanos(-1)));
        assertThat(bench.requests.next()).isNull();
        refused(
                submitted(face.drain(WEB, ip(LOCAL), Duration.ZERO)),
                ErrorCode.NO_SERVICE,
                "no service TCP 192.0.2.80:80");
    }

    @Test
    void reportsReachWhoWatchesServersAndConditions() {
        CompletableFuture<Void> report =
                face.reportHealth(WEB, SERVER.endpoint(), false, "maintenance", 1);
        assertThat(report).isNotDone();
        servers.work(0);
        refused(report, ErrorCode.NO_SERVICE, "no service TCP 192.0.2.80:80");
        face.reportCondition(Condition.LINK_DOWN, "lan", "no link");
        assertThat(face.health().conditions()).isEmpty();
        reported.poll(0);
        assertThat(face.health().conditions())
                .singleElement()
                .satisfies(each -> {
                    assertThat(each.condition()).isEqualTo(Condition.LINK_DOWN);
                    assertThat(each.subject()).isEqualTo("lan");
                    assertThat(each.detail()).isEqualTo("no link");
                });
    }

    @Test
    void listenersHearFromWhenTheyListenUntilTheyDoNot() {
        List<BalancerEvent> heard = new ArrayList<>();
        BalancerListener listener = heard::add;
        BalancerEvent event = new BalancerEvent.ConfigurationRefused("a typing error");
        face.tell(event);
        face.listen(listener);
        face.tell(event);
        assertThat(heard).containsExactly(event);
        face.unlisten(listener);
        face.tell(event);
        assertThat(heard).hasSize(1);
        face.listen(listener);
        bench.requests.close();
        face.tell(event);
        assertThat(heard).as("after the end").hasSize(1);
    }

    @Test
    void whatComesAfterTheEndIsRefused() {
        bench.requests.close();
        refused(face.submit(List.of(WAN)), ErrorCode.CLOSED, CLOSED);
        refused(face.check(present -> List.of()), ErrorCode.CLOSED, CLOSED);
        refused(face.reportHealth(WEB, SERVER.endpoint(), true, "", 1), ErrorCode.CLOSED, CLOSED);
        refused(face.drain(WEB, ip(LOCAL), LIMIT), ErrorCode.CLOSED, CLOSED);
        guard.enter(); // nobody would have to be waited for
        refuses(ErrorCode.CLOSED, () -> face.apply(WAN));
        guard.leave();
        servers.work(0);
        assertThat(bench.requests.next()).isNull();
    }

    @Test
    void whatIsReadOfTheWorkersIsNotThereAfterTheEnd() {
        bench.inForce(
                added(
                        service(WEB)
                                .withPolicy(
                                        ServicePolicy.DEFAULT.withPersistence(
                                                Optional.of(Persistence.of(LIMIT))))));
        List<Runnable> readings =
                List.of(
                        face::status,
                        () -> face.status(1),
                        () -> face.status(WEB),
                        () -> face.connections(ConnectionFilter.ALL, each -> true),
                        () -> face.templates(TemplateFilter.ALL, each -> true),
                        face::templateCounts,
                        face::clientTable,
                        face::neighbours,
                        face::health,
                        face.counters(WEB)::connections);
        readings.forEach(Runnable::run);
        gate.shut();
        bench.clock.advance(Duration.ofSeconds(2)); // templates are counted once a second
        readings.forEach(reading -> refuses(ErrorCode.CLOSED, reading));
        assertThat(face.desired().services()).containsOnlyKeys(WEB);
        assertThat(face.sets()).isEmpty();
        assertThat(face.transactions().applied()).isZero();
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, 2})
    void noOtherWorkerHasAStatus(int worker) {
        refuses(ErrorCode.INVALID_ARGUMENT, () -> face.status(worker));
    }

    @Test
    void readersSeeWhatWorkersHaveCounted() {
        bench.inForce(added(service(WEB).withRealServer(SERVER)));
        TrafficTable traffic = bench.idle.workers.traffic(1);
        int slot = bench.resources.servers().find(SERVER_NAME);
        Memory.addLong(traffic.server(slot) + TrafficTable.CONNECTIONS, 5);
        assertThat(face.counters(WEB).connections()).isEqualTo(5);
        assertThat(face.status(1).services().getFirst().traffic().connections()).isEqualTo(5);
        assertThat(face.status(0).services().getFirst().traffic().connections()).isZero();
        assertThat(face.neighbours()).isEmpty();
        assertThat(face.health().workers()).hasSize(2);
        List<ConnectionInfo> none = new ArrayList<>();
        face.connections(ConnectionFilter.ALL, none::add);
        assertThat(none).isEmpty();
    }

    @Test
    void theTableOfClientsSaysHowFullItIs() {
        Limits limits = bench.idle.workers.limits();
        assertThat(face.clientTable().counted()).isZero();
        assertThat(face.clientTable().countCapacity()).isEqualTo(limits.clients().places());
        assertThat(face.clientTable().rated()).isZero();
        assertThat(face.clientTable().rateCapacity()).isEqualTo(limits.clientRates().capacity());
    }

    @Test
    @SuppressWarnings({"NullAway", "FutureReturnValueIgnored"}) // callers that know no nullness
    void whatIsMissingIsNamed() {
        misses("changes", () -> face.submit((List<Change>) null));
        misses("function", () -> face.submit((TransactionFunction) null));
        misses("function", () -> face.apply((TransactionFunction) null));
        misses("changes", () -> face.apply((Change[]) null));
        misses("function", () -> face.submitAndCount(null));
        misses("function", () -> face.check(null));
        misses("key", () -> face.drain(null, SERVER.endpoint(), LIMIT));
        misses("limit", () -> face.drain(WEB, SERVER.endpoint(), null));
        misses("server", () -> face.reportHealth(WEB, null, true, "", 1));
        misses("reason", () -> face.reportHealth(WEB, SERVER.endpoint(), true, null, 1));
        misses("subject", () -> face.reportCondition(Condition.LINK_DOWN, null, ""));
        misses("event", () -> face.tell(null));
        misses("listener", () -> face.listen(null));
        misses("key", () -> face.status(null));
        misses("filter", () -> face.connections(null, each -> true));
        misses("visitor", () -> face.templates(TemplateFilter.ALL, null));
        misses("key", () -> face.counters(null));
    }
}
