// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.api;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fullnat.api.Endpoint;
import io.fullnat.api.IpAddress;
import io.fullnat.api.Ipv4Address;
import io.fullnat.api.Ipv6Address;
import io.fullnat.api.service.AccessRule;
import io.fullnat.api.service.Clients;
import io.fullnat.api.service.LocalAddressStatus;
import io.fullnat.api.service.PortUsage;
import io.fullnat.api.service.ProxyProtocol;
import io.fullnat.api.service.QuicRouting;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.RealServerStatus;
import io.fullnat.api.service.ServiceStatus;
import io.fullnat.api.service.SynProxy;
import io.fullnat.api.service.TrafficCounts;
import io.fullnat.api.service.TrafficRates;
import io.fullnat.api.service.VirtualService;
import io.fullnat.balancer.attribute.AttributeJson;
import io.fullnat.balancer.attribute.AttributeJson.Names;
import io.fullnat.balancer.attribute.HealthJson;
import io.fullnat.balancer.attribute.ServerAttributes;
import io.fullnat.balancer.attribute.ServiceAttributes;
import java.util.List;
import java.util.zip.CRC32;

/// Services and what belongs to them as the models of the DPVS agent.
final class ServiceModels {
    private static final int AF_INET = 2;
    private static final int AF_INET6 = 10;
    static final String FULLNAT = "FNAT";
    private static final long UINT32 = 0xFFFF_FFFFL;

    private ServiceModels() {}

    /// A list as all models spell it.
    static ObjectNode items(List<? extends ObjectNode> items) {
        ArrayNode array = Json.array();
        items.forEach(array::add);
        return Json.object().set("Items", array);
    }

    static ObjectNode service(ServiceStatus status) {
        VirtualService service = status.service();
        Endpoint endpoint = service.key().endpoint();
        ObjectNode node =
                Json.object()
                        .put("Af", family(endpoint.address()))
                        .put("Proto", service.key().protocol().number())
                        .put("Addr", endpoint.address().toString())
                        .put("Port", endpoint.port())
                        .put("LastPort", service.key().lastPort())
                        .put("Group", service.key().group())
                        .put("Fwmark", 0)
                        .put("Flags", "")
                        .put("ProxyProto", number(service.policy().proxyProtocol()))
                        .put(
                                "SynProxy",
                                String.valueOf(
                                        !service.policy().tcp().synProxy().equals(SynProxy.OFF)))
                        .put(
                                "Quic",
                                service.policy()
                                                .quic()
                                                .filter(QuicRouting.Dpvs.class::isInstance)
                                                .isPresent()
                                        ? "true"
                                        : "false")
                        .put("Bps", 0);
        AttributeJson.write(ServiceAttributes.ALL, service, node, Names.MODEL);
        node.put("Version", version(status));
        node.set("DestCheck", Json.array());
        node.set("Stats", stats(status.traffic(), status.rates()));
        node.set("Health", HealthJson.of(status.health()));
        node.set("Refused", refused(status));
        status.halfOpen().ifPresent(connections -> node.put("HalfOpen", connections));
        status.sorryServer().ifPresent(sorry -> node.set("SorryServer", server(sorry)));
        node.set("RSs", servers(status));
        return node;
    }

    /// Packets that it refused, by how they ended; those that there were.
    static ObjectNode refused(ServiceStatus status) {
        ObjectNode node = Json.object();
        status.refused().forEach((outcome, packets) -> node.put(outcome.name(), packets));
        return node;
    }

    /// The number that DPVS has for a form of the PROXY protocol.
    private static int number(ProxyProtocol form) {
        return switch (form) {
            case DISABLE -> 0;
            case V1 -> 1;
            case V2 -> 2;
            case V1_INSECURE -> 0x11;
            case V2_INSECURE -> 0x12;
        };
    }

    /// Linux' number of an address's family.
    private static int family(IpAddress address) {
        return switch (address) {
            case Ipv4Address _ -> AF_INET;
            case Ipv6Address _ -> AF_INET6;
        };
    }

    /// Another text whenever the desired state is another, or a report of a server's health has
    /// come: what a health checker compares.
    static String version(ServiceStatus status) {
        CRC32 sum = new CRC32();
        sum.update(status.service().toString().getBytes(UTF_8));
        for (RealServerStatus server : status.realServers()) {
            long reports = server.health().version();
            if (reports != 0) {
                sum.update((server.server().endpoint() + " " + reports).getBytes(UTF_8));
            }
        }
        return Long.toHexString(sum.getValue());
    }

    static ObjectNode servers(ServiceStatus status) {
        return items(status.realServers().stream().map(ServiceModels::server).toList());
    }

    private static ObjectNode server(RealServerStatus status) {
        RealServer server = status.server();
        ObjectNode node = Json.object();
        ObjectNode spec =
                node.putObject("Spec")
                        .put("ip", server.endpoint().address().toString())
                        .put("port", server.endpoint().port());
        AttributeJson.write(ServerAttributes.ALL, server, spec, Names.MODEL);
        spec.put("inhibited", server.inhibited()); // the agent's model has no text here
        spec.put("mode", FULLNAT).put("overloaded", false);
        ObjectNode stats = stats(status.traffic(), status.rates());
        stats.put("ActiveConns", status.activeConnections());
        stats.put("InactiveConns", status.inactiveConnections());
        node.set("Stats", stats);
        node.set("Health", HealthJson.of(status.health()));
        return node;
    }

    private static ObjectNode stats(TrafficCounts traffic, TrafficRates rates) {
        return Json.object()
                .put("Conns", traffic.connections())
                .put("InPkts", traffic.inPackets())
                .put("InBytes", traffic.inBytes())
                .put("OutPkts", traffic.outPackets())
                .put("OutBytes", traffic.outBytes())
                .put("Cps", uint32(rates.connections()))
                .put("InPps", uint32(rates.inPackets()))
                .put("InBps", uint32(rates.inBytes()))
                .put("OutPps", uint32(rates.outPackets()))
                .put("OutBps", uint32(rates.outBytes()));
    }

    static long uint32(long value) {
        return Math.min(value, UINT32);
    }

    static ObjectNode locals(ServiceStatus status) {
        return items(status.localAddresses().stream().map(ServiceModels::local).toList());
    }

    private static ObjectNode local(LocalAddressStatus status) {
        ObjectNode node =
                Json.object()
                        .put("af", family(status.address().address()))
                        .put("addr", status.address().address().toString())
                        .put("device", status.address().device())
                        .put("conns", uint32(status.connections()))
                        .put("portConflict", status.ports().misses())
                        .put("draining", status.draining());
        node.set("ports", ports(status.ports()));
        return node;
    }

    static ObjectNode ports(PortUsage usage) {
        return Json.object()
                .put("inUse", usage.inUse())
                .put("capacity", usage.capacity())
                .put("highWater", usage.highWater())
                .put("fullestPercent", usage.fullestPercent())
                .put("misses", usage.misses())
                .put("nearExhaustion", usage.nearExhaustion());
    }

    static ObjectNode rules(VirtualService service, AccessRule.Action action) {
        return items(
                service.accessRules().stream()
                        .filter(rule -> rule.action() == action)
                        .map(rule -> clients(rule.clients()))
                        .toList());
    }

    private static ObjectNode clients(Clients clients) {
        return clients instanceof Clients.InSet set
                ? Json.object().put("ipset", set.toString().substring(Clients.SET.length()))
                : Json.object().put("addr", clients.toString());
    }
}
