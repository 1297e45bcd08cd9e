// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.api;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fullnat.api.control.ActiveCondition;
import io.fullnat.api.control.AddressStatus;
import io.fullnat.api.control.Health;
import io.fullnat.api.counter.Counter;
import io.fullnat.api.counter.CountersReader;
import io.fullnat.api.io.LinkState;
import io.fullnat.api.io.PacketPort;
import io.fullnat.api.io.PortStatistics;
import io.fullnat.api.service.LocalAddressStatus;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.RealServerStatus;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.TrafficCounts;
import io.fullnat.api.service.TrafficRates;
import io.fullnat.api.service.VirtualService;
import io.fullnat.balancer.attribute.HandshakeJson;
import io.fullnat.balancer.attribute.HealthJson;
import io.fullnat.balancer.overview.Overview;
import io.fullnat.balancer.overview.ServerRow;
import io.fullnat.balancer.overview.ServiceRow;
import io.fullnat.balancer.overview.SetRow;
import java.util.List;
import java.util.Locale;

/// What the routes of the overview answer, as JSON. Counts are since the start, in 64 bits; rates
/// are those that the balancer measures itself.
final class OverviewModels {
    private OverviewModels() {}

    static ArrayNode conditions(List<ActiveCondition> lasting) {
        ArrayNode conditions = Json.array();
        for (ActiveCondition active : lasting) {
            conditions
                    .addObject()
                    .put("condition", active.condition().name())
                    .put("subject", active.subject())
                    .put("detail", active.detail())
                    .put("seconds", active.lasted().toSeconds());
        }
        return conditions;
    }

    static ObjectNode worker(CountersReader counters, Health.WorkerHealth health) {
        int worker = health.worker();
        return Json.object()
                .put("worker", worker)
                .put("busyNanoseconds", counters.get(worker, Counter.BUSY_NANOSECONDS))
                .put("idleMilliseconds", health.idle().toMillis())
                .put("cycles", health.cycles())
                .put("faults", health.faults())
                .put("receivedPackets", counters.get(worker, Counter.RECEIVED))
                .put("takenOverPackets", counters.get(worker, Counter.TAKEN_OVER))
                .put("waitingPackets", counters.get(worker, Counter.WAITING))
                .put("sentPackets", counters.get(worker, Counter.SENT))
                .put("connections", counters.get(worker, Counter.CONNECTIONS))
                .put("connectionCapacity", counters.get(worker, Counter.CONNECTION_CAPACITY))
                .put("connectionsCreated", counters.get(worker, Counter.CONNECTIONS_CREATED));
    }

    static ObjectNode port(PacketPort port) {
        LinkState link = port.link();
        PortStatistics counts = port.statistics();
        return Json.object()
                .put("name", port.name())
                .put("link", link.up() ? "UP" : "DOWN")
                .put("trouble", link.trouble())
                .put("speedMbps", link.speedMbps())
                .put("receivedPackets", counts.receivedPackets())
                .put("receivedBytes", counts.receivedBytes())
                .put("sentPackets", counts.sentPackets())
                .put("sentBytes", counts.sentBytes())
                .put("missed", counts.missed())
                .put("receiveErrors", counts.receiveErrors())
                .put("sendErrors", counts.sendErrors())
                .put("noBuffer", counts.noBuffer());
    }

    static ObjectNode totals(Overview.Totals totals, long connections) {
        ObjectNode node =
                Json.object()
                        .put("services", totals.services())
                        .put("servers", totals.servers())
                        .put("serversUp", totals.serversUp())
                        .put("localAddresses", totals.localAddresses())
                        .put("connections", connections);
        return node.set("rates", rates(totals.rates()));
    }

    static ObjectNode service(ServiceRow row) {
        VirtualService service = row.status().service();
        ObjectNode node =
                Json.object()
                        .put("id", ServiceId.of(row.key()))
                        .put("protocol", row.key().protocol().name())
                        .put("name", row.key().name())
                        .put("description", service.policy().description())
                        .put("scheduler", service.scheduler())
                        .put("servers", row.status().realServers().size())
                        .put("serversUp", row.serversUp())
                        .put("localAddresses", row.status().localAddresses().size())
                        .put("fullestPercent", row.fullestPercent())
                        .put("connections", row.connections())
                        .put("conditions", row.conditions());
        node.set("health", HealthJson.of(row.status().health()));
        node.set("refused", ServiceModels.refused(row.status()));
        row.status().halfOpen().ifPresent(connections -> node.put("halfOpen", connections));
        row.status()
                .sorryServer()
                .ifPresent(sorry -> node.set("sorryServer", server(row.key(), sorry)));
        node.set("handshakes", HandshakeJson.of(row.status().handshakes()));
        node.set("traffic", traffic(row.status().traffic()));
        return node.set("rates", rates(row.status().rates()));
    }

    static ObjectNode server(ServerRow row) {
        return server(row.service(), row.status());
    }

    private static ObjectNode server(ServiceKey service, RealServerStatus status) {
        RealServer server = status.server();
        ObjectNode node =
                Json.object()
                        .put("service", ServiceId.of(service))
                        .put("name", server.endpoint().toString())
                        .put("ip", server.endpoint().address().toString())
                        .put("port", server.endpoint().port())
                        .put("description", server.description())
                        .put("weight", server.weight())
                        .put("inhibited", server.inhibited())
                        .put("activeConnections", status.activeConnections())
                        .put("inactiveConnections", status.inactiveConnections())
                        .put("answerMicros", status.answerMicros());
        node.set("health", HealthJson.of(status.health()));
        node.set("handshakes", HandshakeJson.of(status.handshakes()));
        node.set("traffic", traffic(status.traffic()));
        return node.set("rates", rates(status.rates()));
    }

    static ObjectNode address(AddressStatus status) {
        ObjectNode node =
                Json.object()
                        .put("address", status.address().prefix().address().toString())
                        .put("device", status.address().device())
                        .put("services", status.services())
                        .put("draining", status.isDraining())
                        .put("state", status.state().name().toLowerCase(Locale.ROOT));
        return node.set("ports", ServiceModels.ports(status.ports()));
    }

    static ObjectNode set(SetRow row) {
        return Json.object()
                .put("name", row.set().name())
                .put("type", row.set().type().word())
                .put("family", row.set().family().word())
                .put("entries", row.set().entries().size())
                .put("maxEntries", row.set().maxEntries())
                .put("rules", row.status().uses().size())
                .put("refused", row.status().refused())
                .put("admitted", row.status().admitted());
    }

    /// Of one service: how the address is in itself is not known there.
    static ObjectNode local(LocalAddressStatus status) {
        ObjectNode node =
                Json.object()
                        .put("address", status.address().address().toString())
                        .put("device", status.address().device())
                        .put("draining", status.draining());
        return node.set("ports", ServiceModels.ports(status.ports()));
    }

    private static ObjectNode traffic(TrafficCounts traffic) {
        return numbers(
                traffic.connections(),
                traffic.inPackets(),
                traffic.inBytes(),
                traffic.outPackets(),
                traffic.outBytes());
    }

    private static ObjectNode rates(TrafficRates rates) {
        return numbers(
                rates.connections(),
                rates.inPackets(),
                rates.inBytes(),
                rates.outPackets(),
                rates.outBytes());
    }

    private static ObjectNode numbers(
            long connections, long inPackets, long inBytes, long outPackets, long outBytes) {
        return Json.object()
                .put("connections", connections)
                .put("inPackets", inPackets)
                .put("inBytes", inBytes)
                .put("outPackets", outPackets)
                .put("outBytes", outBytes);
    }
}
