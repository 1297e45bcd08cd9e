// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.control;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.control.Change;
import io.fullnat.api.control.DesiredState;
import io.fullnat.api.control.TransactionFunction;
import io.fullnat.api.network.InterfaceAddress;
import io.fullnat.core.control.TransactionFunctions.Question;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.agrona.concurrent.YieldingIdleStrategy;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// On which thread an application is asked for changes, and what becomes of one that does not
/// answer: [TransactionFunctions]; and who waits for the end of a drain: [Drains].
@Timeout(60)
class TransactionFunctionsTest {
    private static final Change CHANGE =
            new Change.AddAddress(InterfaceAddress.of("10.0.0.1/24", "lan"));

    private static final DesiredState NOTHING = DesiredState.EMPTY;

    private final AtomicInteger woken = new AtomicInteger();
    private final List<Thread> threads = new ArrayList<>();
    private final WaitGuard guard = WaitGuard.ofThreads();
    private final TransactionFunctions beside =
            new TransactionFunctions(this::thread, guard, woken::incrementAndGet);

    private Thread thread(Runnable task) {
        Thread thread = Thread.ofPlatform().daemon().unstarted(task);
        threads.add(thread);
        return thread;
    }

    private static void until(Question question) {
        while (!question.isAnswered()) {
            YieldingIdleStrategy.INSTANCE.idle();
        }
    }

    @Test
    void aFunctionIsAskedOnAThreadOfItsOwnAndControlIsWoken() throws InterruptedException {
        AtomicReference<Thread> asked = new AtomicReference<>();
        TransactionFunction function =
                present -> {
                    asked.set(Thread.currentThread());
                    return List.of(CHANGE);
                };
        for (int i = 0; i < 3; i++) {
            Question question = beside.ask(function, NOTHING);
            until(question);
            assertThat(question.changes()).containsExactly(CHANGE);
            assertThat(question.fault()).isNull();
        }
        assertThat(threads).as("one for all").hasSize(1);
        assertThat(asked.get()).isSameAs(threads.getFirst());
        beside.exit();
        threads.getFirst().join();
        assertThat(woken.get()).isEqualTo(3);
    }

    @Test
    void whatIsAlwaysTheSameIsAnsweredAtOnce() {
        Question question = beside.ask(new TransactionFunctions.Fixed(List.of(CHANGE)), NOTHING);

        assertThat(question.isAnswered()).isTrue();
        assertThat(question.changes()).containsExactly(CHANGE);
        assertThat(threads).isEmpty();
    }

    @Test
    void withoutThreadsTheCallersIsUsed() {
        TransactionFunctions here = new TransactionFunctions(null, guard, woken::incrementAndGet);

        assertThat(here.ask(present -> List.of(CHANGE), NOTHING).isAnswered()).isTrue();
    }

    @Test
    void whatAFunctionThrowsIsItsAnswer() {
        Question question =
                beside.ask(
                        present -> {
                            throw new StackOverflowError("an error, even");
                        },
                        NOTHING);
        until(question);

        assertThat(question.fault()).isInstanceOf(StackOverflowError.class);
        assertThat(question.changes()).isEmpty();
        beside.exit();
    }

    @Test
    void aFunctionThatHangsIsInterruptedAndTheNextHasAnotherThread() throws InterruptedException {
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch never = new CountDownLatch(1);
        Question hanging =
                beside.ask(
                        present -> {
                            begun.countDown();
                            try {
                                never.await();
                            } catch (InterruptedException interrupted) {
                                throw new IllegalStateException("interrupted", interrupted);
                            }
                            return List.of(CHANGE);
                        },
                        NOTHING);
        begun.await();
        beside.exit();

        Question next = beside.ask(present -> List.of(CHANGE), NOTHING);
        until(next);
        assertThat(next.changes()).containsExactly(CHANGE);
        assertThat(threads).hasSize(2);
        until(hanging);
        assertThat(hanging.fault()).hasMessage("interrupted");
        beside.exit();
        for (Thread thread : threads) {
            thread.join();
        }
    }

    @Test
    void aDrainEndsWhenNothingIsLeftOrItsTimeIsOver() {
        Drains drains = new Drains();
        long[] left = {2, 3};
        Answer<Void> first = Answer.forNobody();
        Answer<Void> second = Answer.forNobody();
        drains.add("10.0.0.1", () -> left[0], first, 5_000_000_000L);
        drains.add("10.0.0.2", () -> left[1], second, 1_000_000_000L);

        drains.poll(200_000_000);
        assertThat(first).isNotDone();
        left[0] = 0;
        drains.poll(250_000_000);
        assertThat(first).as("looked at ten times a second").isNotDone();
        drains.poll(300_000_000);
        assertThat(first).isCompleted();
        drains.poll(1_000_000_000);

        assertThat(second).isCompletedExceptionally();
        assertThat(second.exceptionNow())
                .hasMessageContaining("10.0.0.2 has 3 connections at the end of the limit");
    }

    @Test
    void whoWaitsWhenTheBalancerIsClosedIsToldSo() {
        Drains drains = new Drains();
        Answer<Void> before = Answer.forNobody();
        drains.add("10.0.0.1", () -> 1, before, Long.MAX_VALUE);
        drains.close();
        Answer<Void> after = Answer.forNobody();
        drains.add("10.0.0.1", () -> 1, after, Long.MAX_VALUE);

        assertThat(before.exceptionNow()).hasMessageContaining("closed");
        assertThat(after.exceptionNow()).hasMessageContaining("closed");
    }
}
