// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.metrics;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import io.fullnat.api.control.Control;
import io.fullnat.balancer.cli.output.ProductVersion;
import io.fullnat.balancer.run.Operations;
import io.fullnat.balancer.webhook.Webhooks;
import io.prometheus.metrics.instrumentation.jvm.JvmMetrics;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/// What a balancer and its JVM tell, for those who scrape it. Thread-safe.
public final class Metrics implements AutoCloseable {
    /// Scrapes that are under way at once; others wait.
    static final int AT_ONCE = 2;

    private static final Duration PATIENCE = Duration.ofSeconds(5);

    private final Control control;
    private final EventCounts events = new EventCounts();
    private final List<Source> sources;
    private final PrometheusRegistry registry = new PrometheusRegistry();
    private final Semaphore free = new Semaphore(AT_ONCE, true);
    private final Duration patience;

    private Metrics(Operations operations, Webhooks webhooks, Duration patience) {
        this.patience = patience;
        control = operations.control();
        sources =
                List.of(
                        new ControlSource(control, ProductVersion.text()),
                        events,
                        new WebhookSource(webhooks),
                        new WorkerSource(operations.counters()),
                        new StateSource(control),
                        new RuleSource(control),
                        new PortSource(operations.io()));
        JvmMetrics.builder().register(registry);
        control.listen(events);
    }

    /// Of a balancer without webhooks, as [#of(Operations, Webhooks)].
    ///
    /// @param operations of the balancer
    /// @return to be closed before the balancer
    public static Metrics of(Operations operations) {
        return of(operations, PATIENCE);
    }

    /// Begins to count events; all else is read when it is asked for.
    ///
    /// @param operations of the balancer
    /// @param webhooks of the balancer; stay the caller's
    /// @return to be closed before the balancer
    public static Metrics of(Operations operations, Webhooks webhooks) {
        return new Metrics(operations, webhooks, PATIENCE);
    }

    static Metrics of(Operations operations, Duration patience) {
        return new Metrics(operations, Webhooks.none(), patience);
    }

    /// All that may be told of the balancer, in order, without its JVM.
    List<Family> families() {
        return sources.stream().flatMap(source -> source.families().stream()).toList();
    }

    Reading read(Predicate<String> wanted) {
        Samples samples = new Samples(wanted);
        sources.forEach(source -> source.read(samples));
        return new Reading(samples.tables(), samples.snapshots(), registry.scrape(wanted));
    }

    /// Reads everything for a client.
    ///
    /// @param accept the request's header, empty if it is missing
    /// @param acceptEncoding the request's header, empty if it is missing
    /// @param names of the metrics that are wanted; all if it is empty
    /// @return to be written, and closed; empty if as many as may be are under way, and have been
    ///   for seconds
    public Optional<Scrape> scrape(String accept, String acceptEncoding, List<String> names) {
        if (!isFree()) {
            return Optional.empty();
        }
        try {
            return Optional.of(
                    new Scrape(
                            read(name -> names.isEmpty() || isNamed(names, name)),
                            Negotiation.format(accept),
                            Negotiation.gzip(acceptEncoding),
                            free::release));
        } catch (Throwable fault) {
            free.release();
            throw fault;
        }
    }

    /// Whether a metric is among those named, with the ending that it has there or without.
    private static boolean isNamed(List<String> names, String name) {
        return names.contains(name)
                || names.contains(name + "_total")
                || names.contains(name + "_info");
    }

    private boolean isFree() {
        try {
            return free.tryAcquire(patience.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new BalancerException(ErrorCode.CLOSED, "the balancer is being closed", e);
        }
    }

    /// Listens no more.
    @Override
    public void close() {
        control.unlisten(events);
    }
}
