// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.metrics;

import io.fullnat.balancer.webhook.Webhooks;
import java.util.List;

/// What comes of the webhooks. Thread-safe.
final class WebhookSource implements Source {
    private static final String WEBHOOK = "webhook";

    private static final Family DELIVERED =
            Family.counter(
                    "fullnat_webhook_delivered",
                    "Events and records of lost ones that the webhook's receiver has taken",
                    WEBHOOK);
    private static final Family FAILED =
            Family.counter(
                    "fullnat_webhook_failed",
                    "Requests of the webhook that failed or were refused; most are sent again",
                    WEBHOOK);
    private static final Family LOST =
            Family.counter(
                    "fullnat_webhook_lost",
                    "Events that the webhook's receiver did not get: refused, an hour old, or no room",
                    WEBHOOK);
    private static final Family QUEUE =
            Family.gauge(
                    "fullnat_webhook_queue_length", "Events that wait for the webhook", WEBHOOK);

    private final Webhooks webhooks;

    WebhookSource(Webhooks webhooks) {
        this.webhooks = webhooks;
    }

    @Override
    public List<Family> families() {
        return List.of(DELIVERED, FAILED, LOST, QUEUE);
    }

    @Override
    public void read(Samples samples) {
        for (Webhooks.Reading reading : webhooks.readings()) {
            samples.add(DELIVERED, reading.delivered(), reading.name());
            samples.add(FAILED, reading.failed(), reading.name());
            samples.add(LOST, reading.lost(), reading.name());
            samples.add(QUEUE, reading.waiting(), reading.name());
        }
    }
}
