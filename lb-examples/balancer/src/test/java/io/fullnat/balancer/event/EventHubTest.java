// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.event;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.control.BalancerEvent;
import io.fullnat.balancer.api.ApiRig;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Who listens to events, what they get, and what they cannot do.
@Timeout(60)
class EventHubTest {
    private static final Clock CLOCK =
            Clock.fixed(Instant.parse("2026-05-01T12:00:00Z"), ZoneOffset.UTC);

    private final ApiRig rig = new ApiRig();
    private final EventHub hub = EventHub.of(rig.control(), CLOCK);

    @AfterEach
    void close() {
        hub.close();
        rig.close();
    }

    private void happen(int times) {
        for (int i = 1; i <= times; i++) {
            hub.onEvent(new BalancerEvent.Fault("number " + i));
        }
    }

    private static List<Long> taken(Subscription subscription) throws InterruptedException {
        List<Long> numbers = new ArrayList<>();
        for (Told told = subscription.next(Duration.ZERO);
                told != null;
                told = subscription.next(Duration.ZERO)) {
            numbers.add(told.number());
        }
        return numbers;
    }

    private Subscription listen(String lastId) {
        return hub.listen(told -> true, lastId).orElseThrow();
    }

    @Test
    void eachIsNumberedAndToldToAll() throws InterruptedException {
        Subscription one = listen("");
        Subscription other = listen("");
        happen(2);

        Told first = Objects.requireNonNull(one.next(Duration.ZERO));
        assertThat(first.id()).endsWith("-1");
        assertThat(first.time()).isEqualTo(CLOCK.instant());
        assertThat(taken(one)).containsExactly(2L);
        assertThat(taken(other)).containsExactly(1L, 2L);
    }

    /// What was missed, as far as it is kept; all of that for an id of another run.
    @Test
    void whoComesBackGetsWhatWasMissed() throws InterruptedException {
        Subscription gone = listen("");
        happen(5);
        Told last = Objects.requireNonNull(gone.next(Duration.ZERO));
        gone.close();

        assertThat(taken(listen(last.id()))).containsExactly(2L, 3L, 4L, 5L);
        assertThat(taken(listen("older-3"))).containsExactly(1L, 2L, 3L, 4L, 5L);
        assertThat(taken(listen("\n\u001b"))).hasSize(5);
        assertThat(taken(listen(""))).isEmpty();
        happen(EventHub.KEPT);
        assertThat(taken(listen(last.id()))).hasSize(EventHub.KEPT).startsWith(6L);
    }

    /// One who takes nothing holds up nobody, and hears how much is lost.
    @Test
    void aFullQueueLosesWhatComesThen() throws InterruptedException {
        Subscription slow = listen("");
        Subscription quick = listen("");
        for (int i = 0; i < EventHub.QUEUE; i++) {
            happen(1);
            assertThat(taken(quick)).hasSize(1);
        }
        happen(3);

        assertThat(taken(quick)).hasSize(3);
        assertThat(taken(slow)).hasSize(EventHub.QUEUE);
        assertThat(slow.takeLost()).isEqualTo(3);
        assertThat(slow.takeLost()).isZero();
    }

    @Test
    void onlySoManyListen() {
        List<Subscription> all = new ArrayList<>();
        for (int i = 0; i < EventHub.MOST_LISTENERS; i++) {
            all.add(listen(""));
        }
        assertThat(hub.listen(told -> true, "")).isEmpty();

        all.getFirst().close();
        all.getFirst().close();
        assertThat(hub.listen(told -> true, "")).isPresent();
        assertThat(hub.listen(told -> true, "")).isEmpty();
    }

    @Test
    void onlyWhatIsWanted() throws InterruptedException {
        Subscription none = hub.listen(told -> told.kind().equals("applied"), "").orElseThrow();
        happen(2);
        assertThat(taken(none)).isEmpty();
    }

    @Test
    void theEndIsTold() {
        Subscription open = listen("");
        hub.close();
        assertThat(open.isClosed()).isTrue();
        assertThat(hub.listen(told -> true, "")).isEmpty();
    }

    @Test
    void aBalancerTellsItsTransactions() throws InterruptedException {
        Subscription applied = hub.listen(told -> told.kind().equals("applied"), "").orElseThrow();
        rig.addressed();

        Told told = Objects.requireNonNull(applied.next(Duration.ofSeconds(20)));
        assertThat(told.json()).contains("\"revision\":1", "\"changes\":[\"AddAddress\"]");
    }
}
