// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.control;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.control.BalancerEvent;
import io.fullnat.api.control.Condition;
import io.fullnat.core.control.BufferWatch.Needy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/// The pool of packet buffers is empty, and has buffers again.
class BufferWatchTest {
    private final List<BalancerEvent> events = new ArrayList<>();
    private final Conditions conditions = new Conditions(events::add);
    private final AtomicLong ofPort = new AtomicLong();
    private final AtomicLong ofWorker = new AtomicLong();
    private final BufferWatch watch =
            new BufferWatch(
                    conditions,
                    List.of(
                            new Needy("port wan", ofPort::get),
                            new Needy("worker 0", ofWorker::get)));
    private long nowNs;

    private void seconds(int count) {
        for (int second = 0; second < count; second++) {
            nowNs += TimeUnit.SECONDS.toNanos(1);
            watch.poll(nowNs);
            conditions.poll(nowNs);
        }
    }

    @Test
    void whoFindsNoneIsToldOnceAndWhenItIsOver() {
        seconds(3);
        assertThat(events).isEmpty();
        for (int i = 0; i < 5; i++) {
            ofPort.addAndGet(7);
            seconds(1);
        }
        assertThat(events)
                .containsExactly(
                        new BalancerEvent.ConditionBegan(
                                Condition.BUFFERS_EXHAUSTED,
                                "port wan",
                                "in the last second 7 times none was free"));
        seconds(10);
        assertThat(events)
                .hasSize(2)
                .last()
                .isEqualTo(
                        new BalancerEvent.ConditionEnded(
                                Condition.BUFFERS_EXHAUSTED,
                                "port wan",
                                Duration.ofSeconds(4),
                                "in the last second 7 times none was free"));
    }

    @Test
    void workersAndPortsAreApart() {
        ofPort.set(1);
        ofWorker.set(2);
        seconds(1);
        assertThat(events).hasSize(2);
    }

    /// What it has counted since its start is not told as of the last second.
    @Test
    void aPortThatDoesNotSayForOnceIsNoWant() {
        ofPort.set(100);
        seconds(1);
        seconds(20);
        events.clear();
        ofPort.set(BufferWatch.UNKNOWN);
        seconds(1);
        ofPort.set(100);
        seconds(20);
        assertThat(events).isEmpty();
        ofPort.set(101);
        seconds(1);
        assertThat(events).hasSize(1);
    }

    /// A device that was reset, or is closed, counts from 0.
    @Test
    void aCountThatBeginsAnewIsNoWant() {
        ofPort.set(100);
        seconds(1);
        events.clear();
        ofPort.set(0);
        seconds(20);
        assertThat(events).hasSize(1).first().isInstanceOf(BalancerEvent.ConditionEnded.class);
    }
}
