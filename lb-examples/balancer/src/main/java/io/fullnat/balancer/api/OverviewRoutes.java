// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.api;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fullnat.api.BalancerException;
import io.fullnat.api.control.Condition;
import io.fullnat.api.control.Health;
import io.fullnat.api.counter.Counter;
import io.fullnat.api.counter.Outcome;
import io.fullnat.api.io.PacketPort;
import io.fullnat.api.service.LocalAddressStatus;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.VirtualService;
import io.fullnat.balancer.api.ApiRoute.Parameter;
import io.fullnat.balancer.cli.output.ProductVersion;
import io.fullnat.balancer.overview.Listing;
import io.fullnat.balancer.overview.Overview;
import io.fullnat.balancer.overview.OverviewSource;
import io.fullnat.balancer.overview.ServerRow;
import io.fullnat.balancer.overview.ServiceReading;
import io.fullnat.balancer.overview.ServiceRow;
import io.fullnat.balancer.overview.SetRow;
import io.fullnat.balancer.run.Operations;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/// What is looked at all the time, in answers that stay small however many services there are:
/// `/overview`. Thread-safe.
final class OverviewRoutes {
    private static final int LIMIT = 50;
    private static final String ORDERS = "name if it is missing, connections, ";
    private static final String TRAFFIC =
            ORDERS + "rate (new connections a second), packets, bytes, p99 (of handshakes), ";

    private final Operations operations;
    private final OverviewSource source;
    private final String version = ProductVersion.text();

    OverviewRoutes(Operations operations) {
        this.operations = operations;
        source = OverviewSource.of(operations.control());
    }

    List<ApiRoute> routes() {
        return List.of(
                ApiRoute.of("GET", "/overview", "The balancer on one page", call -> overview())
                        .answers(200, "Overview"),
                ApiRoute.of(
                                "GET",
                                "/overview/words",
                                "What outcomes, counters and conditions mean",
                                call -> words())
                        .answers(200, "OverviewWords"),
                listing("services", "Some of the services", this::services)
                        .with(sort(TRAFFIC + "down (servers that are, and conditions), fullest"))
                        .with(optional("service", "VIP-PORT-PROTOCOL of the one that is wanted"))
                        .answers(200, "OverviewServices"),
                listing("servers", "Some of the real servers", this::servers)
                        .with(sort(TRAFFIC + "weight, down"))
                        .with(ofService())
                        .answers(200, "OverviewServers"),
                listing("local-addresses", "Some of the local addresses", this::locals)
                        .with(sort(ORDERS + "fullest, misses"))
                        .with(ofService())
                        .answers(200, "OverviewLocalAddresses"),
                listing("sets", "Some of the sets, without their entries", this::sets)
                        .with(sort("name if it is missing, entries, refused, admitted"))
                        .answers(200, "OverviewSets"));
    }

    private static ApiRoute listing(String what, String summary, ApiRoute.Handler handler) {
        return ApiRoute.of("GET", "/overview/" + what, summary, handler)
                .with(
                        optional(
                                "search",
                                "words that names, addresses or descriptions have, all of them"))
                .flag("reverse", "sorts the other way round")
                .with(optional("offset", "rows to pass over; 0 if it is missing"))
                .with(
                        optional(
                                "limit",
                                "rows at most, 1-" + Listing.MOST + "; " + LIMIT + " if missing"));
    }

    private static Parameter sort(String words) {
        return optional("sort", "by what, the largest number first: " + words);
    }

    private static Parameter ofService() {
        return optional("service", "VIP-PORT-PROTOCOL of the one whose they are");
    }

    private static Parameter optional(String name, String summary) {
        return new Parameter(name, false, false, summary);
    }

    private Reply overview() {
        Overview now = source.read();
        Health health = operations.control().health();
        ObjectNode node =
                Json.object()
                        .put("time", System.currentTimeMillis())
                        .put("monotonicNanos", source.nanos())
                        .put("startedAt", source.started().toEpochMilli())
                        .put("version", version)
                        .put("revision", now.revision())
                        .put("status", health.status().name());
        ArrayNode workers = node.putArray("workers");
        health.workers()
                .forEach(each -> workers.add(OverviewModels.worker(operations.counters(), each)));
        ArrayNode ports = node.putArray("ports");
        for (PacketPort port : new ArrayList<>(operations.io().ports())) {
            try {
                ports.add(OverviewModels.port(port));
            } catch (BalancerException closed) {
                // one that is being closed has nothing more to say
            }
        }
        node.set(
                "totals",
                OverviewModels.totals(
                        now.totals(), operations.counters().total(Counter.CONNECTIONS)));
        ObjectNode outcomes = node.putObject("outcomes");
        for (Outcome outcome : Outcome.values()) {
            outcomes.put(outcome.name(), operations.counters().total(outcome));
        }
        ObjectNode counters = node.putObject("counters");
        for (Counter counter : Counter.values()) {
            counters.put(counter.name(), operations.counters().total(counter));
        }
        return Reply.ok(node.set("conditions", OverviewModels.conditions(health.conditions())));
    }

    private static Reply words() {
        ObjectNode node = Json.object();
        ObjectNode outcomes = node.putObject("outcomes");
        for (Outcome outcome : Outcome.values()) {
            outcomes.putObject(outcome.name())
                    .put("kind", outcome.kind().name())
                    .put("meaning", outcome.meaning());
        }
        ObjectNode counters = node.putObject("counters");
        for (Counter counter : Counter.values()) {
            counters.putObject(counter.name())
                    .put("gauge", counter.isGauge())
                    .put("meaning", counter.meaning());
        }
        ObjectNode conditions = node.putObject("conditions");
        for (Condition condition : Condition.values()) {
            conditions
                    .putObject(condition.name())
                    .put("meaning", condition.meaning())
                    .put("remedy", condition.remedy());
        }
        return Reply.ok(node);
    }

    /// One service is read now, and so are the times that its rates are counted by.
    private Reply services(Call call) {
        Overview now = source.read();
        Optional<ServiceReading> one = service(call);
        List<ServiceRow> rows =
                one.map(each -> List.of(now.row(each.status()))).orElseGet(now::services);
        return reply(
                when(one, now),
                "services",
                Listing.services(rows, query(call)),
                row -> one.isPresent() ? templates(row) : OverviewModels.service(row));
    }

    private ObjectNode templates(ServiceRow row) {
        ObjectNode node = OverviewModels.service(row);
        putTemplates(node, row.status().service());
        return node;
    }

    /// Of one service alone: to count templates is to read their table.
    private void putTemplates(ObjectNode node, VirtualService service) {
        if (service.policy().persistence().isPresent()) {
            Integer alive =
                    operations
                            .control()
                            .templateCounts()
                            .byService()
                            .getOrDefault(service.key(), 0);
            node.put("templates", alive);
        }
    }

    private Reply servers(Call call) {
        Overview now = source.read();
        Optional<ServiceReading> one = service(call);
        List<ServerRow> rows =
                one.map(each -> Overview.servers(each.status()))
                        .orElseGet(() -> source.servers(now));
        ObjectNode when = when(one, now);
        one.ifPresent(each -> putTemplates(when, each.status().service()));
        return reply(when, "servers", Listing.servers(rows, query(call)), OverviewModels::server);
    }

    private Reply locals(Call call) {
        Overview now = source.read();
        Optional<ServiceReading> one = service(call);
        return one.isPresent()
                ? reply(
                        when(one, now),
                        "localAddresses",
                        Listing.locals(sorted(one.get().status().localAddresses()), query(call)),
                        OverviewModels::local)
                : reply(
                        when(one, now),
                        "localAddresses",
                        Listing.addresses(now.addresses(), query(call)),
                        OverviewModels::address);
    }

    private Reply sets(Call call) {
        List<SetRow> rows = SetRow.all(operations.control().desired(), operations.control().sets());
        return reply(
                Json.object()
                        .put("time", System.currentTimeMillis())
                        .put("monotonicNanos", source.nanos()),
                "sets",
                Listing.sets(rows, query(call)),
                OverviewModels::set);
    }

    private static ObjectNode when(Optional<ServiceReading> one, Overview all) {
        return Json.object()
                .put("time", one.map(ServiceReading::time).orElse(all.time()).toEpochMilli())
                .put("monotonicNanos", one.map(ServiceReading::nanos).orElse(all.nanos()));
    }

    private static List<LocalAddressStatus> sorted(List<LocalAddressStatus> locals) {
        return locals.stream()
                .sorted(Comparator.comparing(each -> each.address().address()))
                .toList();
    }

    private Optional<ServiceReading> service(Call call) {
        String id = call.query().get("service");
        if (id == null) {
            return Optional.empty();
        }
        ServiceKey key = ServiceId.parse(id);
        return Optional.of(source.read(key).orElseThrow(() -> Edit.noService(key)));
    }

    private static Listing.Query query(Call call) {
        return new Listing.Query(
                call.query().getOrDefault("search", ""),
                call.query().getOrDefault("sort", ""),
                call.flag("reverse"),
                number(call, "offset", 0),
                number(call, "limit", LIMIT));
    }

    private static int number(Call call, String name, int otherwise) {
        String text = call.query().get(name);
        if (text == null) {
            return otherwise;
        }
        if (!text.matches("[0-9]{1,9}")) {
            throw Failure.invalid("query parameter " + name + " is no number");
        }
        return Integer.parseInt(text);
    }

    private static <T> Reply reply(
            ObjectNode when, String name, Listing<T> listing, Function<T, ObjectNode> model) {
        ObjectNode node = when.put("total", listing.total()).put("matched", listing.matched());
        ArrayNode rows = node.putArray(name);
        listing.rows().forEach(row -> rows.add(model.apply(row)));
        return Reply.ok(node);
    }
}
