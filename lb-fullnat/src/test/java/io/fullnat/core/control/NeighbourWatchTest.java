// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.control;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.IpAddress;
import io.fullnat.api.MacAddress;
import io.fullnat.api.control.BalancerEvent;
import io.fullnat.api.counter.Counter;
import io.fullnat.api.counter.Outcome;
import io.fullnat.core.stack.NeighbourNews;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What control makes of the news of two workers.
class NeighbourWatchTest {
    private static final MacAddress OLD = MacAddress.parse("02:00:00:00:00:51");
    private static final MacAddress NEW = MacAddress.parse("02:00:00:00:00:99");
    private static final int LAN = 1;

    private final IdleWorkers idle = new IdleWorkers(2);
    private final List<BalancerEvent> events = new ArrayList<>();
    private final Conditions conditions = new Conditions(event -> {});
    private final NeighbourWatch watch =
            new NeighbourWatch(idle.workers, conditions, new DeviceNames(idle.io), events::add);

    @AfterEach
    void close() {
        idle.close();
    }

    private void tell(int worker, int what, String address) {
        IpAddress who = IpAddress.parse(address);
        idle.workers
                .workers()
                .get(worker)
                .news()
                .tell(what, LAN, who.high(), who.low(), OLD.bits(), NEW.bits());
    }

    private List<String> look() {
        watch.poll(0);
        return conditions.active(0).stream()
                .map(each -> each.condition() + " " + each.subject() + ": " + each.detail())
                .toList();
    }

    @ParameterizedTest
    @ValueSource(strings = {"10.0.1.7", "2001:db8::7"})
    void aMoveIsAnEventAndNoCondition(String address) {
        tell(0, NeighbourNews.MOVED, address);
        tell(1, NeighbourNews.MOVED, address);
        assertThat(look()).isEmpty();
        BalancerEvent moved =
                new BalancerEvent.NeighbourMoved(IpAddress.parse(address), "lan", OLD, NEW);
        assertThat(events).containsExactly(moved, moved);
        look();
        assertThat(events).as("told once").hasSize(2);
    }

    @Test
    void allMovesAreEventsHoweverManyThereAre() {
        for (int i = 0; i < 40; i++) {
            tell(0, NeighbourNews.MOVED, "10.0.1." + i);
        }
        look();
        assertThat(events).hasSize(40);
    }

    @Test
    void whoIsClaimedByTwoStationsIsACondition() {
        tell(1, NeighbourNews.MOVE_REFUSED, "10.0.1.7");
        assertThat(look())
                .containsExactly(
                        "NEIGHBOUR_CONFLICT 10.0.1.7 on lan: 02:00:00:00:00:99 claims it, and"
                                + " 02:00:00:00:00:51 still answers for it");
        assertThat(events).isEmpty();
    }

    @Test
    void anOwnAddressOfAnotherStationIsACondition() {
        tell(0, NeighbourNews.ADDRESS_CONFLICT, "2001:db8::1");
        assertThat(look())
                .containsExactly(
                        "ADDRESS_CONFLICT 2001:db8::1 on lan: 02:00:00:00:00:99 has it too; ours is"
                                + " 02:00:00:00:00:51");
    }

    @Test
    void aFullTableIsAConditionOfItsWorker() {
        idle.workers.counters(1).count(Counter.NEIGHBOURS_EVICTED, 3);
        idle.workers.counters(1).count(Outcome.NEIGHBOUR_TABLE_FULL, 2);
        idle.workers.counters(1).count(Counter.NEIGHBOURS, 9);
        assertThat(look())
                .containsExactly(
                        "NEIGHBOURS_FULL worker 1: 9 neighbours, most of them on no device; in the"
                                + " last second 3 gave way and 2 packets were dropped");
        conditions.poll(Conditions.CALM_NS);
        assertThat(look()).as("nothing new").isEmpty();
        idle.workers.counters(1).count(Outcome.NEIGHBOUR_TABLE_FULL, 1);
        assertThat(look()).singleElement().asString().contains("0 gave way and 1 packets");
    }
}
