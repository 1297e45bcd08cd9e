// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.doctor;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.fullnat.api.ErrorCode;
import io.fullnat.balancer.doctor.Observation.Unseen;
import io.fullnat.balancer.doctor.Running.Counts;
import io.fullnat.balancer.doctor.Running.Drift;
import io.fullnat.balancer.doctor.Running.Port;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// Asks a running balancer. Of its lists no more is kept than checks look at. For one thread.
final class RunningReader {
    /// Of a list, characters: that of 20,000 services with two servers each is some 90 million.
    private static final int LONG = 160_000_000;

    private static final int SHORT = 4 << 20;
    private static final JsonMapper JSON = new JsonMapper();
    private static final String JSON_OPTION = "--json";
    private static final Pattern POOL =
            Pattern.compile("fullnat_port_buffers\\{port=\"(.*)\",state=\"(\\w+)\"} (\\S+)");
    private static final Pattern HEAP =
            Pattern.compile("jvm_memory_(used|max)_bytes\\{area=\"heap\"} (\\S+)");

    private final Inquiry inquiry;
    private final List<Unseen> unseen;

    /// @param unseen gets what cannot be seen
    RunningReader(Inquiry inquiry, List<Unseen> unseen) {
        this.inquiry = inquiry;
        this.unseen = unseen;
    }

    /// What is read first: who it is, and what it has counted.
    ///
    /// @param failure why there is nothing else; empty if there is
    record First(
            JsonNode health, Counts counts, List<Port> ports, String failure, ErrorCode code) {}

    First first() {
        Inquiry.Answer health = inquiry.page(SHORT, "/v2/health");
        if (!health.isWhole()) {
            return new First(
                    JSON.createObjectNode(),
                    new Counts(List.of()),
                    List.of(),
                    health.failure(),
                    health.code());
        }
        return new First(tree("health", health), counts(), ports(), "", ErrorCode.INTERNAL);
    }

    /// The rest.
    Running second(First first) {
        Map<String, Optional<String>> links = new TreeMap<>();
        for (JsonNode port : first.health().path("ports")) {
            boolean up = port.path("link").asText().equals("UP");
            String trouble = port.path("trouble").asText();
            links.put(
                    port.path("name").asText(),
                    up ? Optional.empty() : Optional.of(trouble.isEmpty() ? "down" : trouble));
        }
        String metrics =
                text(
                        "metrics of buffers and heap",
                        inquiry.page(
                                SHORT,
                                "/metrics?name%5B%5D=fullnat_port_buffers"
                                        + "&name%5B%5D=jvm_memory_used_bytes"
                                        + "&name%5B%5D=jvm_memory_max_bytes"));
        return new Running(
                first.health().path("pid").asLong(),
                first.health().path("status").asText(),
                links,
                nodes(first.health().path("conditions"), RunningReader::condition),
                first.counts(),
                counts(),
                first.ports(),
                ports(),
                pools(metrics),
                list("services", RunningReader::service, "service", "list"),
                list("neighbours", RunningReader::neighbour, "neighbour", "list"),
                list("addresses", RunningReader::address, "address", "list"),
                list("routes", RunningReader::route, "route", "list"),
                advice(),
                drift(),
                heap(metrics));
    }

    private Counts counts() {
        JsonNode page = tree("counters", inquiry.page(SHORT, "/v2/counters"));
        return new Counts(
                nodes(
                        page.path("workers"),
                        worker -> {
                            Map<String, Long> counts =
                                    new HashMap<>(numbers(worker.path("outcomes")));
                            counts.putAll(numbers(worker.path("counters")));
                            return counts;
                        }));
    }

    private static Map<String, Long> numbers(JsonNode object) {
        Map<String, Long> numbers = new TreeMap<>();
        object.properties()
                .forEach(field -> numbers.put(field.getKey(), field.getValue().asLong()));
        return numbers;
    }

    private List<Port> ports() {
        return list("links", RunningReader::port, "link", "list");
    }

    private static Port port(JsonNode node) {
        JsonNode statistics = node.path("statistics");
        return new Port(
                node.path("name").asText(),
                node.path("mtu").asInt(),
                node.path("queues").asInt(),
                node.path("fullDuplex").asBoolean(true),
                node.path("speedMbps").asLong(),
                node.path("capabilities").path("answers").asText(),
                statistics.path("missed").asLong(),
                statistics.path("receiveErrors").asLong() + statistics.path("noBuffer").asLong(),
                numbers(node.path("details")));
    }

    private static Running.Condition condition(JsonNode node) {
        return new Running.Condition(
                node.path("condition").asText(),
                node.path("subject").asText(),
                node.path("detail").asText(),
                node.path("seconds").asLong());
    }

    /// A service's or server's address and port as commands take them.
    private static String endpoint(JsonNode node) {
        String address = node.path("address").asText();
        return (address.indexOf(':') < 0 ? address : "[" + address + "]")
                + ":"
                + node.path("port").asInt();
    }

    private static Running.Service service(JsonNode node) {
        String name =
                node.has("group")
                        ? "group:" + node.path("group").asText()
                        : endpoint(node)
                                + (node.has("lastPort") ? "-" + node.path("lastPort").asInt() : "");
        return new Running.Service(
                node.path("protocol").asText(),
                name,
                nodes(node.path("realServers"), RunningReader::server),
                Optional.of(node.path("sorryServer"))
                        .filter(JsonNode::isObject)
                        .map(RunningReader::server),
                nodes(node.path("localAddresses"), RunningReader::local));
    }

    private static Running.Server server(JsonNode node) {
        JsonNode health = node.path("health");
        return new Running.Server(
                node.path("address").asText(),
                endpoint(node),
                node.path("weight").asInt(),
                node.path("inhibited").asBoolean(),
                isAlive(health),
                !health.path("active").asText().equals("unchecked"),
                health.path("reason").asText(),
                health.path("sinceSeconds").asLong(),
                node.path("activeConnections").asLong()
                        + node.path("inactiveConnections").asLong());
    }

    /// Whether no check says otherwise; that the operator has taken it out is another matter.
    private static boolean isAlive(JsonNode health) {
        return Stream.of("active", "passive", "external")
                .noneMatch(source -> health.path(source).asText().equals("down"));
    }

    private static Running.Local local(JsonNode node) {
        JsonNode ports = node.path("ports");
        return new Running.Local(
                node.path("address").asText(),
                node.path("device").asText(),
                node.path("draining").asBoolean(),
                ports.path("fullestPercent").asInt(),
                ports.path("nearExhaustion").asBoolean(),
                ports.path("misses").asLong());
    }

    private static Running.Neighbour neighbour(JsonNode node) {
        return new Running.Neighbour(
                node.path("worker").asInt(),
                node.path("address").asText(),
                node.path("device").asText(),
                node.path("state").asText());
    }

    private static Running.Address address(JsonNode node) {
        return new Running.Address(
                node.path("address").asText(),
                node.path("length").asInt(),
                node.path("device").asText());
    }

    private static Running.Route route(JsonNode node) {
        return new Running.Route(
                node.path("destination").asText(),
                node.path("gateway").isTextual()
                        ? Optional.of(node.path("gateway").asText())
                        : Optional.empty(),
                node.path("device").asText());
    }

    private List<Running.Advice> advice() {
        return list(
                "findings",
                node ->
                        new Running.Advice(
                                node.path("name").asText(), node.path("detail").asText()),
                "host");
    }

    /// A refusal is an answer, too.
    private Drift drift() {
        Inquiry.Answer answer = inquiry.command(SHORT, "reload", "--dry-run", JSON_OPTION);
        if (!answer.isWhole()) {
            if (answer.code() == ErrorCode.INVALID_CONFIGURATION
                    || answer.code() == ErrorCode.UNSUPPORTED
                    || answer.code() == ErrorCode.INVALID_ARGUMENT) {
                return new Drift(List.of(), Optional.of(answer.failure()));
            }
            unseen.add(new Unseen("what a reload would change", answer.failure()));
            return Drift.NONE;
        }
        return new Drift(
                nodes(
                        tree("reload", answer).path("changes"),
                        change ->
                                change.path("sign").asText()
                                        + " "
                                        + change.path("object").asText()
                                        + " "
                                        + change.path("text").asText()),
                Optional.empty());
    }

    private static List<Running.Pool> pools(String metrics) {
        Map<String, Map<String, Long>> states = new TreeMap<>();
        Matcher line = POOL.matcher(metrics);
        while (line.find()) {
            states.computeIfAbsent(line.group(1), port -> new HashMap<>())
                    .put(line.group(2), (long) Double.parseDouble(line.group(3)));
        }
        List<Running.Pool> pools = new ArrayList<>();
        states.forEach((port, counts) ->
                pools.add(
                        new Running.Pool(
                                port,
                                counts.getOrDefault("free", 0L),
                                counts.getOrDefault("in_use", 0L))));
        return pools;
    }

    private static Optional<Double> heap(String metrics) {
        Map<String, Double> numbers = new HashMap<>();
        Matcher line = HEAP.matcher(metrics);
        while (line.find()) {
            numbers.put(line.group(1), Double.parseDouble(line.group(2)));
        }
        double most = numbers.getOrDefault("max", 0.0);
        return most > 0 ? Optional.of(numbers.getOrDefault("used", 0.0) / most) : Optional.empty();
    }

    private String text(String what, Inquiry.Answer answer) {
        if (!answer.isWhole()) {
            unseen.add(new Unseen(what, answer.failure()));
        }
        return answer.text();
    }

    private JsonNode tree(String what, Inquiry.Answer answer) {
        try {
            String text = text(what, answer);
            return text.isEmpty() ? JSON.createObjectNode() : JSON.readTree(text);
        } catch (JsonProcessingException e) {
            unseen.add(new Unseen(what, "the answer is no JSON"));
            return JSON.createObjectNode();
        }
    }

    private static <T> List<T> nodes(JsonNode array, Function<JsonNode, T> item) {
        List<T> items = new ArrayList<>();
        array.forEach(node -> items.add(item.apply(node)));
        return items;
    }

    /// A list, of which only one item is in memory as a tree. One that is cut is told as far as it
    /// goes.
    private <T> List<T> list(String field, Function<JsonNode, T> item, String... words) {
        String[] command = Arrays.copyOf(words, words.length + 1);
        command[words.length] = JSON_OPTION;
        String what = String.join(" ", words);
        String text = text(what, inquiry.command(LONG, command));
        List<T> items = new ArrayList<>();
        try (JsonParser parser = JSON.createParser(text)) {
            for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
                if (token == JsonToken.START_ARRAY
                        && field.equals(parser.currentName())
                        && parser.getParsingContext().getParent().getParent().inRoot()) {
                    while (parser.nextToken() == JsonToken.START_OBJECT) {
                        items.add(item.apply(parser.<JsonNode>readValueAsTree()));
                    }
                    return items;
                }
            }
        } catch (IOException cut) {
            unseen.add(new Unseen("the rest of " + what, "the answer is not whole"));
        }
        return items;
    }
}
