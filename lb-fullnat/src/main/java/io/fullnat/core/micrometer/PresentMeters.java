// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.micrometer;

import io.fullnat.api.Endpoint;
import io.fullnat.api.IpAddress;
import io.fullnat.api.control.Control;
import io.fullnat.api.control.DesiredState;
import io.fullnat.api.counter.ServiceCounters;
import io.fullnat.api.service.LocalAddress;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.ServicePolicy;
import io.fullnat.api.service.ServiceStatus;
import io.fullnat.api.service.VirtualService;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.ToDoubleFunction;

/// The meters of one registry for what comes and goes: services, servers, local addresses.
/// Thread-safe.
final class PresentMeters {
    private final MeterRegistry registry;
    private final Control control;
    private final Tags tags;
    private final Reading reading;
    private final RuleReading rules;
    private final Map<Subject, List<Meter>> meters = new HashMap<>();
    private boolean closed;

    /// What has meters.
    sealed interface Subject {
        record Service(ServiceKey key) implements Subject {}

        record Server(ServiceKey key, Endpoint endpoint) implements Subject {}

        record Local(IpAddress address) implements Subject {}

        /// Of a service that has persistence.
        record Templates(ServiceKey key) implements Subject {}

        /// Of a service whose half-open connections are counted.
        record HalfOpen(ServiceKey key) implements Subject {}

        record Set(String name) implements Subject {}
    }

    PresentMeters(MeterRegistry registry, Control control, Tags tags, RuleReading rules) {
        this.rules = rules;
        this.registry = registry;
        this.control = control;
        this.tags = tags;
        reading = new Reading(control);
    }

    /// Makes the meters that are missing, and removes those of what is not there any more.
    synchronized void follow() {
        if (closed) {
            return;
        }
        Collection<Subject> present = subjects(control.desired());
        meters.entrySet()
                .removeIf(entry -> {
                    boolean gone = !present.contains(entry.getKey());
                    if (gone) {
                        entry.getValue().forEach(registry::remove);
                    }
                    return gone;
                });
        for (Subject subject : present) {
            meters.computeIfAbsent(subject, this::make);
        }
    }

    private static Collection<Subject> subjects(DesiredState state) {
        Collection<Subject> subjects = new HashSet<>();
        for (VirtualService service : state.services().values()) {
            subjects.add(new Subject.Service(service.key()));
            if (service.policy().persistence().isPresent()) {
                subjects.add(new Subject.Templates(service.key()));
            }
            if (countsHalfOpen(service.policy())) {
                subjects.add(new Subject.HalfOpen(service.key()));
            }
            for (RealServer server : service.realServers()) {
                subjects.add(new Subject.Server(service.key(), server.endpoint()));
            }
            for (LocalAddress local : service.localAddresses()) {
                subjects.add(new Subject.Local(local.address()));
            }
        }
        state.sets().keySet().forEach(name -> subjects.add(new Subject.Set(name)));
        return subjects;
    }

    private static boolean countsHalfOpen(ServicePolicy policy) {
        return policy.limits().halfOpen() > 0 || policy.tcp().synProxy().from() > 0;
    }

    private List<Meter> make(Subject subject) {
        List<Meter> made = new ArrayList<>();
        switch (subject) {
            case Subject.Service service -> service(service, made::add);
            case Subject.Server server -> server(server, made::add);
            case Subject.Local local -> local(local, made::add);
            case Subject.Templates(ServiceKey key) -> templates(key, made::add);
            case Subject.HalfOpen(ServiceKey key) -> halfOpen(key, made::add);
            case Subject.Set set -> set(set, made::add);
        }
        return made;
    }

    private void service(Subject.Service service, Consumer<Meter> to) {
        Tags own = tags.and(BalancerMetrics.tags(service.key()));
        ServiceCounters counts = control.counters(service.key());
        String name = "fullnat.service.";
        to.accept(counter(name + "connections", own, counts, ServiceCounters::connections));
        to.accept(counter(name + "incoming.packets", own, counts, ServiceCounters::inPackets));
        to.accept(counter(name + "incoming.bytes", own, counts, ServiceCounters::inBytes));
        to.accept(counter(name + "outgoing.packets", own, counts, ServiceCounters::outPackets));
        to.accept(counter(name + "outgoing.bytes", own, counts, ServiceCounters::outBytes));
        to.accept(
                gauge(
                        name + "connections.active",
                        own,
                        counts,
                        ServiceCounters::activeConnections));
        to.accept(
                gauge(
                        name + "connections.inactive",
                        own,
                        counts,
                        ServiceCounters::inactiveConnections));
        to.accept(
                counter(
                        name + "refused.packets",
                        own,
                        reading,
                        from -> from.of(service.key(), PresentMeters::refused)));
        to.accept(gauge(name + "servers", own, reading, from -> from.servers(service)));
        to.accept(gauge(name + "servers.up", own, reading, from -> from.serversUp(service)));
    }

    private static double refused(ServiceStatus status) {
        return status.refused().values().stream().mapToLong(Long::longValue).sum();
    }

    private void server(Subject.Server server, Consumer<Meter> to) {
        Tags own =
                tags.and(BalancerMetrics.tags(server.key()))
                        .and("server", server.endpoint().toString());
        String name = "fullnat.server.";
        to.accept(
                counter(
                        name + "connections",
                        own,
                        reading,
                        from -> from.of(server, status -> status.traffic().connections())));
        to.accept(
                gauge(
                        name + "connections.active",
                        own,
                        reading,
                        from -> from.of(server, status -> status.activeConnections())));
        to.accept(
                gauge(
                        name + "connections.inactive",
                        own,
                        reading,
                        from -> from.of(server, status -> status.inactiveConnections())));
        to.accept(
                gauge(
                        name + "up",
                        own,
                        reading,
                        from -> from.of(server, status -> status.health().up() ? 1 : 0)));
        to.accept(
                gauge(
                        name + "weight",
                        own,
                        reading,
                        from -> from.of(server, status -> status.server().weight())));
    }

    private void local(Subject.Local local, Consumer<Meter> to) {
        Tags own = tags.and("address", local.address().toString());
        to.accept(
                gauge(
                        "fullnat.local.ports",
                        own,
                        reading,
                        from -> from.of(local, ports -> ports.capacity())));
        to.accept(
                gauge(
                        "fullnat.local.ports.used",
                        own,
                        reading,
                        from -> from.of(local, ports -> ports.inUse())));
    }

    private void templates(ServiceKey key, Consumer<Meter> to) {
        Tags own = tags.and(BalancerMetrics.tags(key));
        to.accept(gauge("fullnat.service.templates", own, rules, from -> from.templates(key)));
    }

    private void halfOpen(ServiceKey key, Consumer<Meter> to) {
        Tags own = tags.and(BalancerMetrics.tags(key));
        to.accept(
                gauge(
                        "fullnat.service.half.open",
                        own,
                        reading,
                        from -> from.of(key, status -> status.halfOpen().orElse(0))));
    }

    private void set(Subject.Set set, Consumer<Meter> to) {
        Tags own = tags.and("set", set.name());
        to.accept(
                counter(
                        "fullnat.set.refused",
                        own,
                        rules,
                        from -> from.of(set, status -> status.refused())));
        to.accept(
                counter(
                        "fullnat.set.admitted",
                        own,
                        rules,
                        from -> from.of(set, status -> status.admitted())));
    }

    private <T> Meter counter(String name, Tags own, T source, ToDoubleFunction<T> value) {
        return FunctionCounter.builder(name, source, value).tags(own).register(registry);
    }

    /// The registry itself keeps its hold on what it asks: nothing else may.
    private <T> Meter gauge(String name, Tags own, T source, ToDoubleFunction<T> value) {
        return Gauge.builder(name, source, value)
                .tags(own)
                .strongReference(true)
                .register(registry);
    }

    /// Removes all of them.
    synchronized void close() {
        closed = true;
        meters.values().forEach(some -> some.forEach(registry::remove));
        meters.clear();
    }
}
