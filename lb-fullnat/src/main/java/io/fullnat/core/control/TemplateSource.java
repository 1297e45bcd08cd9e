// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.control;

import io.fullnat.api.IpAddress;
import io.fullnat.api.IpPrefix;
import io.fullnat.api.control.TemplateCounts;
import io.fullnat.api.control.TemplateFilter;
import io.fullnat.api.control.TemplateInfo;
import io.fullnat.api.service.Persistence;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.core.address.Addresses;
import io.fullnat.core.open.FlowContext;
import io.fullnat.core.persistence.TemplateTable;
import io.fullnat.core.worker.WorkerSet;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// The templates by the names of services and servers: lists them, and removes those that nobody
/// wants, or that lead nowhere any more.
final class TemplateSource {
    /// Sets that are read without letting the end of the balancer pass.
    private static final int BLOCK = 4_096;

    private static final long COUNTED_NS = TimeUnit.SECONDS.toNanos(1);

    private final TemplateTable table;
    private final LongSupplier clock;
    private final long epochNs;
    private volatile @Nullable Counted counted;

    /// What was counted of some services, and when.
    private record Counted(
            Collection<ServiceBuilder.Built> built, long atNs, TemplateCounts counts) {}

    TemplateSource(WorkerSet workers, LongSupplier clock) {
        table = workers.templates();
        epochNs = workers.epochNs();
        this.clock = clock;
    }

    private int now() {
        return (int) TimeUnit.NANOSECONDS.toSeconds(clock.getAsLong() - epochNs);
    }

    /// Lists on the thread that asks, in blocks, so that a visitor who is slow keeps nobody
    /// waiting.
    ///
    /// @param built the services in force
    void list(
            Collection<ServiceBuilder.Built> built,
            ReaderGate gate,
            TemplateFilter filter,
            Predicate<TemplateInfo> visitor) {
        Map<Integer, ServiceBuilder.Built> services = bySlot(built);
        if (services.isEmpty()) {
            return;
        }
        for (int from = 0; from < table.sets(); from += BLOCK) {
            int first = from;
            List<TemplateInfo> block = gate.read(() -> block(services, first, filter));
            for (TemplateInfo template : block) {
                if (!visitor.test(template)) {
                    return;
                }
            }
        }
    }

    /// Counts what [#list] would list, at most once a second.
    ///
    /// @param built the services in force
    @SuppressWarnings("ReferenceEquality") // another transaction, another map
    TemplateCounts count(Collection<ServiceBuilder.Built> built, ReaderGate gate) {
        Map<Integer, ServiceBuilder.Built> services = bySlot(built);
        if (services.isEmpty()) {
            return new TemplateCounts(table.capacity(), Map.of());
        }
        Counted known = counted;
        long nowNs = clock.getAsLong();
        if (known == null || known.built != built || nowNs - known.atNs >= COUNTED_NS) {
            known = new Counted(built, nowNs, count(services, gate));
            counted = known;
        }
        return known.counts;
    }

    private TemplateCounts count(Map<Integer, ServiceBuilder.Built> services, ReaderGate gate) {
        int[] bySlot = new int[FlowContext.MAX_SERVICES];
        for (int from = 0; from < table.sets(); from += BLOCK) {
            int first = from;
            int _ = gate.read(() -> count(first, bySlot));
        }
        Map<ServiceKey, Integer> counts = new HashMap<>();
        services.forEach((slot, each) -> counts.put(each.service().key(), bySlot[slot]));
        return new TemplateCounts(table.capacity(), counts);
    }

    private int count(int from, int[] bySlot) {
        int now = now();
        int end = Math.min(from + BLOCK, table.sets());
        for (int set = from; set < end; set++) {
            table.visit(
                    set,
                    now,
                    (service, high, low, server, left, proved) -> {
                        bySlot[service]++;
                        return false;
                    });
        }
        return end;
    }

    private List<TemplateInfo> block(
            Map<Integer, ServiceBuilder.Built> services, int from, TemplateFilter filter) {
        List<TemplateInfo> block = new ArrayList<>();
        int now = now();
        for (int set = from; set < Math.min(from + BLOCK, table.sets()); set++) {
            table.visit(
                    set,
                    now,
                    (service, high, low, server, left, proved) -> {
                        TemplateInfo template =
                                template(services.get(service), high, low, server, left, proved);
                        if (template != null && filter.accepts(template)) {
                            block.add(template);
                        }
                        return false;
                    });
        }
        return block;
    }

    private static @Nullable TemplateInfo template(
            ServiceBuilder.@Nullable Built built,
            long high,
            long low,
            int server,
            int left,
            boolean proved) {
        int place = built == null ? -1 : built.placeOf(server);
        if (built == null || place < 0) {
            return null; // it has just gone
        }
        Persistence persistence = built.service().policy().persistence().orElseThrow();
        int length =
                Addresses.isIpv4(high, low) ? persistence.ipv4Length() : persistence.ipv6Length();
        return new TemplateInfo(
                built.service().key(),
                new IpPrefix(IpAddress.of(high, low), length),
                built.service().realServers().get(place).endpoint(),
                left,
                proved);
    }

    private static Map<Integer, ServiceBuilder.Built> bySlot(
            Collection<ServiceBuilder.Built> built) {
        Map<Integer, ServiceBuilder.Built> services = new HashMap<>();
        for (ServiceBuilder.Built each : built) {
            if (each.service().policy().persistence().isPresent()) {
                services.put(each.slot(), each);
            }
        }
        return services;
    }

    /// Control, when all workers work by a new state and the slots of the one before are still
    /// held: removes the templates that lead nowhere any more, and those that are to go.
    ///
    /// @param done the transaction
    /// @return how many have gone that were to go
    long clean(Transaction done) {
        Map<Integer, Set<Integer>> gone = new HashMap<>();
        for (ServiceBuilder.Built before : done.dropped()) {
            if (before.service().policy().persistence().isPresent()) {
                gone(before, done.built().get(before.service().key()), gone);
            }
        }
        Map<Integer, ServiceBuilder.Built> services = bySlot(done.built().values());
        List<TemplateFilter> filters = done.templates();
        long[] removed = new long[1];
        if (!gone.isEmpty() || (!filters.isEmpty() && !services.isEmpty())) {
            int now = now();
            for (int set = 0; set < table.sets(); set++) {
                int _ =
                        table.remove(
                                set,
                                now,
                                (service, high, low, server, left, proved) -> {
                                    Set<Integer> servers = gone.get(service);
                                    if (servers != null
                                            && (servers.isEmpty() || servers.contains(server))) {
                                        return true;
                                    }
                                    if (filters.isEmpty()) {
                                        return false; // a look at each costs its servers
                                    }
                                    TemplateInfo template =
                                            template(
                                                    services.get(service),
                                                    high,
                                                    low,
                                                    server,
                                                    left,
                                                    proved);
                                    boolean named =
                                            template != null
                                                    && filters.stream()
                                                            .anyMatch(filter ->
                                                                    filter.accepts(template));
                                    removed[0] += named ? 1 : 0;
                                    return named;
                                });
            }
        }
        return removed[0];
    }

    /// Notes whose templates go with a service's former state: all of them under an empty set.
    private static void gone(
            ServiceBuilder.Built before,
            ServiceBuilder.@Nullable Built after,
            Map<Integer, Set<Integer>> gone) {
        if (after == null || !haveSameClients(before, after)) {
            gone.put(before.slot(), Set.of());
            return;
        }
        Set<Integer> servers = new HashSet<>();
        for (int i = 0; i < before.service().realServers().size(); i++) {
            servers.add(before.serverSlot(i));
        }
        for (int i = 0; i < after.service().realServers().size(); i++) {
            servers.remove(after.serverSlot(i));
        }
        if (!servers.isEmpty()) {
            gone.put(before.slot(), servers);
        }
    }

    private static boolean haveSameClients(
            ServiceBuilder.Built before, ServiceBuilder.Built after) {
        Persistence was = before.service().policy().persistence().orElseThrow();
        Persistence is = after.service().policy().persistence().orElse(null);
        return is != null
                && was.ipv4Length() == is.ipv4Length()
                && was.ipv6Length() == is.ipv6Length();
    }
}
