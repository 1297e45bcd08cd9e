// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.top;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// A balancer as its overview tells of it, at one second after the other: each count goes up by the
/// same in each.
final class SampleOverview {
    static final Duration TWO_SECONDS = Duration.ofSeconds(2);
    private static final long STARTED = 1_767_225_600_000L;

    private SampleOverview() {}

    static ObjectNode object() {
        return JsonNodeFactory.instance.objectNode();
    }

    static Query query(View view) {
        return new Query(view, Optional.empty(), "", view.firstSort(), false, 0, 10);
    }

    static ObjectNode overview(long second) {
        ObjectNode node =
                object().put("time", STARTED + 1000 * (300_000 + second))
                        .put("monotonicNanos", nanos(second))
                        .put("startedAt", STARTED)
                        .put("version", "0.1.0")
                        .put("status", "DEGRADED");
        ArrayNode workers = node.putArray("workers");
        for (int i = 0; i < 2; i++) {
            workers.addObject()
                    .put("worker", i)
                    .put("busyNanoseconds", second * (310_000_000L + 620_000_000L * i))
                    .put("idleMilliseconds", i * 4200)
                    .put("faults", i)
                    .put("receivedPackets", 1_234_567 * second)
                    .put("takenOverPackets", 1500 * second)
                    .put("waitingPackets", i)
                    .put("sentPackets", 1_234_000 * second)
                    .put("connections", 500_000)
                    .put("connectionCapacity", 1_000_000)
                    .put("connectionsCreated", 12_000 * second);
        }
        ArrayNode ports = node.putArray("ports");
        port(ports, "wan", "UP", "", second);
        port(ports, "lan", "DOWN", "no carrier", 0);
        node.putObject("totals")
                .put("services", 20_000)
                .put("servers", 61_240)
                .put("serversUp", 61_234)
                .put("localAddresses", 12)
                .put("connections", 1_000_000);
        node.putObject("outcomes")
                .put("FORWARDED_IN", 1_230_000 * second)
                .put("FORWARDED_OUT", 1_100_000 * second)
                .put("NO_SERVICE", 10 * second)
                .put("TRUNCATED", second)
                .put("OF_THE_FUTURE", 7);
        node.putObject("counters").put("CONNECTIONS_CREATED", 24_000 * second).put("FAULTS", 1);
        node.putArray("conditions")
                .addObject()
                .put("condition", "LINK_DOWN")
                .put("subject", "lan")
                .put("detail", "no carrier")
                .put("seconds", 185);
        return node;
    }

    private static void port(
            ArrayNode ports, String name, String link, String trouble, long second) {
        ports.addObject()
                .put("name", name)
                .put("link", link)
                .put("trouble", trouble)
                .put("receivedPackets", 2_469_134 * second)
                .put("receivedBytes", 1_000_000_000 * second)
                .put("sentPackets", 2_468_000 * second)
                .put("sentBytes", 2_000_000_000L * second)
                .put("missed", 3 * second)
                .put("receiveErrors", second)
                .put("sendErrors", second)
                .put("noBuffer", 0);
    }

    static long nanos(long second) {
        return 5_000_000_000L + 1_000_000_000L * second;
    }

    private static ObjectNode numbers(long connections, long packets, long bytes) {
        return object().put("connections", connections)
                .put("inPackets", packets)
                .put("inBytes", bytes)
                .put("outPackets", packets)
                .put("outBytes", 9 * bytes);
    }

    /// None if half of them took no time.
    private static ObjectNode handshakes(long micros) {
        ObjectNode node = object();
        node.putObject("lastMinute")
                .put("count", micros == 0 ? 0 : 7)
                .put("p50Micros", micros)
                .put("p90Micros", 2 * micros)
                .put("p99Micros", 14 * micros);
        return node;
    }

    /// Services 0, 1, ..., each a tenth of the one before.
    static List<JsonNode> services(long second, int count) {
        List<JsonNode> rows = new ArrayList<>();
        long share = 1;
        for (int i = 0; i < count; i++) {
            String name = i == 2 ? "[2001:db8:10:20:30:40:50:60]:443" : "192.0.2." + i + ":80";
            ObjectNode row =
                    object().put("id", name.replace(":", "-") + "-tcp")
                            .put("protocol", i == 1 ? "UDP" : "TCP")
                            .put("name", name)
                            .put("description", "shop " + i)
                            .put("scheduler", "wlc")
                            .put("servers", i == 3 ? 0 : 12)
                            .put("serversUp", i == 3 ? 0 : i == 1 ? 10 : i == 4 ? 0 : 12)
                            .put("fullestPercent", i == 1 ? 97 : 3)
                            .put("connections", 900_000 / share);
            row.set(
                    "traffic",
                    numbers(
                            20_000 / share * second,
                            1_000_000 / share * second,
                            60_000_000 / share * second));
            row.set("rates", numbers(19_000 / share, 990_000 / share, 59_000_000 / share));
            row.set("handshakes", handshakes(i == 4 ? 0 : 90 * share));
            row.putObject("health").put("sorry", i == 4);
            if (i % 2 == 0) {
                row.putObject("sorryServer")
                        .put("name", "203.0.113.99:8080")
                        .putObject("health")
                        .put("state", i == 2 ? "down" : "up");
            }
            rows.add(row);
            share *= 10;
        }
        return rows;
    }

    static List<JsonNode> servers(long second) {
        List<JsonNode> rows = new ArrayList<>();
        String[][] states = {
            {"up", "in", ""},
            {"down", "out", "connect: refused"},
            {"down", "kept", "HTTP status 503"},
            {"up", "slow-start", ""},
            {"down", "out", "inhibited"}
        };
        for (int i = 0; i < states.length; i++) {
            ObjectNode row =
                    object().put("service", "192.0.2.0-80-tcp")
                            .put("name", "10.0.1." + (11 + i) + ":8080")
                            .put("weight", 100)
                            .put("inhibited", i == 4)
                            .put("activeConnections", 1000 * i)
                            .put("inactiveConnections", 7);
            row.putObject("health")
                    .put("state", states[i][0])
                    .put("use", states[i][1])
                    .put("reason", states[i][2]);
            row.set("traffic", numbers(second * 10 * i, second * 999 * i, second * 99_999 * i));
            row.set("rates", numbers(10, 999, 99_999));
            row.set("handshakes", handshakes(i == 0 ? 812 : 0));
            rows.add(row);
        }
        return rows;
    }

    static List<JsonNode> addresses(long second) {
        List<JsonNode> rows = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            ObjectNode row =
                    object().put("address", "10.0.1.10" + i)
                            .put("device", "lan.100")
                            .put("draining", i == 1)
                            .put("state", i == 2 ? "tentative" : "valid");
            row.putObject("ports")
                    .put("inUse", 51_234)
                    .put("capacity", 64_511)
                    .put("highWater", 60_000)
                    .put("fullestPercent", 30 * (i + 1) + 9)
                    .put("misses", 3L * i * second);
            rows.add(row);
        }
        return rows;
    }

    static List<JsonNode> sets(long second) {
        List<JsonNode> rows = new ArrayList<>();
        String[][] sets = {
            {"bots", "hash:net", "ipv4"},
            {"partners6", "hash:net,port,net", "ipv6"},
            {"unused", "bitmap:port", "ipv4"}
        };
        for (int i = 0; i < sets.length; i++) {
            rows.add(
                    object().put("name", sets[i][0])
                            .put("type", sets[i][1])
                            .put("family", sets[i][2])
                            .put("entries", 100_000 >> (4 * i))
                            .put("maxEntries", 1_048_576)
                            .put("rules", 2 - i)
                            .put("refused", i == 0 ? 1_200 * second : 0)
                            .put("admitted", i == 1 ? 7 * second : 0));
        }
        return rows;
    }

    /// What a balancer answers.
    static Answer answer(Query query, long second) {
        return new SocketSource(path -> resource(path, second)).ask(query);
    }

    private static JsonNode resource(String path, long second) {
        if (path.equals("/v2/overview")) {
            return overview(second);
        }
        ObjectNode page = object().put("monotonicNanos", nanos(second));
        List<JsonNode> rows;
        if (path.startsWith("/v2/overview/services?")) {
            rows = services(second, 5);
            page.put("total", 20_000).put("matched", 20_000);
            rows.forEach(page.putArray("services")::add);
        } else if (path.startsWith("/v2/overview/servers?")) {
            rows = servers(second);
            page.put("total", rows.size()).put("matched", rows.size());
            rows.forEach(page.putArray("servers")::add);
            if (path.contains("service=")) {
                page.put("templates", 12_345);
            }
        } else if (path.startsWith("/v2/overview/sets?")) {
            rows = sets(second);
            page.put("total", rows.size()).put("matched", rows.size());
            rows.forEach(page.putArray("sets")::add);
        } else {
            rows = addresses(second);
            page.put("total", rows.size()).put("matched", rows.size());
            rows.forEach(page.putArray("localAddresses")::add);
        }
        return page;
    }

    /// What is known after two answers, two seconds apart.
    static VisibleRows listing(Query query) {
        History history = new History();
        history.accept(answer(query, 100), TWO_SECONDS);
        return VisibleRows.of(history.accept(answer(query, 102), TWO_SECONDS));
    }
}
