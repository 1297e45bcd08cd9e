// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.micrometer;

import static java.util.Objects.requireNonNull;

import io.fullnat.api.control.BalancerEvent;
import io.fullnat.api.control.BalancerListener;
import io.fullnat.api.control.ClientTable;
import io.fullnat.api.control.Condition;
import io.fullnat.api.control.Control;
import io.fullnat.api.control.Health;
import io.fullnat.api.control.TransactionTimes;
import io.fullnat.api.counter.Counter;
import io.fullnat.api.counter.CountersReader;
import io.fullnat.api.counter.Outcome;
import io.fullnat.api.service.ServiceKey;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.FunctionTimer;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.function.ToDoubleFunction;

/// Shows a balancer in Micrometer's registries: what its workers counted, its transactions and
/// conditions, and its services with their servers and local addresses.
///
/// ```
/// var metrics = new BalancerMetrics(balancer.counters(), balancer.control(), Tags.of("node", "a"));
/// metrics.bindTo(registry);
/// ```
///
/// | meter | type | tags |
/// |---|---|---|
/// | `fullnat.packets` | counter | `worker`, `outcome`, `kind` |
/// | `fullnat.worker.` and each [Counter] | counter or gauge | `worker` |
/// | `fullnat.worker.busy` | counter of seconds | `worker` |
/// | `fullnat.transactions`, `fullnat.transactions.refused` | timer, counter | |
/// | `fullnat.conditions` | gauge | `condition` |
/// | `fullnat.up` | gauge: 1 unless it is [Health.Status#DOWN] | |
/// | `fullnat.service.connections`, `.incoming.packets`, `.incoming.bytes`, `.outgoing.packets`, `.outgoing.bytes` | counter | `protocol`, `service` |
/// | `fullnat.service.connections.active`, `.inactive` | gauge | `protocol`, `service` |
/// | `fullnat.service.refused.packets` | counter | `protocol`, `service` |
/// | `fullnat.service.half.open` | gauge, of services whose half-open connections are limited or counted | `protocol`, `service` |
/// | `fullnat.service.servers`, `fullnat.service.servers.up` | gauge | `protocol`, `service` |
/// | `fullnat.server.connections`, `.active`, `.inactive`, `fullnat.server.up`, `fullnat.server.weight` | counter, gauges | `protocol`, `service`, `server` |
/// | `fullnat.service.templates` | gauge, of services with persistence | `protocol`, `service` |
/// | `fullnat.template.capacity` | gauge | |
/// | `fullnat.set.refused`, `fullnat.set.admitted` | counter | `set` |
/// | `fullnat.client.entries`, `.capacity`, `fullnat.client.rate.entries`, `.capacity` | gauge, of [ClientTable] | |
/// | `fullnat.local.ports`, `fullnat.local.ports.used` | gauge | `address` |
///
/// Values are read when the registry asks for them, from memory that workers write, which costs
/// them nothing; those of services' parts from one reading of the balancer's state, which serves
/// for a second. Services, servers and addresses that are added get their meters when the
/// transaction has been applied, and those removed lose them. No tag says which client.
///
/// **Thread-safety:** all methods.
@SuppressWarnings("exports") // only applications that use it read the module of Micrometer
public final class BalancerMetrics implements MeterBinder, AutoCloseable {
    private static final double NANOSECONDS_A_SECOND = 1e9;

    private final CountersReader counters;
    private final Control control;
    private final Tags tags;
    private final List<Binding> bindings = new ArrayList<>();
    private boolean closed;

    /// One registry's.
    ///
    /// @param tables meters of tables that all services share
    private record Binding(
            MeterRegistry registry,
            List<Meter> tables,
            PresentMeters present,
            BalancerListener listener) {
        void close() {
            tables.forEach(registry::remove);
            present.close();
        }
    }

    /// Of a balancer.
    ///
    /// @param counters its counters
    /// @param control its control
    /// @param tags of all meters
    public BalancerMetrics(CountersReader counters, Control control, Iterable<Tag> tags) {
        this.counters = requireNonNull(counters, "counters");
        this.control = requireNonNull(control, "control");
        this.tags = Tags.of(requireNonNull(tags, "tags"));
    }

    /// Of a balancer, without tags of its own.
    ///
    /// @param counters its counters
    /// @param control its control
    public BalancerMetrics(CountersReader counters, Control control) {
        this(counters, control, Tags.empty());
    }

    /// Makes the meters, and keeps those of services in step from now on.
    ///
    /// @param registry gets them
    /// @throws IllegalStateException once it is closed
    @Override
    public void bindTo(MeterRegistry registry) {
        requireNonNull(registry, "registry");
        for (int worker = 0; worker < counters.workers(); worker++) {
            worker(registry, worker);
        }
        whole(registry);
        RuleReading rules = new RuleReading(control);
        List<Meter> tables = tables(registry, rules);
        PresentMeters present = new PresentMeters(registry, control, tags, rules);
        BalancerListener listener =
                event -> {
                    if (event instanceof BalancerEvent.Applied) {
                        present.follow();
                    }
                };
        add(new Binding(registry, tables, present, listener));
        control.listen(listener);
        present.follow();
    }

    private synchronized void add(Binding binding) {
        if (closed) {
            throw new IllegalStateException("the metrics are closed");
        }
        bindings.add(binding);
    }

    private void worker(MeterRegistry registry, int worker) {
        Tags own = tags.and("worker", String.valueOf(worker));
        for (Outcome outcome : Outcome.values()) {
            FunctionCounter.builder("fullnat.packets", counters, from -> from.get(worker, outcome))
                    .description("packets by how they ended")
                    .tags(own)
                    .tag("outcome", outcome.name())
                    .tag("kind", outcome.kind().name().toLowerCase(Locale.ROOT))
                    .register(registry);
        }
        for (Counter counter : Counter.values()) {
            String name =
                    "fullnat.worker." + counter.name().toLowerCase(Locale.ROOT).replace('_', '.');
            if (counter == Counter.BUSY_NANOSECONDS) {
                FunctionCounter.builder(
                                "fullnat.worker.busy",
                                counters,
                                from -> from.get(worker, counter) / NANOSECONDS_A_SECOND)
                        .description("time spent in duty cycles in which there was something to do")
                        .baseUnit("seconds")
                        .tags(own)
                        .register(registry);
            } else if (counter.isGauge()) {
                Gauge.builder(name, counters, from -> from.get(worker, counter))
                        .description(counter.meaning())
                        .tags(own)
                        .register(registry);
            } else {
                FunctionCounter.builder(name, counters, from -> from.get(worker, counter))
                        .description(counter.meaning())
                        .tags(own)
                        .register(registry);
            }
        }
    }

    private void whole(MeterRegistry registry) {
        FunctionTimer.builder(
                        "fullnat.transactions",
                        control,
                        from -> from.transactions().applied(),
                        from -> from.transactions().total().toNanos(),
                        TimeUnit.NANOSECONDS)
                .description("transactions that were applied")
                .tags(tags)
                .register(registry);
        FunctionCounter.builder(
                        "fullnat.transactions.refused",
                        control,
                        from -> refused(from.transactions()))
                .description("transactions that changed nothing")
                .tags(tags)
                .register(registry);
        Gauge.builder(
                        "fullnat.up",
                        control,
                        from -> from.health().status() == Health.Status.DOWN ? 0 : 1)
                .description("whether it forwards")
                .tags(tags)
                .register(registry);
        for (Condition condition : Condition.values()) {
            Gauge.builder("fullnat.conditions", control, from -> lasting(from, condition))
                    .description("of how many subjects the condition lasts")
                    .tags(tags)
                    .tag("condition", condition.name())
                    .register(registry);
        }
    }

    private List<Meter> tables(MeterRegistry registry, RuleReading rules) {
        return List.of(
                table(registry, rules, "template.capacity", RuleReading::templateCapacity),
                table(registry, rules, "client.entries", all -> all.clients(ClientTable::counted)),
                table(
                        registry,
                        rules,
                        "client.capacity",
                        all -> all.clients(ClientTable::countCapacity)),
                table(
                        registry,
                        rules,
                        "client.rate.entries",
                        all -> all.clients(ClientTable::rated)),
                table(
                        registry,
                        rules,
                        "client.rate.capacity",
                        all -> all.clients(ClientTable::rateCapacity)));
    }

    /// The registry itself keeps its hold on what it asks, until the meter is removed.
    private Meter table(
            MeterRegistry registry,
            RuleReading rules,
            String name,
            ToDoubleFunction<RuleReading> value) {
        return Gauge.builder("fullnat." + name, rules, value)
                .tags(tags)
                .strongReference(true)
                .register(registry);
    }

    private static double refused(TransactionTimes times) {
        return times.refused().values().stream().mapToLong(Long::longValue).sum();
    }

    private static double lasting(Control control, Condition condition) {
        return control.health().conditions().stream()
                .filter(active -> active.condition() == condition)
                .count();
    }

    /// The tags of a service.
    static Tags tags(ServiceKey key) {
        return Tags.of(
                "protocol", key.protocol().name().toLowerCase(Locale.ROOT), "service", key.name());
    }

    /// Follows no changes any more, and takes the meters of services, servers, addresses and tables
    /// out of the registries; those of workers stay, as what they show may be read when the
    /// balancer is closed. Idempotent.
    @Override
    public synchronized void close() {
        closed = true;
        for (Binding binding : bindings) {
            control.unlisten(binding.listener);
            binding.close();
        }
        bindings.clear();
    }
}
