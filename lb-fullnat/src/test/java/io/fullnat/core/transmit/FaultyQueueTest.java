// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.transmit;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.ManualClock;
import io.fullnat.api.counter.Counter;
import io.fullnat.api.io.PacketBurst;
import io.fullnat.api.io.PortQueue;
import io.fullnat.api.io.Refusal;
import io.fullnat.core.LogCapture;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// What stands in the place of a queue or clock that throws: [FaultyQueue], [FaultyClock], their
/// [Pause] and the [FaultLog].
class FaultyQueueTest {
    private final TestCounters memory = new TestCounters();
    private final FaultLog faults = memory.counters.faults();
    private final LogCapture log = new LogCapture();
    private final List<String> told = new ArrayList<>();
    private final PacketBurst burst = new PacketBurst(8);
    private final Broken port = new Broken();

    @AfterEach
    void free() {
        log.close();
        memory.close();
    }

    /// Throws as long as it is broken, having put one packet into the burst.
    private static final class Broken implements PortQueue {
        private boolean broken = true;
        private int calls;

        @Override
        public int receive(PacketBurst burst) {
            calls++;
            burst.add(1, 0x100, 60, 0);
            if (broken) {
                throw new IllegalStateException("receive");
            }
            return burst.size();
        }

        @Override
        public int transmit(PacketBurst burst) {
            calls++;
            if (broken) {
                throw new IllegalStateException("transmit");
            }
            return burst.size();
        }

        @Override
        public Refusal refusal() {
            if (broken) {
                throw new IllegalStateException("refusal");
            }
            return Refusal.LINK_DOWN;
        }
    }

    private long faultCount() {
        return memory.counters.get(Counter.FAULTS);
    }

    @Test
    void whatAQueueHadReceivedBeforeItThrewIsReceived() {
        FaultyQueue queue = new FaultyQueue(port, "lan", faults);

        assertThat(queue.receive(burst)).isOne();
        assertThat(faultCount()).isOne();
    }

    @Test
    void aQueueThatGoesOnThrowingIsLeftAloneForASecond() {
        FaultyQueue queue = new FaultyQueue(port, "lan", faults);
        long start = System.nanoTime();
        for (int i = 0; i < 12; i++) {
            queue.receivingFailed(new IllegalStateException("again"), burst);
            queue.sendingFailed(new IllegalStateException("again"));
        }

        int received = queue.receive(burst);
        int sent = queue.transmit(burst);
        Refusal refusal = queue.refusal();

        if (System.nanoTime() - start < 1_000_000_000L) { // else it may have been tried again
            assertThat(received).isZero();
            assertThat(sent).isZero();
            assertThat(refusal).isEqualTo(Refusal.BUSY);
            assertThat(port.calls).isZero();
        }
    }

    @Test
    void aQueueThatThrowsSendsNothingAndIsBusy() {
        FaultyQueue queue = new FaultyQueue(port, "lan", faults);
        burst.add(1, 0x100, 60, 0);

        assertThat(queue.transmit(burst)).isZero();
        assertThat(queue.refusal()).isEqualTo(Refusal.BUSY);
        assertThat(burst.size()).as("still the caller's").isOne();
    }

    @Test
    void oneDirectionDoesNotHinderTheOther() {
        FaultyQueue queue = new FaultyQueue(port, "lan", faults);
        queue.transmit(burst);

        port.calls = 0;

        assertThat(queue.receive(burst)).isOne();
        assertThat(port.calls).isOne();
    }

    @Test
    void aQueueThatWorksAgainIsUsedAgain() {
        FaultyQueue queue = new FaultyQueue(port, "lan", faults);
        queue.transmit(burst);
        port.broken = false;
        burst.add(1, 0x100, 60, 0);
        int sent = 0;
        while (sent == 0) {
            sent = queue.transmit(burst);
        }

        assertThat(queue.refusal()).isEqualTo(Refusal.LINK_DOWN);
        assertThat(queue.receive(burst)).isOne();
    }

    @Test
    void aPauseIsLongerEachTimeUpToASecondAndShortAgainAfterASuccess() {
        Pause pause = new Pause();
        assertThat(pause.lasts()).isFalse();

        assertThat(pause.failed()).isEqualTo(1_000_000);
        assertThat(pause.failed()).isEqualTo(2_000_000);
        long last = 0;
        for (int i = 0; i < 20; i++) {
            last = pause.failed();
        }
        assertThat(last).isEqualTo(1_000_000_000);
        pause.succeeded();
        assertThat(pause.lasts()).isFalse();
        assertThat(pause.failed()).isEqualTo(1_000_000);
        while (pause.lasts()) {
            LockSupport.parkNanos(100_000);
        }
    }

    @Test
    void aClockThatThrowsStandsStillAndIsToldOnce() {
        ManualClock right = new ManualClock();
        boolean[] broken = {false};
        faults.onReport(told::add);
        FaultyClock clock =
                new FaultyClock(
                        () -> {
                            if (broken[0]) {
                                throw new ArithmeticException("no time");
                            }
                            return right.nanoTime();
                        },
                        faults);
        right.advance(Duration.ofSeconds(1));
        long before = clock.nanoTime();
        assertThat(before).isEqualTo(right.nanoTime());

        broken[0] = true;
        right.advance(Duration.ofSeconds(1));
        assertThat(clock.nanoTime()).isEqualTo(before);
        assertThat(clock.nanoTime()).isEqualTo(before);
        broken[0] = false;
        while (clock.nanoTime() == before) {
            Thread.onSpinWait();
        }

        assertThat(clock.nanoTime()).isEqualTo(right.nanoTime());
        assertThat(told)
                .containsExactly("the clock failed: java.lang.ArithmeticException: no time");
    }

    @Test
    void aPlaceThatGoesOnFailingIsCountedAndToldNowAndThen() {
        long start = System.nanoTime();
        faults.onReport(told::add);
        for (int i = 0; i < 5; i++) {
            faults.report("the port", new IllegalStateException("number " + i));
        }
        faults.report("the scheduler", new IllegalStateException("another"));

        assertThat(faultCount()).isEqualTo(6);
        assertThat(told).hasSize(2);
        assertThat(log.with("the port failed; it is asked again")).hasSize(1);

        long later = start + 2 * FaultLog.INTERVAL_NS;
        faults.poll(later);
        assertThat(log.with("the port failed 4 more times")).hasSize(1);
        assertThat(log.with("number 4")).hasSize(1);
        faults.report("the scheduler", new IllegalStateException("yet another"));
        assertThat(log.with("the scheduler failed; it is asked again"))
                .as("it was quiet meanwhile")
                .hasSize(2);
        faults.poll(later + FaultLog.INTERVAL_NS / 2);
        assertThat(log.with("more times")).hasSize(1);
    }

    @Test
    void aLinkTellsHowOftenItCameBackAndWhatItCost() {
        LinkGate link = new LinkGate();
        assertThat(link.isDown()).isFalse();

        link.down(false);
        assertThat(link.returns()).as("it was up").isZero();
        link.down(true);
        link.down(true);
        assertThat(link.isDown()).isTrue();
        link.addLost(3);
        link.addLost(4);
        link.down(false);

        assertThat(link.returns()).isOne();
        assertThat(link.lost()).isEqualTo(7);
    }
}
