// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.worker;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.core.stack.NetworkView;
import io.fullnat.core.stack.RouteTable;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// How a worker gets from one view to the next: offered, prepared, published, adopted, purged.
class ViewExchangeTest {
    private final AtomicLong published = new AtomicLong();
    private final ViewExchange exchange = new ViewExchange(published);
    private final List<Long> looked = new ArrayList<>();

    private static WorkerView view(long revision) {
        NetworkView network =
                new NetworkView(
                        List.of(), Set.of(), List.of(), new RouteTable(List.of()), List.of(), 1);
        return TestViews.of(revision, network);
    }

    private @Nullable String accept(WorkerView view) {
        looked.add(view.revision());
        return view.revision() == 13 ? "an unlucky number" : null;
    }

    @Test
    void aViewIsTakenOverWhenItIsPublishedAndNotBefore() {
        WorkerView view = view(1);
        assertThat(exchange.offer(view)).isTrue();

        assertThat(exchange.poll(this::accept)).isNull();
        assertThat(exchange.prepared()).isEqualTo(1);
        assertThat(exchange.refusal()).isNull();
        assertThat(exchange.poll(this::accept)).as("others may still refuse").isNull();
        assertThat(looked).as("prepared once").containsExactly(1L);

        published.set(1);
        assertThat(exchange.poll(this::accept)).isSameAs(view);
        assertThat(exchange.adopted()).as("not before a burst is handled by it").isZero();
        exchange.adopted(view);
        assertThat(exchange.adopted()).isEqualTo(1);
        assertThat(exchange.poll(this::accept)).as("taken over once").isNull();
    }

    @Test
    void aRefusedViewIsNeverTakenOver() {
        exchange.offer(view(13));
        assertThat(exchange.poll(this::accept)).isNull();
        assertThat(exchange.prepared()).isEqualTo(13);
        assertThat(exchange.refusal()).isEqualTo("an unlucky number");

        published.set(13); // control does not; but if it did
        assertThat(exchange.poll(this::accept)).isNull();
    }

    @Test
    void theNextViewIsAskedAboutAfreshAfterARefusal() {
        exchange.offer(view(13));
        exchange.poll(this::accept);

        exchange.offer(view(14));
        assertThat(exchange.refusal()).as("of the one that is under way").isNull();
        exchange.poll(this::accept);
        published.set(14);

        assertThat(exchange.poll(this::accept)).isNotNull();
    }

    /// Another worker refused it, so control has offered the next one instead.
    @Test
    void aViewThatIsNotPublishedGivesWayToTheNext() {
        exchange.offer(view(1));
        exchange.poll(this::accept);
        WorkerView second = view(2);
        exchange.offer(second);
        exchange.poll(this::accept);

        published.set(2);

        assertThat(exchange.poll(this::accept)).isSameAs(second);
        assertThat(exchange.poll(this::accept)).isNull();
    }

    @Test
    void aWorkerThatHangsGetsOnlySoMany() {
        int offered = 0;
        while (exchange.offer(view(offered + 1)) && offered < 100) {
            offered++;
        }
        assertThat(offered).isEqualTo(8);

        exchange.poll(this::accept);
        assertThat(exchange.offer(view(99))).isTrue();
    }

    @Test
    void whatWasPurgedIsToldOfTheAdoptedRevision() {
        WorkerView view = view(5);
        exchange.offer(view);
        exchange.poll(this::accept);
        published.set(5);
        exchange.poll(this::accept);
        exchange.adopted(view);
        assertThat(exchange.purgedUpTo()).isZero();

        exchange.purged(42);

        assertThat(exchange.purgedUpTo()).isEqualTo(5);
        assertThat(exchange.ended()).isEqualTo(42);
    }
}
