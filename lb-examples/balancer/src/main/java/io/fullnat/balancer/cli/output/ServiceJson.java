// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.cli.output;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fullnat.api.service.AccessRule;
import io.fullnat.api.service.LocalAddressStatus;
import io.fullnat.api.service.PortUsage;
import io.fullnat.api.service.RealServerStatus;
import io.fullnat.api.service.ServiceStatus;
import io.fullnat.api.service.TrafficCounts;
import io.fullnat.api.service.TrafficRates;
import io.fullnat.api.service.VirtualService;
import io.fullnat.balancer.attribute.AttributeJson;
import io.fullnat.balancer.attribute.AttributeJson.Names;
import io.fullnat.balancer.attribute.HandshakeJson;
import io.fullnat.balancer.attribute.HealthJson;
import io.fullnat.balancer.attribute.ServerAttributes;
import io.fullnat.balancer.attribute.ServiceAttributes;
import java.util.Locale;

/// A service with all that belongs to it as JSON; its parts stand alone in other lists.
final class ServiceJson {
    private ServiceJson() {}

    static ObjectNode of(ServiceStatus status) {
        VirtualService service = status.service();
        ObjectNode node = ListingJson.service(service.key());
        AttributeJson.write(ServiceAttributes.ALL, service, node, Names.LISTING);
        node.set("traffic", traffic(status.traffic()));
        node.set("rates", rates(status.rates()));
        node.set("handshakes", HandshakeJson.of(status.handshakes()));
        node.set("health", HealthJson.of(status.health()));
        node.put("halfOpen", status.halfOpen().isPresent() ? status.halfOpen().getAsLong() : null);
        ObjectNode refused = node.putObject("refused");
        status.refused().forEach((outcome, packets) -> refused.put(outcome.name(), packets));
        node.set("realServers", ListingJson.array(status.realServers(), ServiceJson::server));
        status.sorryServer()
                .ifPresentOrElse(
                        sorry -> node.set("sorryServer", server(sorry)),
                        () -> node.putNull("sorryServer"));
        node.set("localAddresses", ListingJson.array(status.localAddresses(), ServiceJson::local));
        node.set("accessRules", ListingJson.array(service.accessRules(), ServiceJson::rule));
        return node;
    }

    static ObjectNode server(RealServerStatus status) {
        ObjectNode node = ListingJson.endpoint(status.server().endpoint());
        AttributeJson.write(ServerAttributes.ALL, status.server(), node, Names.LISTING);
        node.put("forwarding", "fullnat")
                .put("activeConnections", status.activeConnections())
                .put("inactiveConnections", status.inactiveConnections());
        node.set("traffic", traffic(status.traffic()));
        node.set("rates", rates(status.rates()));
        node.set("handshakes", HandshakeJson.of(status.handshakes()));
        node.put("answerMicros", status.answerMicros());
        node.set("health", HealthJson.of(status.health()));
        return node;
    }

    static ObjectNode local(LocalAddressStatus status) {
        ObjectNode node =
                ListingJson.object()
                        .put("address", status.address().address().toString())
                        .put("device", status.address().device())
                        .put("draining", status.draining())
                        .put("connections", status.connections());
        node.set("ports", ports(status.ports()));
        return node;
    }

    static ObjectNode ports(PortUsage ports) {
        return ListingJson.object()
                .put("inUse", ports.inUse())
                .put("free", ports.free())
                .put("capacity", ports.capacity())
                .put("highWater", ports.highWater())
                .put("fullestPercent", ports.fullestPercent())
                .put("misses", ports.misses())
                .put("nearExhaustion", ports.nearExhaustion());
    }

    static ObjectNode rule(AccessRule rule) {
        return ListingJson.object()
                .put("action", rule.action().name().toLowerCase(Locale.ROOT))
                .put("clients", rule.clients().toString());
    }

    static ObjectNode traffic(TrafficCounts counts) {
        return ListingJson.object()
                .put("connections", counts.connections())
                .put("inPackets", counts.inPackets())
                .put("inBytes", counts.inBytes())
                .put("outPackets", counts.outPackets())
                .put("outBytes", counts.outBytes());
    }

    static ObjectNode rates(TrafficRates rates) {
        return ListingJson.object()
                .put("connections", rates.connections())
                .put("inPackets", rates.inPackets())
                .put("inBytes", rates.inBytes())
                .put("outPackets", rates.outPackets())
                .put("outBytes", rates.outBytes());
    }
}
