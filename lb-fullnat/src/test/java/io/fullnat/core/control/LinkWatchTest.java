// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.control;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.control.BalancerEvent;
import io.fullnat.api.control.Condition;
import io.fullnat.core.memoryio.InMemoryIo;
import io.fullnat.core.transmit.LinkGate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/// What is told of a link that goes down and comes back.
final class LinkWatchTest {
    private static final long SECOND_NS = TimeUnit.SECONDS.toNanos(1);

    private final List<BalancerEvent> events = new ArrayList<>();
    private final Conditions conditions = new Conditions(events::add);

    @Test
    void tellsTheBeginningAndTheEndOfEachPortOnItsOwn() {
        try (InMemoryIo io = ControlRig.openIo(1, 0)) {
            List<LinkGate> gates = List.of(new LinkGate(), new LinkGate());
            LinkWatch watch = new LinkWatch(io, gates, conditions, 0);
            watch.poll(0);
            assertThat(events).isEmpty();
            assertThat(conditions.active(0)).isEmpty();

            io.wire("lan").link(false);
            for (long at = SECOND_NS; at <= 5 * SECOND_NS; at += SECOND_NS / 10) {
                watch.poll(at);
                conditions.poll(at);
            }
            assertThat(gates.get(0).isDown()).isFalse();
            assertThat(gates.get(1).isDown()).isTrue();
            assertThat(events)
                    .containsExactly(
                            new BalancerEvent.ConditionBegan(
                                    Condition.LINK_DOWN, "lan", "the wire is cut"));
            assertThat(conditions.active(5 * SECOND_NS))
                    .singleElement()
                    .satisfies(active -> assertThat(active.lasted().toSeconds()).isEqualTo(4));

            events.clear();
            io.wire("lan").link(true);
            watch.poll(6 * SECOND_NS);
            assertThat(gates.get(1).isDown()).isFalse();
            assertThat(events)
                    .containsExactly(
                            new BalancerEvent.ConditionEnded(
                                    Condition.LINK_DOWN,
                                    "lan",
                                    Duration.ofSeconds(5),
                                    "0 packets could not be sent"));
            assertThat(conditions.active(6 * SECOND_NS)).isEmpty();
        }
    }

    @Test
    void looksTenTimesASecondOnly() {
        try (InMemoryIo io = ControlRig.openIo(1, 0)) {
            List<LinkGate> gates = List.of(new LinkGate(), new LinkGate());
            LinkWatch watch = new LinkWatch(io, gates, conditions, 0);
            watch.poll(0);
            io.wire("wan").link(false);
            watch.poll(SECOND_NS / 10 - 1);
            assertThat(gates.get(0).isDown()).isFalse();
            watch.poll(SECOND_NS / 10);
            assertThat(gates.get(0).isDown()).isTrue();
        }
    }
}
