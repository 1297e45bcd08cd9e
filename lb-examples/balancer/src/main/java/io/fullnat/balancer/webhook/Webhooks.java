// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.webhook;

import io.fullnat.api.BalancerException;
import io.fullnat.api.control.Condition;
import io.fullnat.api.control.Control;
import io.fullnat.balancer.config.Configuration;
import io.fullnat.balancer.config.WebhookSettings;
import io.fullnat.balancer.event.EventHub;
import io.fullnat.balancer.event.Told;
import io.fullnat.balancer.run.Follower;
import io.fullnat.balancer.webhook.Webhook.Pace;
import io.fullnat.balancer.webhook.Webhook.Way;
import java.net.InetAddress;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// The webhooks of a balancer: programs elsewhere that are told its events. Thread-safe.
public final class Webhooks implements AutoCloseable, Follower {
    /// Less than a condition may be away before it ends.
    private static final Duration LOOK = Duration.ofSeconds(2);

    private final Clock clock;
    private final Pace pace;
    private final Destination.Lookup lookup;
    private final Map<String, Webhook> all = new LinkedHashMap<>();
    private volatile List<Webhook> present = List.of();
    private @Nullable ScheduledExecutorService watch;
    private @Nullable Control control;
    private boolean closed;

    /// How one of them does.
    ///
    /// @param name of the webhook
    /// @param delivered messages
    /// @param failed requests
    /// @param lost events
    /// @param waiting events
    public record Reading(String name, long delivered, long failed, long lost, int waiting) {}

    Webhooks(Clock clock, Pace pace, Destination.Lookup lookup) {
        this.clock = clock;
        this.pace = pace;
        this.lookup = lookup;
    }

    /// None yet.
    ///
    /// @return to be closed before the balancer
    public static Webhooks none() {
        return new Webhooks(Clock.systemUTC(), Pace.DEFAULT, InetAddress::getAllByName);
    }

    /// Those of a configuration, which wait for [#begin(Control, EventHub)].
    ///
    /// @param settings of each
    /// @return to be closed before the balancer
    /// @throws BalancerException if a file that they name cannot be used, with why
    public static Webhooks of(List<WebhookSettings> settings) {
        Webhooks webhooks = none();
        webhooks.prepare(settings).run();
        return webhooks;
    }

    /// Tells events from now on.
    ///
    /// @param balancer learns which of them fail
    /// @param hub tells the events; closed before these
    public synchronized void begin(Control balancer, EventHub hub) {
        control = balancer;
        hub.tell(this::told);
        watchIfAny();
    }

    private void watchIfAny() {
        if (control != null && watch == null && !all.isEmpty() && !closed) {
            watch =
                    Executors.newSingleThreadScheduledExecutor(
                            Thread.ofPlatform().daemon().name("webhooks").factory());
            var _ =
                    watch.scheduleWithFixedDelay(
                            this::report, 0, LOOK.toMillis(), TimeUnit.MILLISECONDS);
        }
    }

    private void report() {
        Control balancer = control;
        if (balancer == null) {
            return;
        }
        for (Webhook webhook : present) {
            webhook.trouble()
                    .ifPresent(wrong ->
                            balancer.reportCondition(
                                    Condition.WEBHOOK_FAILING, webhook.settings().name(), wrong));
        }
    }

    private void told(Told told) {
        for (Webhook webhook : present) {
            if (webhook.isWanted(told)) {
                webhook.offer(told);
            }
        }
    }

    @Override
    public Runnable prepare(Configuration desired) {
        return prepare(desired.webhooks());
    }

    Runnable prepare(List<WebhookSettings> desired) {
        List<Way> ways = desired.stream().map(this::way).toList();
        return () -> follow(ways);
    }

    private Way way(WebhookSettings settings) {
        return new Way(
                settings,
                new HttpPost(
                        settings,
                        Credentials.read(settings),
                        new Destination(settings.host(), settings.networks(), lookup),
                        clock));
    }

    /// One of the same name is the same webhook: what waits for it, waits on.
    synchronized void follow(List<Way> ways) {
        if (closed) {
            return;
        }
        List<String> names = ways.stream().map(way -> way.settings().name()).toList();
        for (String name : List.copyOf(all.keySet())) {
            Webhook left = names.contains(name) ? null : all.remove(name);
            if (left != null) {
                left.close();
            }
        }
        for (Way way : ways) {
            Webhook known = all.get(way.settings().name());
            if (known == null) {
                Webhook webhook = new Webhook(way, new WebhookQueue(clock), pace);
                all.put(way.settings().name(), webhook);
                webhook.start();
            } else {
                known.replace(way);
            }
        }
        present = List.copyOf(all.values());
        watchIfAny();
    }

    /// How each of them does.
    ///
    /// @return by the order of the configuration, new ones last
    public List<Reading> readings() {
        List<Reading> readings = new ArrayList<>();
        for (Webhook webhook : present) {
            readings.add(
                    new Reading(
                            webhook.settings().name(),
                            webhook.delivered(),
                            webhook.failed(),
                            webhook.lost(),
                            webhook.waiting()));
        }
        return readings;
    }

    /// Tells no more, without waiting. Idempotent.
    @Override
    public synchronized void close() {
        closed = true;
        present = List.of();
        if (watch != null) {
            watch.shutdownNow();
        }
        all.values().forEach(Webhook::close);
        all.clear();
    }
}
