// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.cli.output;

import io.fullnat.api.counter.Outcome;

/// Where on its way a packet ends that no connection is known of, in the order of the engine's
/// questions.
enum TraceStage {
    /// What its headers and the link say.
    GATE("gate"),
    /// Whose address and port it goes to.
    SERVICE("service"),
    /// Whether it can begin a connection.
    FIRST("first packet"),
    /// Access rules.
    LISTS("lists"),
    /// Limits of connections.
    LIMITS("limits"),
    /// The real server.
    SERVER("server"),
    /// Local address, port, and a place in the table.
    LOCAL("local"),
    /// The way to the server.
    ROUTE("route"),
    /// The next hop, and the port.
    NEIGHBOUR("neighbour");

    private final String word;

    TraceStage(String word) {
        this.word = word;
    }

    String word() {
        return word;
    }

    /// Where it ends by an outcome.
    static TraceStage of(Outcome outcome) {
        return switch (outcome) {
            case ARP,
                    DISCOVERY,
                    DISCOVERY_IGNORED,
                    TRUNCATED,
                    MALFORMED,
                    BAD_IP_CHECKSUM,
                    BAD_ICMP_CHECKSUM,
                    BAD_DISCOVERY,
                    UNKNOWN_ETHERTYPE,
                    OTHER_HOST,
                    UNKNOWN_VLAN,
                    UNKNOWN_PROTOCOL,
                    FRAGMENT,
                    EXTENSION_HEADERS,
                    SOURCE_ROUTED,
                    NO_UDP_CHECKSUM,
                    BAD_SOURCE,
                    REVERSE_PATH ->
                    GATE;
            case ECHO_ANSWERED,
                    ICMP_IGNORED,
                    PUNTED,
                    PUNT_LIMITED,
                    PUNT_FULL,
                    NO_SERVICE,
                    DEFENCE_DROPPED,
                    NOT_LOCAL ->
                    SERVICE;
            case SYN_ANSWERED,
                    SYN_PROXY,
                    SYN_PROXY_MISFIT,
                    SYN_PROXY_NOT_HELD,
                    SYN_PROXY_FAILED,
                    BAD_TCP_CHECKSUM,
                    NO_CONNECTION,
                    COOKIE_REFUSED,
                    TTL_EXPIRED,
                    OUT_OF_WINDOW,
                    PACKETS_LIMITED,
                    BANDWIDTH_LIMITED,
                    PROPORTION_DROPPED ->
                    FIRST;
            case ACCESS_DENIED -> LISTS;
            case SERVICE_FULL,
                    CLIENT_FULL,
                    NETWORK_FULL,
                    HALF_OPEN_FULL,
                    RATE_LIMITED,
                    NETWORK_RATE_LIMITED,
                    CLIENT_TABLE_FULL ->
                    LIMITS;
            case SERVERS_FULL, NO_REAL_SERVER, MODIFIERS_FULL, TELLING_REFUSED -> SERVER;
            case NO_LOCAL_ADDRESS, LOCAL_ADDRESS_NOT_READY, NO_LOCAL_PORT, TABLE_FULL -> LOCAL;
            case NO_ROUTE, TOO_BIG -> ROUTE;
            case FORWARDED_IN,
                    FORWARDED_OUT,
                    FORWARDED_ICMP,
                    HANDED_OVER,
                    NEIGHBOUR_UNREACHABLE,
                    NEIGHBOUR_QUEUE_FULL,
                    NEIGHBOUR_TABLE_FULL,
                    TRANSMIT_FULL,
                    LINK_DOWN,
                    TRANSMIT_REFUSED,
                    HAND_OFF_FULL,
                    NO_BUFFER,
                    SHUTDOWN,
                    FAULT ->
                    NEIGHBOUR;
        };
    }
}
