// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.webhook;

import io.fullnat.api.control.BalancerEvent;
import io.fullnat.api.control.Condition;
import io.fullnat.balancer.config.WebhookSettings;
import io.fullnat.balancer.event.Told;
import io.fullnat.balancer.webhook.WebhookQueue.Message;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Tells events to a program over HTTP, one after the other, on a thread of its own: whatever that
/// program does, it holds up nobody but the events that wait for it. What could not be delivered is
/// sent again, with the same id, until it is an hour old; what the receiver refuses is not.
///
/// Thread-safe.
final class Webhook implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Webhook.class);
    private static final String REFUSED = "refused, ";

    private final String name;
    private final WebhookQueue queue;
    private final Pace pace;
    private final AtomicLong delivered = new AtomicLong();
    private final AtomicLong failed = new AtomicLong();
    private final Thread thread;
    private volatile Way way;
    private volatile @Nullable Failing failing;

    private record Failing(long sinceNs, String wrong) {}

    /// Where to and how; replaced as one.
    ///
    /// @param settings say what is told
    /// @param post does it
    record Way(WebhookSettings settings, Post post) {}

    /// How long it waits between attempts.
    ///
    /// @param first twice as long after each further failure
    /// @param longest at most
    /// @param trouble failing for so long is a condition
    record Pace(Duration first, Duration longest, Duration trouble) {
        static final Pace DEFAULT =
                new Pace(Duration.ofSeconds(1), Duration.ofSeconds(60), Duration.ofSeconds(10));

        Duration after(int failures) {
            Duration pause = first.multipliedBy(1L << Math.min(failures - 1, 20));
            return pause.compareTo(longest) > 0 ? longest : pause;
        }
    }

    Webhook(Way way, WebhookQueue queue, Pace pace) {
        this.way = way;
        this.queue = queue;
        this.pace = pace;
        name = way.settings().name();
        thread = Thread.ofPlatform().daemon().name("webhook-" + name).unstarted(this::run);
    }

    void start() {
        thread.start();
    }

    /// Has it tell elsewhere, or in another way, from the next attempt on. What waits is kept.
    void replace(Way other) {
        synchronized (queue) {
            way = other;
            queue.notifyAll();
        }
    }

    WebhookSettings settings() {
        return way.settings();
    }

    /// Whether an event is one of its. That it fails itself is told by others: it would be news for
    /// as long as it fails.
    boolean isWanted(Told told) {
        boolean own =
                switch (told.event()) {
                    case BalancerEvent.ConditionBegan(Condition condition, String subject, _) ->
                            condition == Condition.WEBHOOK_FAILING && subject.equals(name);
                    case BalancerEvent.ConditionEnded(Condition condition, String subject, _, _) ->
                            condition == Condition.WEBHOOK_FAILING && subject.equals(name);
                    default -> false;
                };
        return !own && way.settings().isWanted(told.kind());
    }

    void offer(Told told) {
        queue.offer(told);
    }

    private void run() {
        try {
            for (Message next = queue.take(); next != null; next = queue.take()) {
                deliver(next);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /// Sends a message until it is delivered, refused or too old.
    private void deliver(Message message) throws InterruptedException {
        int failures = 0;
        while (!queue.isOld(message)) {
            Way tried = way;
            String wrong = attempt(tried, message, failures);
            if (wrong.isEmpty()) {
                queue.delivered(message);
                succeeded();
                return;
            }
            failed.incrementAndGet();
            if (wrong.startsWith(REFUSED)) {
                LOG.warn("webhook {}: {} {}: {}", name, message.kind(), message.id(), wrong);
                break;
            }
            failures++;
            hasFailed(wrong);
            pause(tried, pace.after(failures));
        }
        queue.givenUp(message);
    }

    /// Sends a message once.
    ///
    /// @return what is wrong; empty if nothing is
    private static String attempt(Way way, Message message, int failures)
            throws InterruptedException {
        try {
            int status = way.post().send(message, failures);
            if (status >= 200 && status < 300) {
                return "";
            }
            return (isRefusal(status) ? REFUSED : "")
                    + "answered with "
                    + status
                    + (status >= 300 && status < 400 ? ", a redirect, which is not followed" : "");
        } catch (IOException e) {
            return String.valueOf(e.getMessage());
        }
    }

    /// What is of this message alone, and will not be better another time.
    private static boolean isRefusal(int status) {
        return switch (status) {
            case 401, 403, 404, 407, 408, 421, 425, 429 -> false;
            default -> status >= 400 && status < 500;
        };
    }

    private void succeeded() {
        delivered.incrementAndGet();
        if (failing != null) {
            failing = null;
            LOG.info("webhook {} delivers again", name);
        }
    }

    private void hasFailed(String wrong) {
        Failing before = failing;
        if (before == null) {
            LOG.warn("webhook {} does not deliver: {}", name, wrong);
        }
        failing = new Failing(before == null ? System.nanoTime() : before.sinceNs, wrong);
    }

    /// Ends early when there is another way, or none.
    private void pause(Way tried, Duration length) throws InterruptedException {
        long endNs = System.nanoTime() + length.toNanos();
        synchronized (queue) {
            long leftNs = length.toNanos();
            while (leftNs > 0 && way.equals(tried)) {
                TimeUnit.NANOSECONDS.timedWait(queue, leftNs);
                leftNs = endNs - System.nanoTime();
            }
        }
    }

    /// What is wrong, once it has been so for long enough to be a condition.
    Optional<String> trouble() {
        Failing now = failing;
        return now == null || System.nanoTime() - now.sinceNs < pace.trouble().toNanos()
                ? Optional.empty()
                : Optional.of(now.wrong);
    }

    /// How many messages were delivered, records `lost` included.
    long delivered() {
        return delivered.get();
    }

    /// How many requests have failed.
    long failed() {
        return failed.get();
    }

    /// How many events were lost.
    long lost() {
        return queue.lost();
    }

    /// How many events wait.
    int waiting() {
        return queue.size();
    }

    /// Tells no more; a request on its way is given up. Idempotent.
    @Override
    public void close() {
        int left = queue.close();
        thread.interrupt();
        if (left > 0) {
            LOG.warn("webhook {} ends; {} events were not delivered", name, left);
        }
    }
}
