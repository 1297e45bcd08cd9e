// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fullnat.api.control.BalancerEvent;
import io.fullnat.api.control.BalancerListener;
import io.fullnat.api.counter.Counter;
import io.fullnat.core.LogCapture;
import io.fullnat.core.transmit.FaultLog;
import io.fullnat.core.transmit.TestCounters;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import org.agrona.concurrent.YieldingIdleStrategy;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Callbacks in their order: [SerialExecutor], and [EventStream], which has one for each listener.
@Timeout(60)
class SerialExecutorTest {
    private final TestCounters memory = new TestCounters();
    private final FaultLog faults = memory.counters.faults();
    private final LogCapture log = new LogCapture();
    private final Queue<Runnable> handed = new ArrayDeque<>();
    private final SerialExecutor serial = new SerialExecutor(handed::add, faults, "a callback");
    private final List<Integer> done = new ArrayList<>();

    @AfterEach
    void free() {
        log.close();
        memory.close();
    }

    private long faultCount() {
        return memory.counters.get(Counter.FAULTS);
    }

    @Test
    void theExecutorIsAskedOnceForAllThatIsAddedMeanwhile() {
        for (int i = 0; i < 3; i++) {
            int number = i;
            serial.add(() -> done.add(number));
        }
        assertThat(handed).hasSize(1);
        assertThat(serial.waiting()).isEqualTo(3);

        handed.remove().run();
        assertThat(done).containsExactly(0, 1, 2);
        assertThat(serial.waiting()).isZero();

        serial.add(() -> done.add(3));
        handed.remove().run();
        assertThat(done).endsWith(3);
    }

    @Test
    void aTaskThatThrowsIsToldAndThoseBehindItRun() {
        serial.add(() -> {
            throw new AssertionError("one's own");
        });
        serial.add(() -> done.add(1));
        handed.remove().run();

        assertThat(done).containsExactly(1);
        assertThat(faultCount()).isOne();
        assertThat(log.with("a callback failed")).hasSize(1);
    }

    @Test
    void anExecutorThatRefusesIsToldAndTheTasksRunNevertheless() throws InterruptedException {
        CountDownLatch ran = new CountDownLatch(2);
        SerialExecutor refused =
                new SerialExecutor(
                        task -> {
                            throw new RejectedExecutionException("full");
                        },
                        faults,
                        "a callback");
        refused.add(ran::countDown);
        refused.add(ran::countDown);
        ran.await();

        assertThat(faultCount()).isPositive();
        assertThat(log.with("the executor of callbacks failed")).hasSize(1);
    }

    @Test
    void aTaskIsNotOvertakenWhileNobodyWaitsBehindIt() {
        serial.add(() -> {});
        handed.remove(); // begun, and never ends
        serial.add(() -> done.add(1));

        serial.overtake();

        assertThat(handed).as("its time is not over").isEmpty();
    }

    /// A task waits for one behind it: after a second that one runs beside it.
    @Test
    void aTaskThatWaitsForOneBehindItIsOvertaken() throws InterruptedException, ExecutionException {
        CountDownLatch behind = new CountDownLatch(1);
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            SerialExecutor busy = new SerialExecutor(threads, faults, "a callback");
            CountDownLatch waited = new CountDownLatch(1);
            busy.add(() -> {
                try {
                    behind.await();
                } catch (InterruptedException interrupted) {
                    throw new IllegalStateException(interrupted);
                }
                waited.countDown();
            });
            busy.add(behind::countDown);
            busy.release();
            waited.await();
        }
        assertThat(faultCount()).isZero();
    }

    private static BalancerEvent event() {
        return new BalancerEvent.Fault("something");
    }

    @Test
    void eachListenerHearsAllInOrderAndOneThatThrowsHindersNobody() {
        EventStream events = new EventStream(Runnable::run, faults);
        List<BalancerEvent> heard = new ArrayList<>();
        BalancerListener bad =
                e -> {
                    throw new IllegalStateException("not today");
                };
        events.add(bad);
        events.add(heard::add);
        BalancerEvent first = event();
        BalancerEvent second = event();

        events.tell(first);
        events.tell(second);

        assertThat(heard).containsExactly(first, second);
        assertThat(faultCount()).isEqualTo(2);
        events.remove(bad);
        events.tell(first);
        assertThat(faultCount()).isEqualTo(2);
    }

    @Test
    void aListenerThatHangsLosesWhatIsTooMuchForIt() {
        EventStream events = new EventStream(handed::add, faults);
        List<BalancerEvent> heard = new ArrayList<>();
        events.add(heard::add);
        for (int i = 0; i < EventStream.MOST_WAITING + 5; i++) {
            events.tell(event());
        }
        assertThat(faultCount()).isEqualTo(5);

        handed.remove().run();

        assertThat(heard).hasSize(EventStream.MOST_WAITING);
    }

    @Test
    void nobodyReadsOnceTheGateIsShut() {
        ReaderGate gate = new ReaderGate();
        assertThat(gate.<Integer>read(() -> 7)).isEqualTo(7);
        assertThatThrownBy(() ->
                        gate.read(() -> {
                            throw new IllegalStateException("a reading fails");
                        }))
                .hasMessage("a reading fails");

        gate.shut(); // waits for nobody: the one that failed has left

        assertThatThrownBy(() -> gate.read(() -> 7)).hasMessageContaining("is closed");
        assertThatThrownBy(gate::enter).hasMessageContaining("is closed");
    }

    @Test
    void shuttingTheGateWaitsForThoseWhoRead() throws Exception {
        ReaderGate gate = new ReaderGate();
        long stamp = gate.enter();
        Thread shutting = Thread.ofPlatform().start(gate::shut);
        while (shutting.getState() != Thread.State.WAITING) {
            assertThat(shutting.isAlive()).isTrue();
            YieldingIdleStrategy.INSTANCE.idle();
        }
        gate.leave(stamp);
        shutting.join();

        assertThatThrownBy(gate::enter).hasMessageContaining("is closed");
    }
}
