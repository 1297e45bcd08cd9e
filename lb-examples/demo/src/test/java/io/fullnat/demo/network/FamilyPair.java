// SPDX-License-Identifier: Apache-2.0
package io.fullnat.demo.network;

import io.fullnat.api.Endpoint;
import io.fullnat.api.IpAddress;
import io.fullnat.api.Protocol;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.demo.lab.Lab;
import io.fullnat.demo.lab.LabFamily;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// Which family clients speak, and which the real servers: each pair has services of its own in a
/// [Scene] of both families.
enum FamilyPair {
    V4_TO_V4(LabFamily.IPV4, LabFamily.IPV4, 80, 7),
    V6_TO_V6(LabFamily.IPV6, LabFamily.IPV6, 80, 7),
    V6_TO_V4(LabFamily.IPV6, LabFamily.IPV4, 64, 64),
    V4_TO_V6(LabFamily.IPV4, LabFamily.IPV6, 46, 46);

    final LabFamily clients;
    final LabFamily servers;
    private final int httpPort;
    private final int echoPort;

    FamilyPair(LabFamily clients, LabFamily servers, int httpPort, int echoPort) {
        this.clients = clients;
        this.servers = servers;
        this.httpPort = httpPort;
        this.echoPort = echoPort;
    }

    /// Where clients ask for pages.
    Endpoint http() {
        return new Endpoint(clients.virtual(), httpPort);
    }

    /// The service of pages.
    ServiceKey httpService() {
        return new ServiceKey(Protocol.TCP, http());
    }

    /// A second address for clients on their link.
    String guest() {
        return clients == LabFamily.IPV4 ? "198.51.100.11" : "2001:db8:c::11";
    }

    /// The prefix of one address of clients alone.
    String alone(String client) {
        return client + "/" + clients.client().bitLength();
    }

    /// Gives clients a second address, on their interface.
    void addGuest(Lab lab) {
        String length = clients.clientPrefix().substring(clients.clientPrefix().indexOf('/'));
        lab.client().addAddress(guest() + length, "eth0");
    }

    /// Where clients send datagrams.
    Endpoint echo() {
        return new Endpoint(clients.virtual(), echoPort);
    }

    /// Whether an address is one of those that servers may see.
    boolean isLocal(String address) {
        return servers.locals().stream().map(IpAddress::toString).anyMatch(address::equals);
    }

    /// The configuration with the services of all pairs.
    ///
    /// @param insideMtu of the link to the servers
    static String yaml(int insideMtu) {
        Stream<String> head =
                Stream.of(
                        "workers: {count: 1, connections: 65536}",
                        "memory: {hugepages: none}",
                        "ports:",
                        "  - {name: outside, device: \"af_packet:%s\"}"
                                .formatted(Lab.OUTSIDE_INTERFACE),
                        "  - {name: inside, device: \"af_packet:%s\", mtu: %d}"
                                .formatted(Lab.INSIDE_INTERFACE, insideMtu),
                        "addresses:");
        Stream<String> addresses =
                Arrays.stream(LabFamily.values())
                        .flatMap(family ->
                                Stream.of(
                                        "  - {address: \"%s\", device: outside}"
                                                .formatted(family.outside()),
                                        "  - {address: \"%s\", device: inside}"
                                                .formatted(family.inside()),
                                        "  - {address: \"%s\", device: outside}"
                                                .formatted(family.virtualPrefix())));
        Stream<String> services =
                Arrays.stream(values())
                        .flatMap(pair ->
                                Stream.concat(
                                        pair.service("tcp", pair.http(), Scene.HTTP_PORT),
                                        pair.service("udp", pair.echo(), Scene.ECHO_PORT)));
        return Stream.of(head, addresses, Stream.of("services:"), services)
                .flatMap(lines -> lines)
                .collect(Collectors.joining("\n", "", "\n"));
    }

    private Stream<String> service(String protocol, Endpoint endpoint, int serverPort) {
        Stream<String> head =
                Stream.of(
                        "  - protocol: " + protocol,
                        "    address: \"" + endpoint + "\"",
                        "    scheduler: rr",
                        "    servers:");
        Stream<String> all =
                IntStream.rangeClosed(1, Scene.SERVERS)
                        .mapToObj(number -> new Endpoint(servers.server(number), serverPort))
                        .map(server -> "      - {address: \"" + server + "\"}");
        List<String> locals =
                servers.locals().stream()
                        .map(local -> "      - {address: \"" + local + "\", device: inside}")
                        .toList();
        return Stream.of(head, all, Stream.of("    locals:"), locals.stream())
                .flatMap(lines -> lines);
    }
}
