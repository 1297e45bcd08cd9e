// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.api;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fullnat.api.control.ConnectionFilter;
import io.fullnat.api.control.ConnectionInfo;
import io.fullnat.api.control.Control;
import io.fullnat.api.control.Health;
import io.fullnat.api.counter.Counter;
import io.fullnat.api.counter.CountersReader;
import io.fullnat.api.counter.Outcome;
import io.fullnat.api.io.LinkState;
import io.fullnat.api.service.TrafficCounts;
import io.fullnat.balancer.api.ApiRoute.Answer;
import io.fullnat.balancer.run.Attempt;
import io.fullnat.balancer.run.Operations;
import java.util.List;
import java.util.Optional;
import java.util.function.ToLongFunction;

/// The balancer as a whole: health, configuration, counters, connections. Thread-safe.
final class BalancerRoutes {
    private static final int LINES_A_FLUSH = 256;

    private final Operations operations;

    BalancerRoutes(Operations operations) {
        this.operations = operations;
    }

    List<ApiRoute> routes() {
        return List.of(
                ApiRoute.of("GET", "/health", "Whether the balancer works", call -> health())
                        .answers(200, "Health"),
                ApiRoute.of("GET", "/config", "The running state as a file", call -> config())
                        .answers(new Answer(200, Optional.empty(), "application/yaml")),
                ApiRoute.of("POST", "/reload", "Reads the configuration file again", this::reload)
                        .flag("dryRun", "finds out only what would change")
                        .answers(200, "Reload"),
                ApiRoute.of("GET", "/counters", "What the workers counted", call -> counters())
                        .answers(200, "Counters"),
                ConnectionQuery.of(
                                ApiRoute.of(
                                        "GET",
                                        "/connections",
                                        "Connections, one a line",
                                        this::connections))
                        .answersLines("Connection"),
                ConnectionQuery.of(
                                ApiRoute.of(
                                        "DELETE",
                                        "/connections",
                                        "Ends connections, and says how many",
                                        this::end))
                        .flag("all", "must be true if nothing says which ones")
                        .answers(200, "Ended"));
    }

    private Reply health() {
        Health health = operations.control().health();
        ArrayNode ports = Json.array();
        for (Health.PortHealth port : health.ports()) {
            LinkState link = port.link();
            ports.addObject()
                    .put("name", port.port())
                    .put("link", link.up() ? "UP" : "DOWN")
                    .put("trouble", link.trouble());
        }
        ObjectNode node =
                Json.object()
                        .put("status", health.status().name())
                        .put("pid", ProcessHandle.current().pid())
                        .put("workers", operations.counters().workers())
                        .put("revision", operations.control().desired().revision())
                        .put("faults", operations.counters().total(Counter.FAULTS));
        node.set("ports", ports);
        node.set("conditions", OverviewModels.conditions(health.conditions()));
        return Reply.ok(node);
    }

    private Reply config() {
        return new Reply.Text("application/yaml", operations.export());
    }

    private Reply reload(Call call) {
        boolean dryRun = call.flag("dryRun");
        if (dryRun) {
            Attempt.current().isQuestion();
        }
        ArrayNode changes = Json.array();
        operations.reload(dryRun).forEach(change -> changes.add(ChangeText.describe(change)));
        ObjectNode node = Json.object().put("dryRun", dryRun);
        return Reply.ok(node.set("changes", changes));
    }

    private Reply counters() {
        CountersReader counters = operations.counters();
        ObjectNode node = counts(counters::total, counters::total);
        ArrayNode workers = node.putArray("workers");
        for (int i = 0; i < counters.workers(); i++) {
            int worker = i;
            workers.add(
                    counts(
                            outcome -> counters.get(worker, outcome),
                            counter -> counters.get(worker, counter)));
        }
        return Reply.ok(node);
    }

    private static ObjectNode counts(
            ToLongFunction<Outcome> outcomes, ToLongFunction<Counter> counters) {
        ObjectNode node = Json.object();
        ObjectNode packets = node.putObject("outcomes");
        for (Outcome outcome : Outcome.values()) {
            packets.put(outcome.name(), outcomes.applyAsLong(outcome));
        }
        ObjectNode others = node.putObject("counters");
        for (Counter counter : Counter.values()) {
            others.put(counter.name(), counters.applyAsLong(counter));
        }
        return node;
    }

    private Reply end(Call call) {
        ConnectionFilter filter = ConnectionQuery.filter(call);
        if (filter.equals(ConnectionFilter.ALL) != call.flag("all")) {
            throw Failure.invalid(
                    "say which connections by service, tuple, server, client or local, or"
                            + " all=true");
        }
        long ended = Control.await(operations.control().endConnections(filter));
        return Reply.ok(Json.object().put("ended", ended));
    }

    private Reply connections(Call call) {
        ConnectionFilter filter = ConnectionQuery.filter(call);
        return new Reply.Lines(lines -> {
            int[] unflushed = new int[1];
            operations
                    .control()
                    .connections(
                            filter,
                            connection -> {
                                boolean there = lines.send(line(connection));
                                if (++unflushed[0] == LINES_A_FLUSH) {
                                    unflushed[0] = 0;
                                    there &= lines.flush();
                                }
                                return there;
                            });
            lines.flush();
        });
    }

    private static ObjectNode line(ConnectionInfo connection) {
        TrafficCounts traffic = connection.traffic();
        return Json.object()
                .put("worker", connection.worker())
                .put("protocol", connection.protocol().name())
                .put("state", connection.state())
                .put("secondsLeft", connection.secondsLeft())
                .put("ageSeconds", connection.ageSeconds())
                .put("client", connection.client().toString())
                .put("virtual", connection.virtual().toString())
                .put("service", ServiceId.of(connection.service()))
                .put("local", connection.local().toString())
                .put("server", connection.server().toString())
                .put("inPkts", traffic.inPackets())
                .put("inBytes", traffic.inBytes())
                .put("outPkts", traffic.outPackets())
                .put("outBytes", traffic.outBytes());
    }
}
