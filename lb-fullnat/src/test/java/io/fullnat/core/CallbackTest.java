// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import io.fullnat.api.control.Change;
import io.fullnat.api.control.Control;
import io.fullnat.api.counter.Counter;
import io.fullnat.api.network.InterfaceAddress;
import io.fullnat.core.memoryio.InMemoryIo;
import io.fullnat.core.memoryio.PortSettings;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// What an application attaches to transactions, and what it waits for, cannot stop the balancer.
@Timeout(60)
class CallbackTest {
    private final InMemoryIo io =
            InMemoryIo.builder()
                    .wire(
                            PortSettings.of("wan", "02:00:00:00:00:01").withQueues(2),
                            PortSettings.of("client", "02:00:00:00:00:02"))
                    .open();
    private @Nullable FullNatBalancer balancer;

    private FullNatBalancer start(UnaryOperator<BalancerBuilder> options) {
        balancer =
                options.apply(FullNatBalancer.builder(io).workers(2).connections(64).seed(1))
                        .start();
        return balancer;
    }

    private FullNatBalancer start() {
        return start(builder -> builder);
    }

    private FullNatBalancer build() {
        balancer = FullNatBalancer.builder(io).workers(2).connections(64).seed(1).build();
        return balancer;
    }

    @AfterEach
    void close() {
        if (balancer != null) {
            balancer.close();
        }
        io.close();
    }

    private static InterfaceAddress address(int number) {
        return InterfaceAddress.of("192.0.2." + number + "/24", "wan");
    }

    private static List<Change> add(int number) {
        return List.of(new Change.AddAddress(address(number)));
    }

    private static <T> T get(CompletableFuture<T> future) throws Exception {
        return future.get(30, TimeUnit.SECONDS);
    }

    private static void assertWouldDeadlock(Throwable thrown) {
        assertThat(thrown)
                .isInstanceOf(BalancerException.class)
                .hasMessageContaining("would wait for")
                .extracting(refusal -> ((BalancerException) refusal).code())
                .isEqualTo(ErrorCode.WOULD_DEADLOCK);
    }

    @Test
    void aContinuationMayUseTheWholeApi() throws Exception {
        FullNatBalancer started = start();

        get(
                started.control()
                        .submit(add(1))
                        .thenRun(() -> started.network().addAddress(address(2)))
                        .thenRun(() -> started.control().submit(add(3)).join())
                        .thenCompose(done -> started.control().submit(add(4))));

        assertThat(started.control().desired().addresses()).hasSize(4);
    }

    @Test
    void aContinuationMayWaitForAContinuation() throws Exception {
        FullNatBalancer started = start();
        List<String> order = Collections.synchronizedList(new ArrayList<>());

        get(
                started.control()
                        .submit(add(1))
                        .thenRun(() -> {
                            started.control()
                                    .submit(add(2))
                                    .thenRun(() -> order.add("inner"))
                                    .join();
                            order.add("outer");
                        }));

        assertThat(order).containsExactly("inner", "outer");
    }

    @Test
    void aContinuationThatNeverEndsHoldsUpNobody() throws Exception {
        FullNatBalancer started = start();
        CountDownLatch never = new CountDownLatch(1);
        CompletableFuture<Void> stuck =
                started.control().submit(add(1)).thenRun(() -> awaitForEver(never));

        started.network().addAddress(address(2));
        get(started.control().submit(add(3)));
        started.close();

        assertThat(stuck).isNotDone();
        never.countDown();
        get(stuck);
    }

    private static void awaitForEver(CountDownLatch never) {
        try {
            never.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void aContinuationMayCloseTheBalancer() throws Exception {
        FullNatBalancer started = start();

        get(started.control().submit(add(1)).thenRun(started::close));

        assertThatThrownBy(() -> started.network().addAddress(address(2)))
                .hasMessageContaining("closed");
    }

    @Test
    void continuationsRunInTheOrderOfTheirTransactions() throws Exception {
        FullNatBalancer started = start();
        List<Integer> order = Collections.synchronizedList(new ArrayList<>());
        List<CompletableFuture<Void>> all = new ArrayList<>();
        for (int i = 1; i <= 100; i++) {
            int number = i;
            all.add(started.control().submit(add(number)).thenRun(() -> order.add(number)));
        }
        get(CompletableFuture.allOf(all.toArray(CompletableFuture[]::new)));

        assertThat(order).hasSize(100).isSorted();
    }

    @Test
    void continuationsRunOnTheExecutorThatIsGiven() throws Exception {
        try (ExecutorService own =
                Executors.newSingleThreadExecutor(
                        Thread.ofPlatform().name("the application's").factory())) {
            FullNatBalancer started = start(builder -> builder.callbacks(own));
            CountDownLatch attached = new CountDownLatch(1);
            own.execute(() -> awaitForEver(attached)); // so that it is attached before it completes
            CompletableFuture<String> name =
                    started.control()
                            .submit(add(1))
                            .thenApply(done -> Thread.currentThread().getName());
            attached.countDown();

            assertThat(get(name)).isEqualTo("the application's");
        }
    }

    @Test
    void anExecutorThatRejectsIsReportedAndReplaced() throws Exception {
        try (LogCapture log = new LogCapture()) {
            FullNatBalancer started =
                    start(builder ->
                            builder.callbacks(task -> {
                                throw new RejectedExecutionException("full");
                            }));

            get(started.control().submit(add(1)));

            assertThat(started.counters().total(Counter.FAULTS)).isPositive();
            assertThat(log.with("the executor of callbacks failed")).hasSize(1);
        }
    }

    @Test
    void aPlanMustNotWaitForATransaction() {
        FullNatBalancer started = start();
        AtomicReference<Throwable> applied = new AtomicReference<>();
        AtomicReference<Throwable> joined = new AtomicReference<>();
        AtomicReference<Throwable> checked = new AtomicReference<>();

        started.control()
                .apply(present -> {
                    applied.set(catchThrowable(() -> started.network().addAddress(address(1))));
                    joined.set(catchThrowable(() -> started.control().submit(add(2)).join()));
                    checked.set(
                            catchThrowable(
                                    () -> Control.await(started.control().check(other -> add(3)))));
                    return List.of();
                });

        assertWouldDeadlock(applied.get());
        assertWouldDeadlock(joined.get());
        assertWouldDeadlock(checked.get());
        started.network().addAddress(address(4));
    }

    @Test
    void aPlanThatNeverEndsIsGivenUp() throws Exception {
        FullNatBalancer started =
                start(builder -> builder.transactionLimit(Duration.ofMillis(300)));
        CountDownLatch never = new CountDownLatch(1);
        CompletableFuture<Void> stuck =
                started.control()
                        .submit(present -> {
                            boolean interrupted = false;
                            while (never.getCount() > 0) { // an interrupt does not help either
                                interrupted |= Thread.interrupted();
                            }
                            assertThat(interrupted).isTrue();
                            return add(1);
                        });

        assertThatThrownBy(() -> get(stuck))
                .cause()
                .hasMessageContaining("300 ms")
                .hasMessageContaining("nothing was changed")
                .extracting(refusal -> ((BalancerException) refusal).code())
                .isEqualTo(ErrorCode.TRANSACTION_TIMEOUT);
        started.network().addAddress(address(2));
        started.close();
        never.countDown();
        assertThat(started.control().desired().addresses().keySet())
                .extracting(Object::toString)
                .containsExactly("192.0.2.2");
    }

    @Test
    void aTransactionCancelledBeforeItsTurnIsNotApplied() throws Exception {
        FullNatBalancer started = start();
        CountDownLatch decide = new CountDownLatch(1);
        CompletableFuture<Void> before =
                started.control()
                        .submit(present -> {
                            awaitForEver(decide);
                            return add(1);
                        });
        CompletableFuture<Void> cancelled = started.control().submit(add(2));
        CompletableFuture<Void> after = started.control().submit(add(3));

        assertThat(cancelled.cancel(false)).isTrue();
        decide.countDown();
        get(before);
        get(after);

        assertThat(started.control().desired().addresses().keySet())
                .extracting(Object::toString)
                .containsExactly("192.0.2.1", "192.0.2.3");
    }

    @Test
    void aTransactionWhosePlanIsBeingAskedCanBeCancelled() throws Exception {
        FullNatBalancer started = start();
        CountDownLatch asked = new CountDownLatch(1);
        CountDownLatch never = new CountDownLatch(1);
        CompletableFuture<Void> cancelled =
                started.control()
                        .submit(present -> {
                            asked.countDown();
                            awaitForEver(never);
                            return add(1);
                        });
        asked.await();
        assertThat(cancelled.cancel(false)).isTrue();

        started.network().addAddress(address(2));

        assertThat(started.control().desired().addresses()).hasSize(1);
    }

    @Test
    void closingEndsATransactionWhosePlanHangs() throws Exception {
        FullNatBalancer started = start();
        CountDownLatch asked = new CountDownLatch(1);
        CountDownLatch never = new CountDownLatch(1);
        CompletableFuture<Void> hanging =
                started.control()
                        .submit(present -> {
                            asked.countDown();
                            awaitForEver(never);
                            return add(1);
                        });
        CompletableFuture<Void> behind = started.control().submit(add(2));
        asked.await();

        started.close();

        for (CompletableFuture<Void> each : List.of(hanging, behind)) {
            assertThatThrownBy(() -> get(each))
                    .cause()
                    .extracting(refusal -> ((BalancerException) refusal).code())
                    .isEqualTo(ErrorCode.CLOSED);
        }
    }

    @Test
    void theDrivingThreadOfABuiltBalancerMustNotWait() {
        FullNatBalancer built = build();
        built.doWork();

        assertWouldDeadlock(catchThrowable(() -> built.network().addAddress(address(1))));
        assertWouldDeadlock(catchThrowable(() -> built.control().submit(add(2)).join()));
        assertWouldDeadlock(catchThrowable(() -> get(built.control().submit(add(3)))));
        CompletableFuture<Void> done = built.control().submit(add(4));
        for (int i = 0; i < 20; i++) {
            built.doWork();
        }
        assertThat(done).isCompleted();
        done.join();
    }

    @Test
    void theThreadThatBuiltABalancerThatNobodyDrivesMustNotWait() {
        FullNatBalancer built = build();

        assertWouldDeadlock(catchThrowable(() -> built.network().addAddress(address(1))));
    }

    @Test
    void anotherThreadMayWaitForTheOneThatDrives() throws Exception {
        FullNatBalancer built = build();
        CompletableFuture<Void> applied =
                CompletableFuture.runAsync(() -> built.network().addAddress(address(1)));
        while (!applied.isDone()) {
            built.doWork();
        }
        get(applied);
    }

    @Test
    void continuationsOfABuiltBalancerRunWhereItIsDriven() {
        FullNatBalancer built = build();
        AtomicReference<Thread> where = new AtomicReference<>();
        AtomicReference<Throwable> waited = new AtomicReference<>();
        CompletableFuture<Void> done =
                built.control()
                        .submit(add(1))
                        .thenRun(() -> {
                            where.set(Thread.currentThread());
                            waited.set(
                                    catchThrowable(() -> built.network().addAddress(address(2))));
                            built.doWork(); // and may drive it
                        });
        for (int i = 0; i < 20; i++) {
            built.doWork();
        }

        assertThat(done).isCompleted();
        assertThat(where.get()).isSameAs(Thread.currentThread());
        assertWouldDeadlock(waited.get());
    }

    @Test
    void aPlanOfABuiltBalancerCanNeitherDriveNorCloseIt() {
        FullNatBalancer built = build();
        List<Throwable> thrown = new ArrayList<>();
        CompletableFuture<Void> done =
                built.control()
                        .submit(present -> {
                            thrown.add(catchThrowable(built::doWork));
                            thrown.add(catchThrowable(built::close));
                            return add(1);
                        });
        for (int i = 0; i < 20; i++) {
            built.doWork();
        }

        assertThat(done).isCompleted();
        assertThat(thrown)
                .extracting(refusal -> ((BalancerException) refusal).code())
                .containsExactly(ErrorCode.WOULD_DEADLOCK, ErrorCode.WOULD_DEADLOCK);
    }
}
