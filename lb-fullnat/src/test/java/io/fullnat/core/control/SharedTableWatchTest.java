// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.control;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.control.ActiveCondition;
import io.fullnat.api.control.BalancerEvent;
import io.fullnat.api.control.Condition;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class SharedTableWatchTest {
    private final List<BalancerEvent> events = new ArrayList<>();
    private final Conditions conditions = new Conditions(events::add);
    private final AtomicLong clients = new AtomicLong();
    private final AtomicLong refused = new AtomicLong();
    private final AtomicLong displaced = new AtomicLong();
    private final SharedTableWatch watch =
            new SharedTableWatch(conditions, clients::get, refused::get, displaced::get);
    private long nowNs;

    private void seconds(int count) {
        for (int second = 0; second < count; second++) {
            nowNs += TimeUnit.SECONDS.toNanos(1);
            watch.poll(nowNs);
            conditions.poll(nowNs);
        }
    }

    private List<String> active() {
        return conditions.active(nowNs).stream()
                .map((ActiveCondition each) ->
                        each.condition() + " of " + each.subject() + ": " + each.detail())
                .toList();
    }

    @Test
    void aClientThatFindsNoRoomIsACondition() {
        seconds(3);
        assertThat(active()).isEmpty();
        clients.addAndGet(7);
        seconds(1);
        assertThat(active())
                .containsExactly(
                        "CLIENTS_FULL of all workers: in the last second 7 connections were"
                                + " refused");
        seconds(9);
        assertThat(active()).hasSize(1);
        seconds(2);
        assertThat(active()).isEmpty();
        assertThat(events)
                .hasSize(2)
                .element(1)
                .isInstanceOfSatisfying(
                        BalancerEvent.ConditionEnded.class,
                        ended -> assertThat(ended.condition()).isEqualTo(Condition.CLIENTS_FULL));
    }

    @Test
    void templatesThatGiveWayOrAreNotMadeAreOne() {
        displaced.addAndGet(5);
        seconds(1);
        assertThat(active())
                .containsExactly(
                        "TEMPLATES_FULL of all workers: in the last second 5 templates gave way and"
                                + " 0 connections got none");
        refused.incrementAndGet();
        seconds(8);
        assertThat(active()).hasSize(1);
        seconds(12);
        assertThat(active()).isEmpty();
        refused.incrementAndGet();
        seconds(1);
        assertThat(active()).singleElement().asString().contains("0 templates gave way and 1");
    }
}
