// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.webhook;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.control.BalancerEvent;
import io.fullnat.api.control.Condition;
import io.fullnat.balancer.config.WebhookSettings;
import io.fullnat.balancer.event.Told;
import io.fullnat.balancer.webhook.Webhook.Pace;
import io.fullnat.balancer.webhook.Webhook.Way;
import io.fullnat.balancer.webhook.WebhookQueue.Message;
import java.io.IOException;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// What is sent again, and what is not.
@Timeout(60)
class WebhookTest {
    private static final Pace QUICK =
            new Pace(Duration.ofMillis(1), Duration.ofMillis(5), Duration.ZERO);

    private final Answers answers = new Answers();
    private final Webhook webhook = webhook(QUICK);

    @AfterEach
    void close() {
        webhook.close();
    }

    private Webhook webhook(Pace pace) {
        Webhook started =
                new Webhook(
                        new Way(settings(), answers), new WebhookQueue(Clock.systemUTC()), pace);
        started.start();
        return started;
    }

    private static WebhookSettings settings(String... kinds) {
        return new WebhookSettings(
                "hook",
                URI.create("http://192.0.2.1/"),
                List.of(kinds),
                WebhookSettings.TIMEOUT,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                List.of());
    }

    private static Told told(int number, BalancerEvent event) {
        return new Told("x-" + number, number, Instant.now(Clock.systemUTC()), event);
    }

    private void offer(int... numbers) {
        for (int number : numbers) {
            webhook.offer(told(number, new BalancerEvent.Fault("number " + number)));
        }
    }

    /// Answers with one status after the other, then with 200; 0 is nobody there.
    private static final class Answers implements Post {
        final BlockingQueue<Message> came = new LinkedBlockingQueue<>();
        final BlockingQueue<Integer> statuses = new LinkedBlockingQueue<>();

        @Override
        public int send(Message message, int turn) throws IOException {
            Integer status = statuses.poll();
            came.add(message);
            if (status != null && status == 0) {
                throw new IOException("nobody is there");
            }
            return status == null ? 200 : status;
        }

        List<String> next(int count) throws InterruptedException {
            List<String> ids = new ArrayList<>();
            while (ids.size() < count) {
                Message message = came.poll(20, TimeUnit.SECONDS);
                assertThat(message).as("after %s", ids).isNotNull();
                ids.add(java.util.Objects.requireNonNull(message).id());
            }
            return ids;
        }
    }

    /// One that was accepted may come again, as the answer was lost or a proxy's: the id tells.
    @Test
    void whatFailsIsSentAgainWithTheSameIdAndInOrder() throws InterruptedException {
        answers.statuses.addAll(List.of(502, 0, 429, 302, 401, 404, 200, 204));
        offer(1, 2);
        assertThat(answers.next(8))
                .containsExactly("x-1", "x-1", "x-1", "x-1", "x-1", "x-1", "x-1", "x-2");
        awaitDelivered(2);
        assertThat(webhook.failed()).isEqualTo(6);
        assertThat(webhook.lost()).isZero();
    }

    @Test
    void whatIsRefusedIsNotSentAgainButToldAsLost() throws InterruptedException {
        answers.statuses.addAll(List.of(422, 200));
        offer(1, 2);
        assertThat(answers.next(3)).containsExactly("x-1", "x-1-lost", "x-2");
        awaitDelivered(2);
        assertThat(webhook.lost()).isEqualTo(1);
        assertThat(webhook.failed()).isEqualTo(1);
        assertThat(webhook.waiting()).isZero();
    }

    private void awaitDelivered(long count) throws InterruptedException {
        long endNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (webhook.delivered() < count && System.nanoTime() < endNs) {
            Thread.sleep(1);
        }
        assertThat(webhook.delivered()).isEqualTo(count);
    }

    @Test
    void troubleIsWhatGoesOnForTooLong() throws InterruptedException {
        assertThat(webhook.trouble()).isEmpty();
        for (int i = 0; i < 1000; i++) {
            answers.statuses.add(500);
        }
        offer(1);
        answers.next(3);
        assertThat(webhook.trouble()).contains("answered with 500");
        answers.statuses.clear();
        awaitDelivered(1);
        assertThat(webhook.trouble()).isEmpty();

        try (Webhook patient =
                webhook(
                        new Pace(
                                Duration.ofMillis(1), Duration.ofMillis(5), Duration.ofHours(1)))) {
            answers.statuses.addAll(List.of(500, 500, 500, 500));
            patient.offer(told(2, new BalancerEvent.Fault("x")));
            answers.next(3);
            assertThat(patient.trouble()).isEmpty();
        }
    }

    /// It would be news for as long as it fails, and because it fails.
    @Test
    void itsOwnTroubleIsNotToldByItself() {
        Condition failing = Condition.WEBHOOK_FAILING;
        assertThat(webhook.isWanted(told(1, new BalancerEvent.ConditionBegan(failing, "hook", ""))))
                .isFalse();
        assertThat(
                        webhook.isWanted(
                                told(
                                        1,
                                        new BalancerEvent.ConditionEnded(
                                                failing, "hook", Duration.ZERO, ""))))
                .isFalse();
        assertThat(webhook.isWanted(told(1, new BalancerEvent.ConditionBegan(failing, "b", ""))))
                .isTrue();
        assertThat(
                        webhook.isWanted(
                                told(
                                        1,
                                        new BalancerEvent.ConditionBegan(
                                                Condition.LINK_DOWN, "hook", ""))))
                .isTrue();
    }

    @Test
    void onlyTheKindsThatAreWanted() {
        webhook.replace(new Way(settings("condition_began"), answers));
        assertThat(webhook.isWanted(told(1, new BalancerEvent.Fault("x")))).isFalse();
        assertThat(
                        webhook.isWanted(
                                told(
                                        1,
                                        new BalancerEvent.ConditionBegan(
                                                Condition.LINK_DOWN, "a", ""))))
                .isTrue();
    }

    /// A receiver that moved is asked at once, and gets what waited, in order.
    @Test
    void anotherWayIsGoneAtOnceWithAllThatWaits() throws InterruptedException {
        Answers elsewhere = new Answers();
        try (Webhook slow =
                webhook(new Pace(Duration.ofHours(1), Duration.ofHours(1), Duration.ZERO))) {
            answers.statuses.add(0);
            for (int i = 1; i <= 3; i++) {
                slow.offer(told(i, new BalancerEvent.Fault("x")));
            }
            assertThat(answers.next(1)).containsExactly("x-1");
            slow.replace(new Way(settings(), elsewhere));
            assertThat(elsewhere.next(3)).containsExactly("x-1", "x-2", "x-3");
            assertThat(answers.came).isEmpty();
        }
    }

    @Test
    void pausesGrowToTheLongest() {
        Pace pace = Pace.DEFAULT;
        assertThat(pace.after(1)).isEqualTo(Duration.ofSeconds(1));
        assertThat(pace.after(2)).isEqualTo(Duration.ofSeconds(2));
        assertThat(pace.after(6)).isEqualTo(Duration.ofSeconds(32));
        assertThat(pace.after(7)).isEqualTo(Duration.ofSeconds(60));
        assertThat(pace.after(Integer.MAX_VALUE)).isEqualTo(Duration.ofSeconds(60));
    }
}
