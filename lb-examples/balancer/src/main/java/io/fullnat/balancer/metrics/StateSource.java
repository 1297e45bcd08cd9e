// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.metrics;

import io.fullnat.api.control.AddressStatus;
import io.fullnat.api.control.BalancerStatus;
import io.fullnat.api.control.Control;
import io.fullnat.api.health.Announcement;
import io.fullnat.api.health.ServerHealth;
import io.fullnat.api.health.ServiceHealth;
import io.fullnat.api.service.HandshakeTimes;
import io.fullnat.api.service.LocalAddressStatus;
import io.fullnat.api.service.PortUsage;
import io.fullnat.api.service.RealServerStatus;
import io.fullnat.api.service.ServiceStatus;
import io.fullnat.api.service.TrafficCounts;
import io.prometheus.metrics.model.snapshots.Labels;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/// Services, servers and addresses, of one reading of the balancer's state. Labels say which
/// service and server, never which client, so that there are as many series as somebody has
/// configured. Thread-safe.
final class StateSource implements Source {
    private static final Family REVISION =
            Family.gauge("fullnat_revision", "Transactions that have made the state as it is");
    private static final Family SERVICES = Family.gauge("fullnat_services", "Virtual services");
    private static final Family ADDRESSES =
            Family.gauge(
                    "fullnat_addresses",
                    "Interface addresses by whether they are known to be the balancer's alone",
                    "state");

    private static final Traffic SERVICE =
            new Traffic("service", "the service", "protocol", "service");
    private static final Family QUORUM_UP =
            service("quorum_up", "Whether as much of the service is up as its quorum asks for");
    private static final Family WEIGHT_UP =
            service("weight_up", "Weights of the service's servers that are up, added");
    private static final Family SORRY =
            service("sorry", "Whether the sorry server gets the service's new connections");
    private static final Family SORRY_UP =
            service(
                    "sorry_server_up",
                    "Whether the sorry server is up, of services that have one; it serves anyway");
    private static final Family ANNOUNCED =
            service(
                    "announced",
                    "Whether the network was told that the service's address is served here, of"
                            + " services that ask for it");
    private static final Family HALF_OPEN =
            service(
                    "half_open",
                    "Half-open connections and unanswered flows of services that limit them");
    private static final Family REFUSED =
            Family.counter(
                    "fullnat_service_refused_packets",
                    "Packets that the service refused, by how they ended; those that there were",
                    "protocol",
                    "service",
                    "outcome");
    private static final Family SERVERS = service("servers", "Real servers of the service");
    private static final Family SERVERS_UP =
            service("servers_up", "Real servers of the service that are up");

    private static final Family HANDSHAKES =
            Family.counter(
                    "fullnat_server_handshakes",
                    "SYN-ACKs of the server to SYNs of which it is known how long they took",
                    "protocol",
                    "service",
                    "server");
    private static final Family HANDSHAKE_P50 = handshake("service", "50");
    private static final Family HANDSHAKE_P90 = handshake("service", "90");
    private static final Family HANDSHAKE_P99 = handshake("service", "99");

    private static final Traffic SERVER =
            new Traffic("server", "the real server", "protocol", "service", "server");
    private static final Family UP =
            server(
                    "up",
                    "Whether the server is alive for all that is known, has a weight and is"
                            + " not inhibited");
    private static final Family SERVING =
            server("serving", "Whether the server gets new connections");
    private static final Family WEIGHT = server("weight", "The server's configured weight");
    private static final Family ACTIVE =
            server("active_connections", "Established connections of the server");
    private static final Family INACTIVE =
            server("inactive_connections", "Connections of the server in other states");

    private static final Family SERVER_P50 = handshake("server", "50", "server");
    private static final Family SERVER_P99 = handshake("server", "99", "server");
    private static final Family ANSWER =
            Family.time(
                    "fullnat_server_answer",
                    "How long the server takes to answer by what the service's scheduler compares",
                    "protocol",
                    "service",
                    "server");

    private static final Family IN_USE =
            local("ports_in_use", "Ports in use, each towards one real server");
    private static final Family PORTS =
            local("ports", "Ports towards all real servers of the services that list the address");
    private static final Family FULLEST =
            local(
                    "fullest_pair_ratio",
                    "How full the ports towards one real server have been at most, on any worker");
    private static final Family NEAR_EXHAUSTION =
            local(
                    "near_exhaustion",
                    "Whether the ports towards a real server are nearly used up now");
    private static final Family LISTED = local("services", "Services that list the local address");
    private static final Family MISSES =
            Family.counter(
                    "fullnat_local_address_misses",
                    "Times that a connection of the service found no port at the local address",
                    "protocol",
                    "service",
                    "address");

    private static final double PERCENT = 0.01;
    private static final double P50 = 0.5;
    private static final double P90 = 0.9;
    private static final double P99 = 0.99;

    private final Control control;

    StateSource(Control control) {
        this.control = control;
    }

    private static Family service(String name, String help) {
        return Family.gauge("fullnat_service_" + name, help, "protocol", "service");
    }

    private static Family handshake(String subject, String percent, String... label) {
        return Family.time(
                "fullnat_" + subject + "_handshake_p" + percent,
                "Within which "
                        + percent
                        + " % of the last minute's handshakes of the "
                        + subject
                        + " were done, from SYN to SYN-ACK",
                Stream.concat(Stream.of("protocol", "service"), Stream.of(label))
                        .toArray(String[]::new));
    }

    private static Family server(String name, String help) {
        return Family.gauge("fullnat_server_" + name, help, "protocol", "service", "server");
    }

    private static Family local(String name, String help) {
        return Family.gauge("fullnat_local_address_" + name, help, "address", "device");
    }

    /// Counts that services and servers have in common.
    private record Traffic(
            Family connections,
            Family inPackets,
            Family inBytes,
            Family outPackets,
            Family outBytes) {
        Traffic(String of, String whose, String... labels) {
            this(
                    counter(of, "connections", "Connections that " + whose + " has had", labels),
                    counter(of, "incoming_packets", "Packets from clients for " + whose, labels),
                    counter(of, "incoming_bytes", "IP bytes from clients for " + whose, labels),
                    counter(of, "outgoing_packets", "Packets to clients from " + whose, labels),
                    counter(of, "outgoing_bytes", "IP bytes to clients from " + whose, labels));
        }

        private static Family counter(String of, String name, String help, String... labels) {
            return Family.counter("fullnat_" + of + "_" + name, help, labels);
        }

        Stream<Family> families() {
            return Stream.of(connections, inPackets, inBytes, outPackets, outBytes);
        }
    }

    private static List<Family> ofServices() {
        return Stream.concat(
                        SERVICE.families(),
                        Stream.of(
                                QUORUM_UP,
                                WEIGHT_UP,
                                SORRY,
                                SORRY_UP,
                                ANNOUNCED,
                                SERVERS,
                                SERVERS_UP,
                                HANDSHAKE_P50,
                                HANDSHAKE_P90,
                                HANDSHAKE_P99,
                                HALF_OPEN))
                .toList();
    }

    private static List<Family> ofServers() {
        return Stream.concat(
                        SERVER.families(),
                        Stream.of(
                                UP,
                                SERVING,
                                WEIGHT,
                                ACTIVE,
                                INACTIVE,
                                HANDSHAKES,
                                SERVER_P50,
                                SERVER_P99,
                                ANSWER))
                .toList();
    }

    @Override
    public List<Family> families() {
        return Stream.of(
                        Stream.of(REVISION, SERVICES, ADDRESSES),
                        ofServices().stream(),
                        Stream.of(REFUSED),
                        ofServers().stream(),
                        Stream.of(IN_USE, PORTS, FULLEST, NEAR_EXHAUSTION, LISTED, MISSES))
                .flatMap(part -> part)
                .toList();
    }

    @Override
    public void read(Samples samples) {
        if (!samples.wantsAny(families())) {
            return;
        }
        BalancerStatus status = control.status();
        samples.add(REVISION, status.revision());
        samples.add(SERVICES, status.services().size());
        samples.table(ofServices()).ifPresent(table -> services(table, status));
        samples.table(List.of(REFUSED)).ifPresent(table -> refusals(table, status));
        samples.table(ofServers()).ifPresent(table -> servers(table, status));
        samples.table(List.of(MISSES)).ifPresent(table -> misses(table, status));
        addresses(samples, status.addresses());
    }

    private static String protocol(ServiceStatus status) {
        return status.service().key().protocol().name().toLowerCase(Locale.ROOT);
    }

    private static void services(Table table, BalancerStatus status) {
        for (ServiceStatus service : status.services()) {
            TrafficCounts traffic = service.traffic();
            ServiceHealth health = service.health();
            HandshakeTimes minute = service.handshakes().lastMinute();
            table.add(
                    List.of(protocol(service), service.service().key().name()),
                    traffic.connections(),
                    traffic.inPackets(),
                    traffic.inBytes(),
                    traffic.outPackets(),
                    traffic.outBytes(),
                    truth(health.quorumUp()),
                    health.weightUp(),
                    truth(health.sorry()),
                    service.sorryServer()
                            .map(sorry -> truth(sorry.health().up()))
                            .orElse(Table.NONE),
                    health.announcement() == Announcement.NONE
                            ? Table.NONE
                            : truth(health.announcement() == Announcement.ANNOUNCED),
                    service.realServers().size(),
                    service.realServers().stream().filter(each -> each.health().up()).count(),
                    known(minute.micros(P50)),
                    known(minute.micros(P90)),
                    known(minute.micros(P99)),
                    service.halfOpen().orElse(Table.NONE));
        }
    }

    private static void refusals(Table table, BalancerStatus status) {
        for (ServiceStatus service : status.services()) {
            String protocol = protocol(service);
            String name = service.service().key().name();
            service.refused()
                    .forEach((outcome, packets) ->
                            table.add(List.of(protocol, name, outcome.name()), packets));
        }
    }

    private static void servers(Table table, BalancerStatus status) {
        for (ServiceStatus service : status.services()) {
            String protocol = protocol(service);
            String name = service.service().key().name();
            for (RealServerStatus server : service.realServers()) {
                TrafficCounts traffic = server.traffic();
                HandshakeTimes minute = server.handshakes().lastMinute();
                table.add(
                        List.of(protocol, name, server.server().endpoint().toString()),
                        traffic.connections(),
                        traffic.inPackets(),
                        traffic.inBytes(),
                        traffic.outPackets(),
                        traffic.outBytes(),
                        truth(server.health().up()),
                        truth(server.health().use() != ServerHealth.Use.OUT),
                        server.server().weight(),
                        server.activeConnections(),
                        server.inactiveConnections(),
                        known(server.handshakes().total().count()),
                        known(minute.micros(P50)),
                        known(minute.micros(P99)),
                        known(server.answerMicros()));
            }
        }
    }

    private static void misses(Table table, BalancerStatus status) {
        for (ServiceStatus service : status.services()) {
            String protocol = protocol(service);
            String name = service.service().key().name();
            for (LocalAddressStatus local : service.localAddresses()) {
                String address = local.address().address().toString();
                table.add(List.of(protocol, name, address), local.ports().misses());
            }
        }
    }

    private static void addresses(Samples samples, List<AddressStatus> addresses) {
        for (AddressStatus.State state : AddressStatus.State.values()) {
            long count = addresses.stream().filter(each -> each.state() == state).count();
            samples.add(ADDRESSES, count, state.name().toLowerCase(Locale.ROOT));
        }
        for (AddressStatus status : addresses) {
            PortUsage ports = status.ports();
            if (status.services() > 0 || ports.inUse() > 0) {
                Labels labels =
                        Labels.of(
                                "address",
                                status.address().prefix().address().toString(),
                                "device",
                                status.address().device());
                samples.add(IN_USE, labels, ports.inUse());
                samples.add(PORTS, labels, ports.capacity());
                samples.add(FULLEST, labels, ports.fullestPercent() * PERCENT);
                samples.add(NEAR_EXHAUSTION, labels, truth(ports.nearExhaustion()));
                samples.add(LISTED, labels, status.services());
            }
        }
    }

    private static long known(long value) {
        return value == 0 ? Table.NONE : value;
    }

    private static long truth(boolean yes) {
        return yes ? 1 : 0;
    }
}
