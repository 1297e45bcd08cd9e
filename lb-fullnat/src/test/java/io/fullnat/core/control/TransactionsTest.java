// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.control;

import static io.fullnat.core.control.Drafting.LOCAL;
import static io.fullnat.core.control.Drafting.SERVER;
import static io.fullnat.core.control.Drafting.TLS;
import static io.fullnat.core.control.Drafting.WEB;
import static io.fullnat.core.control.Drafting.added;
import static io.fullnat.core.control.Drafting.address;
import static io.fullnat.core.control.Drafting.local;
import static io.fullnat.core.control.Drafting.service;
import static io.fullnat.core.control.TransactionBench.LIMIT;
import static io.fullnat.core.control.TransactionBench.refused;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import io.fullnat.api.control.BalancerEvent;
import io.fullnat.api.control.Change;
import io.fullnat.api.health.HealthCheck;
import io.fullnat.api.health.HealthPolicy;
import io.fullnat.api.health.NamedProbe;
import io.fullnat.api.health.ServiceHealth;
import io.fullnat.api.service.ServicePolicy;
import io.fullnat.api.service.VirtualService;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.agrona.concurrent.YieldingIdleStrategy;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// What [Transactions] make of requests: how they come into force, step by step, and that one that
/// does not leaves nothing behind.
@Timeout(60)
class TransactionsTest {
    private static final Change LAN = address("10.0.1.1/24", "lan");
    private static final Change VLAN = address("10.0.7.1/24", "lan.7");
    private static final Change WEB_ADDED = added(whole());

    private TransactionBench bench = new TransactionBench();
    private int threads;

    @AfterEach
    void close() {
        bench.close();
    }

    /// With a server that is checked and a local address.
    private static VirtualService whole() {
        HealthPolicy health =
                HealthPolicy.builder()
                        .checks(
                                List.of(
                                        HealthCheck.builder(NamedProbe.of("own"))
                                                .initial(HealthCheck.Initial.DOWN)
                                                .build()))
                        .build();
        return service(WEB)
                .withPolicy(ServicePolicy.DEFAULT.withHealth(health))
                .withRealServer(SERVER)
                .withLocalAddress(local(LOCAL, "lan"));
    }

    private static Change faulty() {
        return added(service(TLS).withScheduler("faulty").withRealServer(SERVER));
    }

    /// Nothing is left of a transaction that had [#VLAN] and [#WEB_ADDED].
    private void assertNothingIsLeft() {
        assertThat(bench.desired().services()).isEmpty();
        assertThat(bench.desired().addresses()).isEmpty();
        assertThat(bench.desired().revision()).isZero();
        assertThat(bench.events).isEmpty();
        assertThat(bench.devices.count()).isEqualTo(2);
        assertThat(bench.rules()).isZero();
        assertThat(bench.health.health(WEB)).isEqualTo(ServiceHealth.UNKNOWN);
        bench.clock.advance(Duration.ofSeconds(1));
        bench.poll();
        assertThat(bench.resources.services().find(WEB)).isEqualTo(-1);
        assertThat(bench.resources.mayReclaim()).isFalse();
        bench.probes.clear();
        CompletableFuture<Void> again = bench.submit(WEB_ADDED);
        bench.poll();
        assertThat(bench.probes).as("made anew").containsExactly("own");
        bench.run();
        assertThat(again).isCompleted();
        bench.inForce(VLAN);
        assertThat(bench.devices.count()).isEqualTo(3);
        assertThat(bench.rules()).isEqualTo(4);
        assertThat(bench.resources.services().find(WEB)).isZero();
    }

    @Test
    void aTransactionIsInForceWhenAllWorkersWorkByIt() {
        CompletableFuture<Void> done = bench.submit(LAN, WEB_ADDED);
        assertThat(bench.poll()).isOne();
        assertThat(bench.poll()).as("until all have prepared").isZero();
        bench.first.work();
        assertThat(bench.poll()).isZero();
        bench.second.work();
        assertThat(bench.poll()).as("published").isZero();
        bench.first.work();
        assertThat(bench.poll()).as("one does not work by it").isZero();
        bench.second.look();
        assertThat(bench.poll()).as("connections have not ended").isZero();
        assertThat(done).isNotDone();
        assertThat(bench.desired().revision()).isZero();
        assertThat(bench.events).isEmpty();
        assertThat(bench.health.health(WEB)).isEqualTo(ServiceHealth.UNKNOWN);

        bench.second.purge(0);
        assertThat(bench.poll()).isOne();
        assertThat(done).isCompleted();
        assertThat(bench.desired().revision()).isOne();
        assertThat(bench.desired().services()).containsOnlyKeys(WEB);
        assertThat(bench.transactions.source().read().services()).hasSize(1);
        assertThat(bench.events)
                .containsExactly(new BalancerEvent.Applied(1, List.of(LAN, WEB_ADDED)));
        assertThat(bench.health.health(WEB)).isNotEqualTo(ServiceHealth.UNKNOWN);
        assertThat(bench.poll()).isZero();
        assertThat(bench.first.views()).isOne();
    }

    /// Rules are there before a worker can choose a port; probes know of servers before they get
    /// connections.
    @Test
    void whatWorkersNeedIsThereBeforeTheyAreOfferedAState() {
        assertThat(bench.idle.workers.health().server(0)).isPositive();
        var _ = bench.submit(LAN, WEB_ADDED);
        bench.poll();
        assertThat(bench.rules()).isEqualTo(4);
        assertThat(bench.idle.workers.health().server(0)).as("its share, as it is down").isZero();
    }

    private static Stream<Change> wrong() {
        return Stream.of(
                new Change.RemoveService(TLS, false),
                address("10.0.8.1/24", "dmz"),
                added(whole()),
                added(service(TLS).withLocalAddress(local("192.0.2.80", "lan"))));
    }

    @ParameterizedTest
    @MethodSource("wrong")
    void ofTwoChangesOfWhichTheSecondIsRefusedNothingIsLeft(Change wrong) {
        Object before = bench.transactions.source();
        CompletableFuture<Void> done = bench.submit(VLAN, WEB_ADDED, wrong);
        assertThat(bench.poll()).isOne();
        assertThat(done).isCompletedExceptionally();
        assertThat(done.exceptionNow()).isInstanceOf(BalancerException.class);
        assertThat(bench.transactions.source()).isSameAs(before);
        assertThat(bench.faults()).isZero();
        bench.run();
        assertThat(bench.first.views()).isZero();
        assertNothingIsLeft();
    }

    @Test
    void aRefusalIsTheCallersAsItWasMade() {
        CompletableFuture<Void> done = bench.submit(LAN, new Change.RemoveService(TLS, false));
        bench.poll();
        refused(done, ErrorCode.NO_SERVICE, "no service " + TLS);
    }

    @Test
    void aSchedulerThatCannotBeMadeIsAFaultAndNothingIsLeft() {
        bench.schedulerFault = new IllegalStateException("no luck");
        CompletableFuture<Void> done = bench.submit(VLAN, WEB_ADDED, faulty());
        bench.run();
        refused(
                done,
                ErrorCode.INTERNAL,
                "nothing was changed: building a transaction failed by a fault, which the log"
                        + " shows: no luck");
        assertThat(done.exceptionNow()).hasCause(bench.schedulerFault);
        assertThat(bench.faults()).isOne();
        assertThat(bench.first.views()).isZero();
        assertNothingIsLeft();
    }

    private static Stream<RuntimeException> withoutWords() {
        return Stream.of(new IllegalStateException(), new NullPointerException("\"a\" is null"));
    }

    @ParameterizedTest
    @MethodSource("withoutWords")
    void aFaultThatSaysNothingToACallerIsNotQuoted(RuntimeException fault) {
        CompletableFuture<Void> done =
                bench.submit(present -> {
                    throw fault;
                });
        bench.poll();
        refused(
                done,
                ErrorCode.INTERNAL,
                "nothing was changed: a transaction function failed by a fault, which the log"
                        + " shows");
        assertThat(bench.faults()).isOne();
    }

    @Test
    void whatAFunctionRefusesIsRefusedInItsWords() {
        BalancerException refusal = new BalancerException(ErrorCode.CAPACITY, "not today");
        CompletableFuture<Void> done =
                bench.submit(present -> {
                    throw refusal;
                });
        bench.poll();
        assertThat(done.exceptionNow()).isSameAs(refusal);
        assertThat(bench.faults()).isZero();
    }

    @Test
    void aFunctionIsAskedByTheStateInForce() {
        bench.inForce(LAN);
        var _ = bench.submit(VLAN);
        CompletableFuture<Void> done =
                bench.submit(present -> {
                    assertThat(present.addresses()).hasSize(2);
                    return List.of(WEB_ADDED);
                });
        bench.run();
        assertThat(done).isCompleted();
        assertThat(bench.desired().revision()).isEqualTo(3);
    }

    @Test
    void aThreadFactoryThatThrowsRefusesFunctionsAndNothingElse() {
        bench.close();
        bench =
                new TransactionBench(task -> {
                    throw new IllegalStateException("no thread");
                });
        CompletableFuture<Void> done = bench.submit(present -> List.of(LAN));
        assertThat(bench.poll()).isOne();
        refused(
                done,
                ErrorCode.INTERNAL,
                "nothing was changed: asking a transaction function failed by a fault, which the"
                        + " log shows: no thread");
        bench.inForce(LAN);
    }

    @Test
    void aCheckSaysWhatWouldBeChangedAndLeavesNothing() {
        CompletableFuture<List<Change>> right = bench.check(VLAN, WEB_ADDED);
        CompletableFuture<List<Change>> wrong = bench.check(VLAN, WEB_ADDED, WEB_ADDED);
        assertThat(bench.poll()).isOne();
        assertThat(right).isCompletedWithValue(List.of(VLAN, WEB_ADDED));
        assertThat(wrong).isNotDone();
        bench.run();
        assertThat(wrong).isCompletedExceptionally();
        assertThat(bench.first.views()).isZero();
        assertNothingIsLeft();
    }

    @Test
    void aWorkerThatRefusesHasNothingChanged() {
        bench.second.refuse("no room");
        CompletableFuture<Void> done = bench.submit(VLAN, WEB_ADDED);
        bench.poll();
        bench.first.work();
        bench.second.work();
        assertThat(bench.poll()).isOne();
        refused(done, ErrorCode.WORKER_REFUSED, "worker 1 refused: no room; nothing was changed");
        bench.second.refuse(null);
        assertNothingIsLeft();
    }

    @Test
    void aWorkerThatDoesNotAnswerHasNothingChanged() {
        CompletableFuture<Void> done = bench.submit(VLAN, WEB_ADDED);
        bench.poll();
        bench.first.work();
        bench.clock.advance(Duration.ofMillis(1999));
        assertThat(bench.poll()).isZero();
        bench.clock.advance(Duration.ofMillis(1));
        assertThat(bench.poll()).isOne();
        refused(
                done,
                ErrorCode.WORKER_TIMEOUT,
                "worker 1 did not answer within 2000 ms; nothing was changed");
        bench.second.work();
        assertNothingIsLeft();
    }

    /// Its inbox has room for eight.
    @Test
    void aWorkerThatDoesNotLookAtWhatItIsOfferedIsOfferedNoMore() {
        for (int i = 0; i < 8; i++) {
            var _ = bench.submit(LAN);
            bench.poll();
            bench.first.work();
            bench.clock.advance(Duration.ofSeconds(2));
            assertThat(bench.poll()).isOne();
        }
        CompletableFuture<Void> done = bench.submit(VLAN, WEB_ADDED);
        assertThat(bench.poll()).isOne();
        refused(
                done,
                ErrorCode.WORKER_TIMEOUT,
                "worker 1 does not take new states; nothing was changed");
        assertThat(bench.faults()).isZero();
        bench.run();
        assertNothingIsLeft();
    }

    @Test
    void aFaultWhileAStateIsOfferedHasNothingChanged() {
        bench.clockFault = new IllegalStateException("no time");
        bench.clockReadings = 1; // the first is that of the changes
        CompletableFuture<Void> done = bench.submit(VLAN, WEB_ADDED);
        assertThat(bench.poll()).isOne();
        assertThat(done).isCompletedExceptionally();
        assertThat(done.exceptionNow()).hasMessage("no time");
        assertThat(bench.faults()).isOne();
        assertThat(bench.first.views()).isZero();
        assertNothingIsLeft();
    }

    @Test
    void whatTakesLongAfterAllHavePreparedIsInForceNonetheless() {
        CompletableFuture<Void> done = bench.submit(LAN);
        bench.poll();
        bench.first.work();
        bench.second.work();
        bench.poll();
        bench.first.work();
        bench.clock.advance(LIMIT.minusNanos(1));
        bench.poll();
        assertThat(done).isNotDone();
        bench.clock.advance(Duration.ofNanos(1));
        assertThat(bench.poll()).isZero();
        refused(
                done,
                ErrorCode.TRANSACTION_TIMEOUT,
                "the transaction was not done within its limit of 10000 ms: it is in force, but"
                        + " worker 1 has not finished taking it over yet");
        assertThat(bench.desired().revision()).isZero();
        CompletableFuture<Void> next = bench.submit(VLAN);
        assertThat(bench.poll()).isZero();
        bench.second.work();
        assertThat(bench.poll()).isOne();
        assertThat(bench.desired().revision()).isOne();
        assertThat(bench.events).containsExactly(new BalancerEvent.Applied(1, List.of(LAN)));
        bench.run();
        assertThat(next).isCompleted();
    }

    @Test
    void requestsHaveTheirTurnsInOrderAndOneThatWaitsForTooLongIsRefused() {
        CompletableFuture<Void> one = bench.submit(LAN);
        bench.poll();
        bench.clock.advance(Duration.ofSeconds(1));
        CompletableFuture<Void> late = bench.submit(VLAN);
        bench.first.work();
        bench.second.work();
        bench.poll();
        bench.clock.advance(LIMIT);
        CompletableFuture<Void> last = bench.submit(WEB_ADDED);
        bench.poll();
        refused(
                late,
                ErrorCode.TRANSACTION_TIMEOUT,
                "the transaction was not done within its limit of 10000 ms: it waited for others");
        assertThat(one).isCompletedExceptionally();
        bench.run();
        assertThat(last).isCompleted();
        assertThat(bench.events)
                .containsExactly(
                        new BalancerEvent.Applied(1, List.of(LAN)),
                        new BalancerEvent.Applied(2, List.of(WEB_ADDED)));
    }

    @Test
    void whatIsCancelledBeforeItsTurnDoesNotHappen() {
        CompletableFuture<Void> first = bench.submit(LAN);
        CompletableFuture<Void> second = bench.submit(VLAN);
        bench.poll();
        second.cancel(false);
        bench.run();
        assertThat(first).isCompleted();
        assertThat(bench.desired().addresses()).hasSize(1);
        assertThat(bench.desired().revision()).isOne();
    }

    @Test
    void whatIsCancelledOnItsWayToTheWorkersComesIntoForce() {
        CompletableFuture<Void> done = bench.submit(LAN);
        bench.poll();
        done.cancel(false);
        bench.run();
        assertThat(bench.desired().revision()).isOne();
    }

    @Test
    void aFunctionMayCancelItsOwnTransaction() {
        AtomicReference<Future<Void>> done = new AtomicReference<>();
        done.set(
                bench.submit(present -> {
                    done.get().cancel(false);
                    return List.of(LAN);
                }));
        assertThat(bench.poll()).isOne();
        bench.run();
        assertThat(bench.first.views()).isZero();
    }

    @Test
    void aFunctionThatTakesItsTimeIsWaitedForAndOthersWithIt() throws InterruptedException {
        bench.close();
        CountDownLatch asked = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        bench = new TransactionBench(Thread.ofPlatform().daemon()::unstarted);
        CompletableFuture<Void> slow =
                bench.submit(present -> {
                    asked.countDown();
                    await(go);
                    return List.of(LAN);
                });
        CompletableFuture<Void> next = bench.submit(VLAN);
        assertThat(bench.poll()).isOne();
        asked.await();
        assertThat(bench.poll()).isZero();
        assertThat(next).isNotDone();
        go.countDown();
        int work;
        do {
            YieldingIdleStrategy.INSTANCE.idle();
            work = bench.poll();
        } while (work == 0);
        assertThat(work).isOne();
        bench.run();
        assertThat(slow).isCompleted();
        assertThat(next).isCompleted();
        assertThat(bench.desired().revision()).isEqualTo(2);
        bench.transactions.close();
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /// The threads never ask.
    private TransactionBench withoutAnAnswer() {
        bench.close();
        return new TransactionBench(task -> {
            threads++;
            return new Thread(() -> {});
        });
    }

    @Test
    void aFunctionThatDoesNotAnswerIsLeftBehindAtTheLimit() {
        bench = withoutAnAnswer();
        CompletableFuture<Void> done = bench.submit(present -> List.of(LAN));
        bench.poll();
        bench.clock.advance(LIMIT.minusNanos(1));
        assertThat(bench.poll()).isZero();
        assertThat(done).isNotDone();
        CompletableFuture<Void> next = bench.submit(VLAN);
        bench.clock.advance(Duration.ofNanos(1));
        assertThat(bench.poll()).isOne();
        refused(
                done,
                ErrorCode.TRANSACTION_TIMEOUT,
                "the transaction was not done within its limit of 10000 ms: its transaction"
                        + " function had not decided; nothing was changed");
        bench.run();
        assertThat(next).isCompleted();
        var _ = bench.submit(present -> List.of(LAN));
        bench.poll();
        assertThat(threads).as("another for the next").isEqualTo(2);
    }

    @Test
    void aFunctionWhoseCallerHasCancelledIsNotWaitedFor() {
        bench = withoutAnAnswer();
        CompletableFuture<Void> done = bench.submit(present -> List.of(LAN));
        CompletableFuture<Void> next = bench.submit(VLAN);
        bench.poll();
        assertThat(bench.poll()).isZero();
        done.cancel(false);
        assertThat(bench.poll()).isOne();
        bench.run();
        assertThat(next).isCompleted();
    }
}
