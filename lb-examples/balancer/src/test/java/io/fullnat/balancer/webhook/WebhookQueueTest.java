// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.webhook;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.control.BalancerEvent;
import io.fullnat.balancer.event.Told;
import io.fullnat.balancer.webhook.WebhookQueue.Message;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// The order of what waits for a webhook, and what is said of what was lost.
@Timeout(60)
class WebhookQueueTest {
    private Instant now = Instant.parse("2026-05-01T12:00:00Z");
    private final Clock clock =
            new Clock() {
                @Override
                public Instant instant() {
                    return now;
                }

                @Override
                public ZoneId getZone() {
                    return ZoneOffset.UTC;
                }

                @Override
                public Clock withZone(ZoneId zone) {
                    return this;
                }
            };
    private final WebhookQueue queue = new WebhookQueue(clock);
    private int next = 1;

    private void offer(int times) {
        for (int i = 0; i < times; i++) {
            queue.offer(
                    new Told("x-" + next, next, now, new BalancerEvent.Fault("number " + next)));
            next++;
        }
    }

    private Message take() throws InterruptedException {
        return Objects.requireNonNull(queue.take());
    }

    private List<String> take(int times) throws InterruptedException {
        List<String> ids = new ArrayList<>();
        for (int i = 0; i < times; i++) {
            Message message = take();
            queue.delivered(message);
            ids.add(message.id());
        }
        return ids;
    }

    @Test
    void inOrder() throws InterruptedException {
        offer(3);
        assertThat(queue.size()).isEqualTo(3);
        assertThat(take(3)).containsExactly("x-1", "x-2", "x-3");
        assertThat(queue.size()).isZero();
        assertThat(queue.lost()).isZero();
    }

    /// It stands where the events would: not before those that came earlier.
    @Test
    void whatFoundNoRoomIsToldInItsPlace() throws InterruptedException {
        offer(WebhookQueue.MOST + 3);
        assertThat(queue.lost()).isEqualTo(3);
        assertThat(take(1)).containsExactly("x-1");
        offer(1);
        assertThat(take(WebhookQueue.MOST - 1)).last().isEqualTo("x-" + WebhookQueue.MOST);

        Message lost = take();
        assertThat(lost.id()).isEqualTo("x-" + (WebhookQueue.MOST + 3) + "-lost");
        assertThat(lost.kind()).isEqualTo("lost");
        assertThat(lost.json())
                .isEqualTo(
                        "{\"id\":\"x-1027-lost\",\"time\":\"2026-05-01T12:00:00.000Z\","
                                + "\"kind\":\"lost\",\"lost\":3}");
        assertThat(take(1)).containsExactly("x-" + (WebhookQueue.MOST + 4));
    }

    @Test
    void roomIsThatOfEventsAlone() throws InterruptedException {
        offer(WebhookQueue.MOST + 1);
        assertThat(take(1)).containsExactly("x-1");
        offer(2);
        assertThat(queue.lost()).isEqualTo(2);
        assertThat(queue.size()).isEqualTo(WebhookQueue.MOST);
        List<String> rest = take(WebhookQueue.MOST + 2);
        assertThat(rest.subList(WebhookQueue.MOST - 1, WebhookQueue.MOST + 2))
                .containsExactly("x-1025-lost", "x-1026", "x-1027-lost");
    }

    @Test
    void whatIsAnHourOldIsLost() throws InterruptedException {
        offer(2);
        now = now.plus(WebhookQueue.OLDEST).plusSeconds(1);
        offer(1);
        Message lost = take();
        assertThat(lost.id()).isEqualTo("x-2-lost");
        assertThat(lost.json()).contains("\"lost\":2");
        assertThat(take(1)).containsExactly("x-3");
        assertThat(queue.lost()).isEqualTo(2);
        assertThat(queue.isOld(lost)).as("it waits for ever").isFalse();
    }

    @Test
    void oneThatIsGivenUpIsToldBeforeTheNext() throws InterruptedException {
        offer(3);
        queue.givenUp(take());
        queue.givenUp(take()); // the record of the first
        assertThat(take(1)).as("an event first, then").containsExactly("x-2");
        Message lost = take();
        assertThat(lost.json()).contains("\"id\":\"x-1-lost\"", "\"lost\":1");
        assertThat(take(1)).containsExactly("x-3");
        assertThat(queue.lost()).as("counted once").isEqualTo(1);
    }

    /// One who refuses everything gets each event once all the same.
    @Test
    void whoRefusesAllHearsOfAllTogetherLater() throws InterruptedException {
        offer(3);
        Message first = take();
        queue.givenUp(first);
        queue.givenUp(take());
        queue.givenUp(take());
        queue.givenUp(take());
        offer(1);
        assertThat(take(1)).containsExactly("x-4");
        assertThat(take().json()).contains("\"lost\":3");
        assertThat(first.isEvent()).isTrue();
    }

    @Test
    void aClosedOneGivesAndTakesNothing() throws InterruptedException {
        offer(2);
        assertThat(queue.close()).isEqualTo(2);
        offer(1);
        assertThat(queue.take()).isNull();
        assertThat(queue.close()).isZero();
    }

    @Test
    void theEndIsHeardByOneWhoWaits() throws Exception {
        Thread waiting =
                Thread.ofVirtual()
                        .start(() -> {
                            try {
                                assertThat(queue.take()).isNull();
                            } catch (InterruptedException e) {
                                Thread.currentThread().interrupt();
                            }
                        });
        queue.close();
        assertThat(waiting.join(Duration.ofSeconds(20))).isTrue();
    }
}
